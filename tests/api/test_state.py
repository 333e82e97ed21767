"""How things stand with a question, computed from the log alone; and how often somebody may ask."""

from typing import Any

import pytest

from bot.api import state
from bot.api.rates import Rate
from bot.api.shapes import Answer
from bot.api.state import Told
from bot.core import items
from tests.core.story import DANA, OMAR, Story


def stands(story: Story, turn: int = 2) -> Answer:
    """What the API says of the turn."""
    return state.answer("T1:api:abc", story.thread, state.read(Told(turn), story.entries))


def outcome(story: Story) -> str:
    (call,) = stands(story).tool_calls
    return call.outcome


def test_a_turn_is_at_work_until_it_is_answered() -> None:
    story = Story(private=True)
    turn = story.turn()
    assert (stands(story).status, stands(story).answer) == ("working", None)
    (call,) = story.calls(turn, ("look", "{}"), text="Let me see.")
    assert (outcome(story), stands(story).answer) == ("asked", None)
    story.start(call)
    assert outcome(story) == "running"
    story.result(call)
    assert (outcome(story), stands(story).status) == ("done", "working")
    story.answer(turn, "Here it is.")
    assert (stands(story).status, stands(story).answer) == ("answered", "Here it is.")


def test_what_waits_for_people_is_told_without_what_buttons_carry() -> None:
    story = Story(private=True)
    _, number = story.asked()
    told = stands(story)
    assert (told.status, outcome(story)) == ("waiting_for_approval", "waiting_for_approval")
    (waits,) = told.pending_approvals
    assert (waits.summary, waits.missing, waits.approvers) == ("reset: Sam Patel", 1, 2)
    request = story.thread.asks[number].request
    assert request.id not in told.model_dump_json()
    assert DANA not in told.model_dump_json()
    story.approve(number)
    assert (outcome(story), stands(story).status, stands(story).pending_approvals) == ("approved", "working", ())


@pytest.mark.parametrize("verdict", ["denied", "expired", "withdrawn", "void"])
def test_what_people_did_not_approve_is_told_as_that(verdict: Any) -> None:
    story = Story(private=True)
    _, number = story.asked()
    story.add(items.Close(request=number, verdict=verdict, by=OMAR if verdict == "denied" else None))
    assert outcome(story) == verdict


def test_changed_arguments_are_those_that_would_run() -> None:
    story = Story(private=True)
    _, number = story.given()
    story.add(story.edit(number, '{"user_id":"U-456","group":"reports","hours":4}'))
    (call,) = stands(story).tool_calls
    assert call.arguments["hours"] == 4


def test_what_nobody_knows_or_gets_is_told() -> None:
    story = Story(private=True)
    (call,) = story.calls(story.turn(), ("reset", '{"user_id":"U-456"}'))
    story.start(call)
    story.add(items.ToolUnknown(call=call, tool="reset"))
    assert outcome(story) == "unknown"
    story.add(items.LinkLost(call=call))
    assert outcome(story) == "undelivered"


@pytest.mark.parametrize(
    ("why", "status"),
    [("refused", "refused"), ("failed", "failed"), ("steps", "failed"), ("gave_up", "failed"), ("stopped", "answered")],
)
def test_a_turn_that_ends_without_the_model_says_why(why: Any, status: str) -> None:
    story = Story(private=True)
    turn = story.turn()
    story.add(items.TurnOver(turn=turn, why=why, text="From <!date^1{x}|noon UTC> on."))
    assert (stands(story).status, stands(story).answer) == (status, "From noon UTC on.")


def test_arguments_that_are_none_and_tokens_without_a_price_are_no_trouble() -> None:
    story = Story(private=True)
    story.calls(story.turn(), ("look", "[" * 2_000), ("look", "7"))
    assert [each.arguments for each in stands(story).tool_calls] == [{}, {}]
    story.answer(2, tokens_in=5)
    assert (stands(story).usage.tokens_in, stands(story).usage.cost_usd) == (5, None)


def test_so_many_a_minute_at_once_and_then_evenly() -> None:
    at = 100.0
    rate = Rate(3, lambda: at)
    assert [rate.take("a") for _ in range(4)] == [0, 0, 0, 20]
    assert rate.take("b") == 0, "each has their own"
    at += 20
    assert [rate.take("a") for _ in range(2)] == [0, 20]
    at += 600
    assert [rate.take("a") for _ in range(4)] == [0, 0, 0, 20]
