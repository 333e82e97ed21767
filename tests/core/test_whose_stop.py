"""Whose stop ends what, where several people's turns and several kinds of calls stand side by side."""

import pytest

from bot.core import items, words
from bot.core.steps import Wait
from bot.core.stops import WORDS, stopping, typed
from tests.core.story import ALEX, DANA, EVE, SAM, Story
from tests.core.test_stops import all_of, pressed


@pytest.mark.parametrize("said", ["stop", "stop it", "stop that", "stop please", "please stop", "cancel", "abort"])
def test_what_is_a_stop_when_it_is_all_that_is_typed(said: str) -> None:
    story = Story()
    story.turn()
    assert typed(story.thread, ALEX, said)
    assert said in WORDS


def test_a_stop_is_typed_by_whom_work_is_done_for_though_others_wait_for_people() -> None:
    story = Story()
    story.asked(author=EVE)
    story.turn()
    assert typed(story.thread, ALEX, "stop")
    assert not typed(story.thread, EVE, "stop"), "nothing is being done for her: people are asked"


def test_a_stop_of_the_same_moment_is_for_what_was_said() -> None:
    story = Story()
    turn = story.add(items.UserMessage(author=ALEX, text="help", ts=f"{story.now.timestamp():.6f}"))
    pressed(story)
    assert stopping(story.thread) == {turn}


def test_a_stop_ends_what_was_not_said_in_slack() -> None:
    story = Story()
    turn = story.add(items.UserMessage(author=ALEX, text="help", ts=""))
    pressed(story)
    assert stopping(story.thread) == {turn}


def test_who_is_answered_stops_nothing_of_what_somebody_else_waits_for() -> None:
    story = Story()
    _, number = story.asked()
    story.answer(story.turn(author=SAM))
    pressed(story, SAM)
    (refused,) = story.take()
    assert isinstance(refused, items.StopRefused)
    assert (refused.channel, refused.reason) == (None, words.NOTHING_TO_STOP), "nothing is being done: people are asked"
    assert not story.thread.asks[number].close


def test_a_stop_leaves_what_somebody_takes_back() -> None:
    story = Story()
    call, number = story.given()
    story.approve(number)
    story.hold(call)
    story.ran(call)
    story.answer(story.thread.works[call].call.turn)
    story.vouch(story.click(number, DANA, "undo"))
    story.take()
    undo = max(story.thread.works)
    story.know(undo, resource=story.thread.asks[number].request.resource)
    (asked,) = story.take()
    assert isinstance(asked, items.Request)
    assert asked.undoes == call
    pressed(story)
    (refused,) = story.take()
    assert isinstance(refused, items.StopRefused)
    assert story.thread.waits(story.thread.works[undo])


def test_a_stop_while_only_others_are_served_is_told_to_whoever_pressed() -> None:
    story = Story()
    story.asked()
    story.turn(author=SAM)
    pressed(story, EVE)
    (refused,) = story.take()
    assert isinstance(refused, items.StopRefused)
    assert (refused.channel, refused.reason) == ("C1", words.NOT_YOUR_TURN)


def test_a_stop_that_was_pressed_before_others_asked_is_told_to_nobody() -> None:
    story = Story()
    story.add(items.UserMessage(author=SAM, text="help", ts=f"{story.now.timestamp():.6f}"))
    pressed(story, seconds=1)
    (refused,) = story.take()
    assert isinstance(refused, items.StopRefused)
    assert (refused.channel, refused.reason) == (None, words.NOTHING_TO_STOP)


def test_a_call_of_a_tool_that_is_gone_is_not_run_when_its_turn_is_stopped() -> None:
    story = Story()
    story.calls(story.turn(), ("look", '{"query":"a"}'))
    story.tools = {}
    pressed(story)
    over, refused = all_of(story)
    assert isinstance(over, items.TurnOver)
    assert isinstance(refused, items.Refused)
    assert refused.reason == words.NOT_RUN_STOPPED


def test_a_turn_that_is_over_is_not_stopped_once_more() -> None:
    story = Story()
    turn = story.turn()
    seen = story.thread.head
    pressed(story)
    story.cut_off(turn, seen)
    pressed(story)
    over, refused = all_of(story)
    assert isinstance(over, items.TurnOver)
    assert isinstance(refused, items.StopRefused)
    assert story.step() == Wait(None)
