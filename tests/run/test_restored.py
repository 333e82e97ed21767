"""After a backup was restored: requests are void, what had started is unknown, nothing is done or posted again."""

import asyncio
from pathlib import Path

import pytest

from bot.core import items
from bot.core.items import Item
from bot.core.steps import CallModel, Run
from bot.run.restored import CLOSED, NOT_RUN, restored
from tests.core.story import DANA, Story
from tests.core.toolbox import MENU
from tests.databases import url_for
from tests.fakes.model import ScriptedModel, call, say
from tests.ops.beside import command
from tests.rig import helpdesk


def follow(story: Story) -> list[Item]:
    """What the worker appends when it is told."""
    running = tuple(seq for seq, work in story.thread.works.items() if work.running)
    if running:
        story.add(items.Interrupted(calls=running))
    new = [*restored(story.thread, MENU)]
    for item in new:
        story.add(item)
    return new


def test_an_open_request_is_void_and_the_model_is_told() -> None:
    story = Story()
    _, number = story.asked()
    assert follow(story) == [items.Close(request=number, verdict="void", reason=CLOSED)]
    assert isinstance(story.step(), CallModel)


def test_what_was_approved_and_not_started_is_to_be_asked_anew() -> None:
    story = Story()
    asked, number = story.asked()
    story.approve(number)
    assert story.thread.works[asked].approved
    assert follow(story) == [items.Refused(call=asked, reason=NOT_RUN)]


@pytest.mark.parametrize(("tool", "arguments"), [("send", '{"text":"x"}'), ("note_down", '{"text":"x"}')])
def test_what_had_started_is_unknown_though_it_could_be_repeated(tool: str, arguments: str) -> None:
    story = Story()
    (asked,) = story.calls(story.turn(), (tool, arguments))
    story.start(asked)
    assert follow(story) == [items.ToolUnknown(call=asked, tool=tool)]


def test_what_only_looks_something_up_is_looked_up_again() -> None:
    story = Story()
    (asked,) = story.calls(story.turn(), ("look", '{"query":"wifi"}'))
    story.start(asked)
    assert follow(story) == []
    assert story.step() == Run((asked,))


def test_a_call_that_may_have_run_since_is_not_run_though_it_needs_nobody() -> None:
    story = Story()
    (asked,) = story.calls(story.turn(), ("send", '{"text":"x"}'))
    assert follow(story) == [items.Refused(call=asked, reason=NOT_RUN)]


def test_what_the_clock_has_to_end_still_ends() -> None:
    story = Story()
    asked, number = story.given()
    story.approve(number)
    story.hold(asked)
    story.start(asked)
    end = story.add(
        items.Call(origin="clock", turn=2, tool="take", arguments="{}", of=asked, due=story.now, subject="U-456")
    )
    story.result(asked)
    assert follow(story) == []
    assert not story.thread.works[end].settled


def test_a_click_that_came_before_the_backup_and_was_not_decided_decides_nothing() -> None:
    story = Story()
    _, number = story.asked()
    click = story.click(number, DANA)
    follow(story)
    story.vouch(click)
    assert isinstance(story.take()[0], items.ClickRefused)


def test_told_twice_nothing_more_follows() -> None:
    story = Story()
    story.asked()
    follow(story)
    assert follow(story) == []


async def test_a_bot_that_comes_back_on_a_backup_voids_the_card_and_posts_nothing_again(tmp_path: Path) -> None:
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("I asked."), say("Please ask again.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "reset U-456")
        await desk.settle()
        before = desk.transcript(thread)
    told = await asyncio.to_thread(command, "db", "restored", "--database-url", url_for(tmp_path))
    # a worker that stopped properly is not waited for
    assert (told.code, told.err.count("A worker runs")) == (0, 0), told
    async with helpdesk(tmp_path, model, slack=desk.slack) as back:
        await back.settle()
        assert "restored from a backup" in str(back.card(thread).blocks)
        after = back.transcript(thread)
        assert len(after) <= len(before) + 1
        assert (await back.kinds(thread)).count("request") == 1
