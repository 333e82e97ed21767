"""What a call did after all whose worker died: its card tells it, and the model where people had approved it."""

import json

import pytest

from bot.core import items
from bot.core.exchange import Called, Output, PromptItem
from bot.core.fold_requests import CLOSED_KEPT
from bot.core.past import LEARNT
from bot.core.prompt import history
from bot.run.admission import admitted
from bot.store.arrivals import ResultArrived
from tests.core.story import ALEX, REPORTS, SAM, Story

REPORT = '{"user_id":"U-456","text":"late again"}'


def died(story: Story, call: int) -> None:
    """The worker dies as often as it tries the call; at last it is on record that nobody knows what came of it."""
    while not story.thread.works[call].settled:
        story.hold(call)
        story.start(call)
        story.add(items.Interrupted(calls=(call,)))
        story.hold(call)
        if story.thread.works[call].call.tool == "write_report" or story.thread.works[call].attempts == 3:
            assert story.take() == (items.ToolUnknown(call=call, tool=story.thread.works[call].call.tool),)


def learnt(story: Story, call: int, outcome: items.Outcome = "done", output: str = '"ok"') -> None:
    """The truth comes."""
    tool = story.thread.unknown[call].call.tool
    story.add(items.ToolResult(call=call, tool=tool, outcome=outcome, output=output, trusted=True, late=True))


def told(story: Story) -> tuple[PromptItem, ...]:
    """What the model is shown in another turn."""
    return history(story.entries, story.turn("and?"), story.thread.head)


@pytest.mark.parametrize(
    ("outcome", "output", "result"),
    [("done", '"written"', "written"), ("failed", "no paper", {"status": "failed", "reason": "no paper"})],
)
def test_the_truth_about_an_approved_call_reaches_its_card_and_the_model(
    outcome: items.Outcome, output: str, result: object
) -> None:
    story = Story()
    call, number = story.asked("write_report", REPORT)
    story.approve(number)
    died(story, call)
    story.answer(min(story.thread.turns))
    assert story.thread.asks[number].ended == "unknown"
    learnt(story, call, outcome, output)
    assert story.thread.asks[number].ended == outcome
    *_, called, found, _ = told(story)
    assert isinstance(called, Called)
    assert (called.tool, json.loads(called.arguments)) == ("request_status", {"request": number})
    assert isinstance(found, Output)
    assert json.loads(found.text) == {
        "status": "approved",
        "request": number,
        "tool": "write_report",
        "result": result,
        "note": LEARNT,
    }


def test_of_a_call_that_nobody_approved_the_model_is_told_no_more_than_it_was() -> None:
    story = Story()
    turn = story.turn()
    (call,) = story.calls(turn, ("send", '{"text":"a"}'))
    story.start(call)
    story.add(items.Interrupted(calls=(call,)))
    story.take()
    story.answer(turn)
    before = history(story.entries, turn, story.thread.head)
    learnt(story, call)
    assert history(story.entries, turn, story.thread.head) == before


def taking_back(story: Story) -> tuple[int, int]:
    """Sam, who has the reports for some hours, and who had been given them before, wants to give them back: the
    request, and the call whose worker died."""
    story.answer(story.turn("hello"))
    for _ in range(2):
        call, number = story.given()
        story.approve(number)
        story.hold(call)
        story.ran(call)
        story.answer(max(story.thread.turns))
    story.vouch(story.click(number, SAM, "undo"), sources=())
    story.take()
    undo = story.thread.head
    story.know(undo, requester=story.thread.asks[number].request.subject, resource=REPORTS)
    died(story, undo)
    return number, undo


def test_what_was_taken_back_after_all_is_on_the_card_of_what_had_been_given() -> None:
    story = Story()
    number, undo = taking_back(story)
    assert story.thread.asks[number].undone_at is None
    learnt(story, undo)
    assert [seq for seq, ask in story.thread.asks.items() if ask.undone_at] == [number]


@pytest.mark.parametrize(("outcome", "output"), [("failed", "no"), ("done", "null")])
def test_what_was_not_taken_back_or_was_not_there_stays_as_it_was(outcome: items.Outcome, output: str) -> None:
    story = Story()
    number, undo = taking_back(story)
    learnt(story, undo, outcome, output)
    assert story.thread.asks[number].undone_at is None


def found(story: Story, call: int) -> list[items.Item]:
    """A worker that had lost the conversation says what came of the call; what that becomes."""
    result = items.ToolResult(call=call, tool="write_report", outcome="done", output='"written"')
    new = admitted(story.thread, story.entries, ResultArrived(attempt=1, result=result), story.now)
    for item in new:
        story.add(item)
    return new


def test_the_truth_is_told_once_however_often_it_arrives() -> None:
    story = Story()
    call, number = story.asked("write_report", REPORT)
    story.approve(number)
    died(story, call)
    story.answer(min(story.thread.turns))
    (late,) = found(story, call)
    assert isinstance(late, items.ToolResult)
    assert late.late
    assert story.thread.asks[number].ended == "done"
    assert found(story, call) == []


def test_the_truth_may_come_when_the_request_is_forgotten() -> None:
    story = Story()
    call, number = story.asked("write_report", REPORT)
    story.approve(number)
    died(story, call)
    story.answer(min(story.thread.turns))
    for more in range(CLOSED_KEPT + 5):
        _, later = story.asked("reset", f'{{"user_id":"U-{500 + more}"}}')
        story.click(later, ALEX, "withdraw")
        story.take()
        story.answer(max(story.thread.turns))
    assert number not in story.thread.asks
    asks = story.thread.asks
    assert len(found(story, call)) == 1
    assert story.thread.asks == asks
