"""What becomes of requests when the message that led to them is deleted: only what is open, and was asked for there."""

from bot.core import items, words
from bot.core.steps import Resolve, Wait
from tests.core.story import ALEX, DANA, GROUP, IN_GROUP, REPORTS, RESET, Story


def test_what_is_approved_already_runs_all_the_same() -> None:
    story = Story()
    call, number = story.asked()
    story.approve(number)
    turn = story.thread.works[call].call.turn
    story.delete_message(turn)
    assert story.take() == (items.TurnOver(turn=turn, why="deleted", text=""),)
    assert story.thread.works[call].approved
    assert story.step() == Resolve("start", call)


def test_what_was_done_and_answered_long_ago_is_not_withdrawn() -> None:
    story = Story()
    call, number = story.asked()
    turn = story.thread.works[call].call.turn
    story.approve(number)
    story.hold(call)
    story.ran(call)
    story.answer(turn)
    assert call not in story.thread.works
    story.delete_message(turn)
    assert story.step() == Wait(None)


def test_what_somebody_takes_back_is_their_own() -> None:
    story = Story()
    call, number = story.given()
    turn = story.thread.works[call].call.turn
    story.approve(number)
    story.hold(call)
    story.ran(call)
    story.answer(turn)
    story.vouch(story.click(number, DANA, "undo"))
    story.take()
    undo = max(story.thread.works)
    assert story.thread.works[undo].call.turn == turn
    story.know(undo, resource=REPORTS)
    (asked,) = story.take()
    assert isinstance(asked, items.Request)
    story.delete_message(turn)
    assert isinstance(story.step(), Wait)
    assert story.thread.waits(story.thread.works[undo])


def test_what_people_were_asked_for_is_withdrawn_though_no_model_answered_the_rest() -> None:
    story = Story()
    turn = story.turn("my wifi is down, and reset the password of U-456")
    look, reset = story.calls(turn, ("look", '{"query":"wifi"}'), ("reset", RESET))
    story.know(reset)
    story.take()
    number = story.thread.head
    story.ran(look)
    story.add(items.TurnOver(turn=turn, why="failed", text=words.failed(None)))
    story.delete_message(turn)
    assert story.take() == (items.Close(request=number, verdict="withdrawn", by=ALEX),)
    assert story.step() == Wait(None)


def test_what_was_approved_and_is_asked_anew_waits_for_people_although_its_message_is_gone() -> None:
    story = Story()
    call, number = story.asked(policy=GROUP, sources=IN_GROUP)
    story.approve(number, policy=GROUP)
    story.delete_message(story.thread.works[call].call.turn)
    story.take(GROUP)
    story.hold(call, voters={})
    (anew,) = story.take(GROUP)
    assert isinstance(anew, items.Request)
    assert anew.renews == number
    assert story.step(GROUP) == Wait(anew.expires_at)
