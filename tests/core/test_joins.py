"""The same again in one conversation: one card, one execution, and nobody of those who asked decides it."""

import json
from typing import Any

from bot.core import items, words
from bot.core.exchange import Output
from bot.core.known import Person
from bot.core.policy import Policy, Rule
from bot.core.prompt import history
from bot.core.steps import CallModel, Run, Wait
from tests.core.story import ADMIN, ALEX, DANA, EVE, GIVE, GROUP, IN_GROUP, OMAR, POLICY, REPORTS, RESET, Story

EVE_RECORD = Person(record="U-789", name="Eve", privileged=False, slack_user=EVE)


def again(
    story: Story, author: str = EVE, *, policy: Policy = POLICY, record: str | None = "U-789", **facts: Any
) -> int:
    """Somebody asks for the same reset."""
    (call,) = story.calls(story.turn(author=author, record=record), ("reset", ' { "user_id" : "U-456" } '))
    story.know(call, **facts)
    (item,) = story.take(policy)
    assert isinstance(item, items.Joined), item
    return call


def test_the_same_again_joins_the_open_request_and_runs_once() -> None:
    story = Story()
    call, number = story.asked()
    second = again(story)
    story.approve(number, OMAR)
    story.hold(call)
    assert story.step() == Run((call,))
    story.ran(call, '"a link was sent"')
    assert story.thread.works[second].settled
    first_turn, second_turn = sorted(story.thread.turns)
    for turn in (first_turn, second_turn):
        assert story.step() == CallModel(turn, last=False)
        shown = history(story.entries, turn, story.thread.head)
        assert "a link was sent" in str([each for each in shown if isinstance(each, Output)])
        story.answer(turn)
    assert story.step() == Wait(None)


def test_both_who_asked_are_out_and_a_vote_that_one_of_them_gave_is_void() -> None:
    story = Story()
    two = Policy(approvers=("S1",))
    critical: dict[str, Any] = {"subject": ADMIN, "sources": {"S1": (DANA, OMAR, EVE)}}
    call, number = story.asked(policy=two, **critical)
    story.approve(number, EVE, policy=two)
    again(story, EVE, policy=two, **critical)
    assert not story.thread.asks[number].votes
    story.click(number, EVE)
    assert "Somebody else has to" in story.refused(two)
    story.approve(number, DANA, policy=two)
    assert not story.thread.works[call].approved
    story.approve(number, OMAR, policy=two)
    assert story.thread.works[call].approved


def test_a_vote_by_another_account_of_who_joined_is_void_as_well() -> None:
    story = Story()
    critical: dict[str, Any] = {"subject": ADMIN, "sources": IN_GROUP}
    _, number = story.asked(policy=GROUP, **critical)
    story.approve(number, OMAR, policy=GROUP, record="U-789")
    again(story, EVE, policy=GROUP, requester=EVE_RECORD, **critical)
    assert not story.thread.asks[number].votes


def test_who_joined_stays_out_of_the_request_asked_anew() -> None:
    # given: Eve joined, whose record only the look-up of her call knew; it was approved, and is asked anew
    story = Story()
    call, number = story.asked(policy=GROUP, sources=IN_GROUP)
    again(story, EVE, policy=GROUP, record=None, requester=EVE_RECORD, sources=IN_GROUP)
    story.approve(number, DANA, policy=GROUP)
    story.hold(call, voters={})
    (anew,) = story.take(GROUP)
    assert isinstance(anew, items.Request)

    # then: neither she nor another account of hers decides it
    number = story.thread.head
    story.click(number, EVE)
    assert "Somebody else has to" in story.refused(GROUP)
    story.vouch(story.click(number, OMAR), record="U-789")
    first = story.take(GROUP)[0]
    assert isinstance(first, items.ClickRefused)
    assert first.reason == words.SAME_PERSON


def test_a_withdrawal_is_told_to_the_other_person_who_had_joined() -> None:
    story = Story()
    _, number = story.asked()
    second = again(story)
    story.click(number, ALEX, "withdraw")
    story.take()
    turn = story.thread.works[second].call.turn
    assert story.step() == CallModel(turn, last=False)
    shown = history(story.entries, turn, story.thread.head)
    assert json.loads(next(each.text for each in shown if isinstance(each, Output)))["status"]


def test_nobody_joins_who_would_leave_nobody_to_decide() -> None:
    story = Story()
    only = Policy(approvers=(DANA,))
    _, number = story.asked(policy=only, sources={DANA: (DANA,)})
    (second,) = story.calls(story.turn(author=DANA, record="U-1"), ("reset", RESET))
    story.know(second, sources={DANA: (DANA,)})
    story.refused(only)
    story.approve(number, DANA, policy=only)


def test_who_joined_cannot_withdraw_what_somebody_else_asked_for() -> None:
    story = Story()
    _, number = story.asked()
    again(story)
    story.click(number, EVE, "withdraw")
    assert story.refused() == words.NOT_YOURS


def test_the_same_for_somebody_else_or_of_another_thing_does_not_join() -> None:
    story = Story()
    story.asked()
    other = Person(record="U-456", name="Sam Patel", privileged=False, slack_user="U0OTHER")
    (second,) = story.calls(story.turn(author=EVE), ("reset", RESET))
    story.know(second, other)
    assert isinstance(story.take()[0], items.Request), "the same id means another person now"


def test_a_denial_is_the_answer_to_both() -> None:
    story = Story()
    call, number = story.asked()
    second = again(story)
    story.vouch(story.click(number, DANA, "deny", reason="no"))
    story.take()
    assert story.thread.works[call].settled
    assert story.thread.works[second].settled


def test_who_joined_is_joined_to_what_is_asked_anew_and_to_another_version() -> None:
    story = Story()
    call, number = story.asked()
    second = again(story)
    story.approve(number, DANA)
    story.hold(call, voters={})
    story.take()
    assert story.thread.works[second].request == story.thread.head != number
    story.approve(story.thread.head, DANA)
    story.hold(call)
    assert story.step() == Run((call,))
    story.ran(call)
    assert story.thread.works[second].settled


def test_who_joined_never_starts_beside_the_call_that_was_joined() -> None:
    story = Story()
    call, number = story.given()
    (second,) = story.calls(story.turn(author=EVE, record="U-789"), ("give", GIVE))
    story.know(second, resource=REPORTS)
    story.take()
    story.approve(number, OMAR)
    story.hold(call)
    story.start(call)
    assert story.step() == Wait(None), "while it runs"
    story.result(call, "passing", "the directory is slow")
    assert isinstance(story.step(), Wait), "and until it is tried again"


def test_a_call_that_more_people_must_approve_does_not_join() -> None:
    story = Story()
    _, number = story.asked()
    two = Rule(name="tainted", tools=("reset",), condition=lambda seen: bool(seen["tainted"]), approvals=2)
    (call,) = story.calls(story.turn(author=EVE, record="U-789"), ("reset", RESET))
    story.know(call)
    (item,) = story.take(Policy(approvers=POLICY.approvers, rules=(two,)))
    assert isinstance(item, items.Request), "Eve's call was made with Alex's words in the input"
    assert (item.needs, item.call) == (2, call)
    assert number in story.thread.asks
