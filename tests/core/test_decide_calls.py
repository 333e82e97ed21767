"""decide, rule by rule: which calls run, which are refused, what happens after a failure or a crash."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.core import items, words
from bot.core.decide import MAX_MODEL_CALLS, MODEL_PATIENCE
from bot.core.drafts import MAX_CARD_ARGUMENTS
from bot.core.exchange import Output
from bot.core.known import TurnKnown
from bot.core.prompt import history
from bot.core.steps import Append, CallModel, Resolve, Run, Wait
from tests.core.story import ADMIN, ADMINS, ALEX, ALEX_RECORD, DANA, LAPTOP, NOON, OMAR, SAM, Story


def refused(story: Story) -> str:
    """The reason of the refusal that decide wants."""
    (item,) = story.take()
    assert isinstance(item, items.Refused)
    return item.reason


def test_nothing_said_nothing_to_do() -> None:
    assert Story().step() == Wait(None)


def test_a_message_is_looked_into_then_answered() -> None:
    story = Story()
    turn = story.say()
    assert story.step() == Resolve("turn", turn)
    story.add(items.Facts(ref=turn, known=TurnKnown(record=None)))
    assert story.step() == CallModel(turn, last=False)
    story.answer(turn)
    assert story.step() == Wait(None)


def test_a_turn_that_may_not_be_taken_is_told_and_over() -> None:
    story = Story()
    turn = story.say()
    story.add(items.Facts(ref=turn, known=TurnKnown(record=None, refusal="no")))
    assert story.take() == (items.TurnOver(turn=turn, why="refused", text="no"),)
    assert story.step() == Wait(None)


def test_low_risk_runs_at_once_and_read_only_calls_run_side_by_side() -> None:
    story = Story()
    turn = story.turn()
    first, second = story.calls(turn, ("look", '{"query":"a"}'), ("look", '{"query":"b"}'))
    assert story.step() == Run((first, second))


def test_calls_that_write_run_one_after_another_in_the_models_order() -> None:
    story = Story()
    one, two, three = story.calls(
        story.turn(), ("look", '{"query":"a"}'), ("note_down", '{"text":"b"}'), ("look", '{"query":"c"}')
    )
    assert story.step() == Run((one,))
    story.ran(one)
    assert story.step() == Run((two,))
    story.ran(two)
    assert story.step() == Run((three,))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("format_disk", "{}"),
        ("look", '{"query": 1}'),
        ("look", '{"query": "a", "more": 1}'),
        ("look", '{"query": "a", "query": "b"}'),
        ("look", '{"query": "' + "x" * 2_001 + '"}'),
        ("look", "I think I should look"),
        ("look", ""),
        ("look", "{" * 100_000),
    ],
)
def test_a_call_that_is_unknown_or_does_not_fit_is_refused(name: str, arguments: str) -> None:
    story = Story()
    story.calls(story.turn(), (name, arguments))
    assert refused(story).startswith("Not run: ")
    assert isinstance(story.step(), CallModel), "the model is told"


def test_a_refusal_never_repeats_the_arguments() -> None:
    story = Story()
    story.calls(story.turn(), ("look", '{"query": 1, "hunter2": "hunter2"}'))
    assert "hunter2" not in refused(story)


def test_the_same_call_a_third_time_in_a_turn_is_refused_with_advice() -> None:
    story = Story()
    turn = story.turn()
    for arguments in ('{"query":"a"}', '{ "query" : "a" }'):
        (call,) = story.calls(turn, ("look", arguments))
        story.ran(call)
    story.calls(turn, ("look", '{"query":"a"}'))
    assert refused(story) == words.REPEATED


def test_the_model_is_told_why_a_call_was_refused() -> None:
    story = Story()
    turn = story.turn()
    (call,) = story.calls(turn, ("nothing_like_it", "{}"))
    reason = refused(story)
    told = history(story.entries, turn, story.thread.head)[-1]
    assert isinstance(told, Output)
    assert (told.call_id, json.loads(told.text)) == (f"c{call}", {"status": "refused", "reason": reason})


def test_the_same_call_in_another_turn_is_not_a_repetition() -> None:
    story = Story()
    for _ in range(3):
        turn = story.turn()
        (call,) = story.calls(turn, ("look", '{"query":"a"}'))
        assert story.step() == Run((call,))
        story.ran(call)
        story.answer(turn)


def test_the_last_model_call_must_answer_and_its_calls_are_refused() -> None:
    story = Story()
    turn = story.turn()
    for number in range(MAX_MODEL_CALLS - 1):
        assert story.step() == CallModel(turn, last=False)
        (call,) = story.calls(turn, ("look", f'{{"query":"{number}"}}'))
        story.ran(call)
    assert story.step() == CallModel(turn, last=True)
    story.calls(turn, ("look", '{"query":"again"}'))
    assert refused(story) == words.TURN_ENDED
    assert story.take() == (items.TurnOver(turn=turn, why="steps", text=words.OUT_OF_STEPS),)
    assert story.step() == Wait(None)


def test_a_failure_that_may_pass_is_attempted_again_after_a_wait() -> None:
    story = Story()
    (call,) = story.calls(story.turn(), ("note_down", '{"text":"a"}'))
    story.start(call)
    story.result(call, "passing", "busy")
    assert story.step() == Wait(NOON + timedelta(seconds=0.5))
    story.pass_time(seconds=1)
    assert story.step() == Run((call,))
    story.start(call)
    story.result(call, "passing", "busy")
    assert story.step() == Wait(story.now + timedelta(seconds=2))


def test_a_failed_call_goes_to_the_model_and_a_tool_that_gives_up_ends_the_turn() -> None:
    story = Story()
    turn = story.turn()
    (call,) = story.calls(turn, ("look", '{"query":"a"}'))
    story.start(call)
    story.result(call, "failed", "the index is down")
    assert story.step() == CallModel(turn, last=False)
    (call,) = story.calls(turn, ("send", '{"text":"a"}'))
    story.start(call)
    story.result(call, "failed", "no route")
    (over,) = story.take()
    assert isinstance(over, items.TurnOver)
    assert over.why == "gave_up"
    assert story.step() == Wait(None)


def test_an_interrupted_call_is_repeated_only_if_it_cannot_act_twice() -> None:
    story = Story()
    safe, unsafe = story.calls(story.turn(), ("note_down", '{"text":"a"}'), ("send", '{"text":"b"}'))
    story.ran(safe)
    story.start(unsafe)
    story.add(items.Interrupted(calls=(unsafe,)))
    assert story.take() == (items.ToolUnknown(call=unsafe, tool="send"),)

    story = Story()
    (safe,) = story.calls(story.turn(), ("note_down", '{"text":"a"}'))
    story.start(safe)
    story.add(items.Interrupted(calls=(safe,)))
    assert story.step() == Run((safe,))


def test_medium_runs_for_oneself_and_asks_for_others() -> None:
    story = Story()
    (own,) = story.calls(story.turn(), ("unlock", '{"user_id":"U-123"}'))
    assert story.step() == Resolve("call", own)
    story.know(own, ALEX_RECORD)
    assert story.step() == Resolve("start", own), "everything may stand still"
    story.hold(own)
    assert story.step() == Run((own,))

    story = Story()
    (others,) = story.calls(story.turn(), ("unlock", '{"user_id":"U-456"}'))
    story.know(others)
    (request,) = story.take()
    assert isinstance(request, items.Request)


@pytest.mark.parametrize(("name", "arguments"), [("reset", '{"user_id":"U-999"}'), ("unlock", '{"user_id":"U-999"}')])
def test_a_call_that_touches_somebody_unknown_is_refused(name: str, arguments: str) -> None:
    story = Story()
    (call,) = story.calls(story.turn(), (name, arguments))
    story.know(call, None)
    assert "not in the directory" in refused(story)


def test_a_call_that_touches_a_thing_unknown_is_refused() -> None:
    story = Story()
    (call,) = story.calls(story.turn(), ("wipe", '{"device_id":"L-9"}'))
    story.know(call, None)
    assert "not known here" in refused(story)


@pytest.mark.parametrize(
    ("name", "arguments", "facts"),
    [
        ("wipe", '{"device_id":"L-1"}', {"resource": LAPTOP}),
        ("reset", '{"user_id":"U-456"}', {"subject": ADMIN}),
        ("unlock", '{"user_id":"U-456"}', {"subject": ADMIN}),
        ("give", '{"user_id":"U-456","group":"admins","hours":1}', {"resource": ADMINS}),
    ],
)
def test_critical_calls_take_two_people(name: str, arguments: str, facts: dict[str, Any]) -> None:
    story = Story()
    (call,) = story.calls(story.turn(), (name, arguments))
    story.know(call, **facts)
    (request,) = story.take()
    assert isinstance(request, items.Request)
    assert (request.needs, request.step_up) == (2, "enrolled")


def test_a_critical_call_with_one_approver_left_is_refused() -> None:
    story = Story()
    (call,) = story.calls(story.turn(), ("wipe", '{"device_id":"L-1"}'))
    story.know(call, resource=LAPTOP, sources={DANA: (DANA,), OMAR: ()})
    assert refused(story) == words.NOBODY_LEFT


@pytest.mark.parametrize("approvers", [(), (ALEX,), (SAM,), (ALEX, SAM)])
def test_with_nobody_left_to_approve_it_says_so_and_what_to_do(approvers: tuple[str, ...]) -> None:
    story = Story()
    (call,) = story.calls(story.turn(), ("reset", '{"user_id":"U-456"}'))
    story.know(call, sources={"S1": approvers})
    assert refused(story) == words.NOBODY_LEFT


def test_arguments_too_long_to_be_shown_in_full_are_refused_before_anybody_is_asked() -> None:
    story = Story()
    (call,) = story.calls(
        story.turn(), ("write_report", json.dumps({"user_id": "U-456", "text": "é" * (MAX_CARD_ARGUMENTS // 6)}))
    )
    story.know(call)
    assert refused(story) == words.TOO_LONG_TO_SHOW


def test_whoever_spoke_in_the_thread_is_not_asked() -> None:
    story = Story()
    first = story.turn(author=DANA)
    story.answer(first)
    (call,) = story.calls(story.turn(), ("reset", '{"user_id":"U-456"}'))
    story.know(call)
    (request,) = story.take()
    assert isinstance(request, items.Request)
    assert request.approvers == ("U0OMAR",)
    assert DANA in request.excluded


def test_a_model_that_is_down_is_asked_again_until_patience_ends() -> None:
    story = Story()
    turn = story.turn()
    retry_at = NOON + timedelta(seconds=1)
    story.add(items.ModelFailed(turn=turn, why="unavailable", retry_at=retry_at))
    assert story.step() == Wait(retry_at)
    story.pass_time(seconds=1)
    assert story.step() == CallModel(turn, last=False)
    story.pass_time(seconds=MODEL_PATIENCE.total_seconds())
    assert story.step() == CallModel(turn, last=False), "a request that is on its way is waited for"
    story.add(items.ModelFailed(turn=turn, why="unavailable", retry_at=story.now + timedelta(seconds=60)))
    (over,) = story.take()
    assert isinstance(over, items.TurnOver)
    assert over.why == "failed"
    following = story.turn()
    assert following != turn
    assert story.step() == CallModel(following, last=False), "the next message works"


def test_a_model_that_rejects_ends_the_turn_at_once_and_an_empty_one_after_three() -> None:
    story = Story()
    turn = story.turn()
    for _ in range(2):
        story.add(items.ModelFailed(turn=turn, why="empty", retry_at=NOON))
        assert story.step() == CallModel(turn, last=False)
    story.add(items.ModelFailed(turn=turn, why="empty", retry_at=NOON))
    assert isinstance(story.step(), Append)

    story = Story()
    story.add(items.ModelFailed(turn=story.turn(), why="rejected", retry_at=None))
    assert isinstance(story.step(), Append)


def test_a_wait_is_never_for_a_time_that_is_over() -> None:
    # given: two turns whose model calls failed; the second may be tried again, but it is the first one's turn
    story = Story()
    call, number = story.asked()
    other = story.turn("and my wifi?", OMAR)
    story.add(items.ModelFailed(turn=other, why="unavailable", retry_at=story.now + timedelta(seconds=2)))
    story.approve(number)
    story.hold(call)
    story.ran(call)
    first = min(story.thread.turns)
    story.add(items.ModelFailed(turn=first, why="unavailable", retry_at=story.now + timedelta(seconds=60)))
    assert story.take() == (items.Delayed(turn=first),)
    story.pass_time(seconds=10)

    # then
    assert story.step() == Wait(NOON + timedelta(seconds=60))
