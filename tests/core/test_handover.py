"""Handing over: one ticket, whoever asked for it, and then people are told, once."""

import json

import pytest

from bot.core import handover, items
from bot.core.exchange import Called, Output
from bot.core.known import HumansKnown
from bot.core.past import HANDED
from bot.core.prompt import history
from bot.core.steps import Append, Resolve, Run, Wait
from tests.core.story import ALEX, DANA, EVE, Story

TICKET = '{"ticket_id":"T-1001","url":"https://tickets.example/T-1001"}'
PEOPLE = HumansKnown(to=("channel:C9",), group="S9")


def press(story: Story, turn: int, actor: str = ALEX) -> list[items.Item]:
    """Somebody presses Get a human below Alex's answer."""
    return [*handover.pressed(story.thread, story.entries, turn, ALEX, actor)]


def pressed(story: Story) -> tuple[int, int]:
    """Alex was answered and presses: the turn, and the call."""
    turn = story.turn("my wifi is down")
    story.answer(turn)
    (call,) = press(story, turn)
    return turn, story.add(call)


def tell(story: Story, call: int) -> items.Item:
    """The people are looked up, and told."""
    assert story.step() == Resolve("humans", call)
    story.add(items.Facts(ref=call, known=PEOPLE))
    (over,) = story.take()
    return over


def test_who_presses_has_a_ticket_made_and_people_are_told_of_it() -> None:
    story = Story()
    _, call = pressed(story)
    assert story.step() == Run((call,))
    story.ran(call, TICKET)
    assert tell(story, call) == items.HandedOver(
        call=call, by=ALEX, ticket="T-1001", url="https://tickets.example/T-1001", to=("channel:C9",), group="S9"
    )
    assert story.step() == Wait(None)
    assert handover.silent(story.thread)
    again = story.turn("are they coming?")
    *_, called, told, _ = history(story.entries, again, story.thread.head)
    assert isinstance(called, Called)
    assert called.tool == handover.TOOL
    assert "my wifi is down" in called.arguments
    assert isinstance(told, Output)
    assert json.loads(told.text) == {
        "ticket_id": "T-1001",
        "url": "https://tickets.example/T-1001",
        "people_told": True,
        "note": HANDED,
    }


@pytest.mark.parametrize("output", ['{"ticket_id":"T-1001","url":"javascript:x"}', '{"ticket_id":"T-1001"}'])
def test_what_is_no_address_is_not_told_as_one(output: str) -> None:
    story = Story()
    _, call = pressed(story)
    story.ran(call, output)
    assert tell(story, call) == items.HandedOver(call=call, by=ALEX, ticket="T-1001", to=("channel:C9",), group="S9")


def test_people_are_told_of_a_press_also_where_no_ticket_could_be_made() -> None:
    story = Story()
    _, call = pressed(story)
    story.start(call)
    story.result(call, "failed", "the ticket system is down")
    over = tell(story, call)
    assert isinstance(over, items.HandedOver)
    assert over.ticket is None


def test_of_a_ticket_that_the_model_could_not_have_made_nobody_is_told() -> None:
    story = Story()
    turn = story.turn()
    (call,) = story.calls(turn, (handover.TOOL, '{"summary":"wifi"}'))
    story.start(call)
    story.result(call, "failed", "the ticket system is down")
    assert not story.thread.handing


def test_who_presses_again_at_any_time_changes_nothing() -> None:
    story = Story()
    turn, call = pressed(story)
    assert press(story, turn, DANA) == [], "it is about to be called"
    story.ran(call, TICKET)
    assert press(story, turn, DANA) == [], "people are about to be told"
    tell(story, call)
    assert press(story, turn, DANA) == [], "they are told"
    assert press(Story(), 2) == [], "nothing was said"


def test_below_an_answer_that_is_forgotten_it_is_still_for_whom_the_answer_was() -> None:
    story = Story()
    story.answer(story.turn("hello", EVE))
    (call,) = press(story, 999, DANA)
    assert isinstance(call, items.Call)
    assert (call.by, call.requester) == (DANA, ALEX)
    mine = story.turn("my wifi is down")
    story.answer(mine)
    (call,) = press(story, 999, DANA)
    assert isinstance(call, items.Call)
    assert (call.by, call.requester, call.turn) == (DANA, None, mine)


def test_it_is_not_silent_where_nobody_else_reads_or_nobody_was_told() -> None:
    for private, to in ((True, ("channel:C9",)), (False, ())):
        story = Story(private=private)
        _, call = pressed(story)
        story.ran(call, TICKET)
        story.add(items.Facts(ref=call, known=HumansKnown(to=to)))
        step = story.step()
        assert isinstance(step, Append)
        story.take()
        assert not handover.silent(story.thread)
