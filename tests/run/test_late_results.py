"""What a call gave a worker that had lost its conversation is not lost, and never becomes a second outcome."""

from pathlib import Path

import pytest

from bot.core import items
from bot.core.exchange import Output
from bot.run.kit import Kit
from bot.store import deliveries
from bot.store.arrivals import ResultArrived
from tests.core.story import Story
from tests.fakes.model import ScriptedModel, say
from tests.run.growing import HERE, advance, arrives, at_work, entries_of, outcome, said, write


def started(tool: str = "send") -> tuple[Story, int]:
    """A call that is at work when its worker loses the conversation."""
    story = Story()
    (call,) = story.calls(story.turn(), (tool, '{"text":"a"}'))
    story.start(call)
    return story, call


def result(call: int, outcome: items.Outcome = "done", output: str = '"sent"') -> items.ToolResult:
    return items.ToolResult(call=call, tool="send", outcome=outcome, output=output)


def arrived(call: int, outcome: items.Outcome = "done", attempt: int = 1) -> ResultArrived:
    return ResultArrived(attempt=attempt, result=result(call, outcome))


async def told(kit: Kit) -> str:
    """All that Slack is to show."""
    shown = await kit.database.run(lambda connection: deliveries.due(connection, HERE))
    return "\n".join(str(each.content) for each in shown)


async def given(kit: Kit, story: Story, *replies: str) -> None:
    """The story is in the log, and the model will say these."""
    assert isinstance(kit.model, ScriptedModel)
    kit.model.replies += [say(each) for each in replies]
    await kit.database.run(lambda connection: write(connection, story.entries))


def unknown() -> tuple[Story, int]:
    """The same, and people were told that nobody knows."""
    story, call = started()
    story.add(items.Interrupted(calls=(call,)))
    story.add(items.ToolUnknown(call=call, tool="send"))
    story.answer(2, "Nobody knows whether it was sent.")
    return story, call


async def test_a_result_that_comes_before_anybody_said_so_is_the_outcome(tmp_path: Path) -> None:
    story, call = started()
    async with at_work(tmp_path) as kit:
        await given(kit, story, "It is sent.")
        await arrives(kit, arrived(call), "r1")
        await advance(kit)
        assert await outcome(kit, call) == result(call)
        assert "took effect" not in await told(kit)
        assert "It is sent." in await told(kit)


async def test_an_attempt_that_failed_and_may_be_repeated_is_repeated_after_it_came_late(tmp_path: Path) -> None:
    story, call = started("look")
    async with at_work(tmp_path) as kit:
        await given(kit, story)
        late = ResultArrived(attempt=2, result=result(call, "passing"))
        await arrives(kit, late, "r1")
        await arrives(kit, ResultArrived(attempt=1, result=result(call, "done")), "r2")
        assert isinstance(kit.model, ScriptedModel)
        kit.model.replies.append(say("Found."))
        await advance(kit)
        assert await outcome(kit, call) == result(call), "what another attempt had to say is nothing"


@pytest.mark.parametrize(("outcome_", "sentence"), [("done", "did take effect"), ("failed", "did not work")])
async def test_the_truth_about_an_unknown_call_is_told_once(
    tmp_path: Path, outcome_: items.Outcome, sentence: str
) -> None:
    story, call = unknown()
    async with at_work(tmp_path) as kit:
        await given(kit, story)
        await arrives(kit, arrived(call, outcome_), "r1")
        await arrives(kit, arrived(call, "done"), "r2")
        await advance(kit)
        assert await outcome(kit, call) == result(call, outcome_).model_copy(update={"late": True})
        assert (await told(kit)).count(sentence) == await _posts(kit)
        kinds = [entry.item.kind for entry in await entries_of(kit)]
        assert kinds.count("tool_result") == 1


async def _posts(kit: Kit) -> int:
    """How often one sentence stands in one post: as its text and in its blocks."""
    rows = await kit.database.run(lambda connection: deliveries.due(connection, HERE))
    due = [each for each in rows if each.target != deliveries.STATUS]
    return len(due) * (2 if any("blocks" in each.content for each in due) else 1)


async def test_the_model_is_never_given_a_second_output(tmp_path: Path) -> None:
    story, call = unknown()
    async with at_work(tmp_path) as kit:
        await given(kit, story)
        await arrives(kit, arrived(call), "r1")
        await said(kit, "Good.", "m1")
        await advance(kit)
        assert isinstance(kit.model, ScriptedModel)
        outputs = [each for each in kit.model.prompts[-1].items if isinstance(each, Output)]
        assert [each.call_id for each in outputs] == [f"c{call}"]
        assert "unknown" in outputs[0].text


async def test_a_result_of_a_call_that_has_another_outcome_changes_nothing(tmp_path: Path) -> None:
    story, call = started()
    story.result(call, "failed", "no route")
    story.answer(2, "It failed.")
    async with at_work(tmp_path) as kit:
        await given(kit, story)
        await arrives(kit, arrived(call), "r1")
        await advance(kit)
        assert await outcome(kit, call) == result(call, "failed", "no route")


async def test_what_the_call_asked_for_itself_comes_with_its_result(tmp_path: Path) -> None:
    story = Story()
    _, number = story.given()
    turn = story.turn(author="U0EVE")
    (call,) = story.calls(turn, ("send", '{"text":"a"}'))
    story.start(call)
    request = story.thread.asks[number].request
    click = items.Click(request=number, id=request.id, action="withdraw", actor="U0ALEX", pressed_at=story.now)
    async with at_work(tmp_path) as kit:
        await given(kit, story, "It is sent.")
        await arrives(kit, ResultArrived(attempt=1, result=result(call), clicks=(click,)), "r1")
        await advance(kit)
        closes = [entry.item for entry in await entries_of(kit) if isinstance(entry.item, items.Close)]
        assert [close.verdict for close in closes] == ["withdrawn"]
