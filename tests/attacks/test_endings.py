"""The end of access by the clock is told truly, and waiting for it costs little."""

from datetime import timedelta
from pathlib import Path

from bot.core import items
from bot.core.endings import ending
from bot.core.known import StartKnown
from bot.core.steps import Append, CallModel, Resolve, Wait
from tests.attacks.rest import rest
from tests.core.story import Story
from tests.core.toolbox import MENU
from tests.rig import helpdesk
from tests.run.test_endings import Clock, ask, grants, groups
from tests.slack.cases import read

#: longer than what `grants` asks for
AFTERWARDS = timedelta(hours=2, seconds=1)


def advance(story: Story, frozen: int) -> None:
    """Do what is decided next; `frozen` is the call that stands still each time it is looked at."""
    step = story.step()
    match step:
        case Resolve():
            story.add(items.Facts(ref=frozen, known=StartKnown(frozen=True)))
        case Append():
            for item in step.items:
                story.add(item)
        case CallModel():
            story.answer(step.turn)
        case Wait() if step.until is not None:
            story.now = max(story.now, step.until)
        case _:
            raise AssertionError(f"nothing stands still: {step}")


def test_an_ending_that_stands_still_for_a_day_writes_fewer_than_a_hundred_items() -> None:
    story = Story()
    call, number = story.given()
    story.approve(number)
    story.hold(call)
    story.start(call)
    clocked = ending(story.thread.works[call], MENU["give"], story.now)
    assert clocked is not None
    clock = story.add(clocked)
    story.result(call)
    story.pass_time(hours=9)
    before, until = story.thread.head, story.now + timedelta(days=1)
    while story.now < until:
        advance(story, clock)
    assert story.thread.head - before < 100


async def test_the_hours_of_somebody_who_was_a_member_before_end_without_a_word(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, grants("engineering"), now=clock) as desk:
        thread = await ask(desk, "engineering")
        clock.ahead = AFTERWARDS
        await rest(desk, clock)
        assert "engineering" in await groups(desk)
        assert not [line for line in desk.transcript(thread) if "Over now" in line]


async def test_access_that_was_taken_back_is_not_said_to_end_again(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, grants("finance-reports"), now=clock) as desk:
        thread = await ask(desk)
        await desk.click("U0ALEX", desk.card(thread), "undo")
        await desk.settle()
        clock.ahead = AFTERWARDS
        await rest(desk, clock)
        assert not [line for line in desk.transcript(thread) if "Over now" in line]
        assert "Taken back on" in read(desk.card(thread).blocks or [])
