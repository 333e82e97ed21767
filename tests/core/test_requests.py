"""What asks people by a card of its own and what by one that is open; and what is asked anew, and what is not."""

from dataclasses import replace
from datetime import timedelta

from bot.core import items, words
from bot.core.known import Denial
from bot.core.policy import Policy, Rule
from tests.core.story import ALEX, DANA, EVE, GIVE, LAPTOP, OMAR, REPORTS, SAM, Story

WIPE = '{"device_id":"L-1"}'
TAKE = '{"user_id":"U-456","group":"reports"}'


def done(story: Story) -> tuple[int, int]:
    """Access that was given, and told: the call, the request's number."""
    call, number = story.given()
    story.approve(number)
    story.hold(call)
    story.ran(call)
    story.answer(max(story.thread.turns))
    return call, number


def undo(story: Story, number: int) -> int:
    """Dana takes it back; the call."""
    story.vouch(story.click(number, DANA, "undo"))
    story.take()
    return max(story.thread.works)


def test_the_same_of_a_thing_that_is_nobodys_joins_the_open_request() -> None:
    story = Story()
    _, number = story.asked("wipe", WIPE, subject=None, resource=LAPTOP)
    (call,) = story.calls(story.turn(author=EVE), ("wipe", WIPE))
    story.know(call, None, resource=LAPTOP)
    (joined,) = story.take()
    assert isinstance(joined, items.Joined)
    assert joined.request == number


def test_the_same_words_for_another_thing_ask_by_a_card_of_their_own() -> None:
    story = Story()
    story.given()
    (call,) = story.calls(story.turn(author=EVE), ("give", GIVE))
    story.know(call, resource=replace(REPORTS, id="G-9"))
    (made,) = story.take()
    assert isinstance(made, items.Request)


def test_what_the_model_asks_for_does_not_join_what_somebody_takes_back() -> None:
    story = Story()
    _, number = done(story)
    back = undo(story, number)
    story.know(back, resource=REPORTS)
    (asked,) = story.take()
    assert isinstance(asked, items.Request)
    (call,) = story.calls(story.turn(author=EVE), ("take", TAKE))
    story.know(call, resource=REPORTS)
    (made,) = story.take()
    assert isinstance(made, items.Request)
    assert (asked.undoes, made.undoes) == (story.thread.works[back].call.of, None)


def test_a_denial_is_no_reason_not_to_take_something_back() -> None:
    story = Story()
    _, number = done(story)
    back = undo(story, number)
    denied = Denial(by=OMAR, at=story.now + timedelta(seconds=1), reason="no")
    story.know(back, resource=REPORTS, denial=denied)
    (asked,) = story.take()
    assert isinstance(asked, items.Request)


def test_what_was_attempted_is_not_asked_anew() -> None:
    story = Story()
    call, number = story.given()
    story.approve(number)
    story.hold(call)
    story.start(call)
    story.result(call, "passing", "busy")
    story.pass_time(seconds=1)
    story.hold(call, voters={})
    assert story.take() == (items.ToolUnknown(call=call, tool="give"),), "nobody knows what the attempt did"


def test_what_the_policy_forbids_since_it_was_approved_is_not_asked_anew() -> None:
    story = Story()
    call, number = story.given()
    story.approve(number)
    story.hold(call)
    never = Policy(approvers=(DANA, OMAR), rules=(Rule(name="n", tools=("give",), forbid="Not run: not any more."),))
    assert story.take(never) == (items.Refused(call=call, reason="Not run: not any more."),)


def test_who_was_out_is_not_asked_anew_by_a_policy_for_one_person() -> None:
    everybody = {each: (each,) for each in (ALEX, SAM, DANA, OMAR)}
    strict = Policy(approvers=(ALEX, SAM, DANA, OMAR))
    story = Story()
    call, number = story.given(strict, sources=everybody)
    story.approve(number, DANA, policy=strict)
    story.hold(call, voters={})
    (anew,) = story.take(replace(strict, allow_self_approval=True))
    assert isinstance(anew, items.Request)
    assert anew.approvers == (DANA, OMAR)
    assert anew.why == words.VOTER_LOST
