"""Right before the start all is looked up again: what does not hold is asked anew or refused, and nothing runs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core import items, words
from bot.core.decide import decide
from bot.core.known import Person
from bot.core.policy import Policy, Rule
from bot.core.steps import Append, Resolve, Run
from tests.core.story import (
    ADMIN,
    ALEX_RECORD,
    DANA,
    EVE,
    GIVE,
    KIM,
    OMAR,
    POLICY,
    REPORTS,
    SAM_RECORD,
    Story,
    known_call,
)
from tests.core.toolbox import MENU
from tools.spec import Risk, tool

#: what happened between the vote and the start to a grant of the reports to Sam
CHANGES: dict[str, dict[str, Any]] = {
    "the approver left": {"voters": {}},
    "the approver is in no group that counts": {"voters": {DANA: ()}},
    "the approver counts for something else now": {"voters": {DANA: (OMAR,)}},
    "the person became an administrator": {"subject": ADMIN},
    "the person is another one": {"subject": SAM_RECORD.model_copy(update={"record": "U-457"})},
    "the person was renamed": {"subject": SAM_RECORD.model_copy(update={"name": "Sam Other"})},
    "the person has another Slack account": {"subject": SAM_RECORD.model_copy(update={"slack_user": OMAR})},
    "the person is gone": {"subject": None},
    "the group was renamed": {"resource": replace(REPORTS, name="reports-old")},
    "the group was made again": {"resource": replace(REPORTS, id="G-9")},
    "the group was nested in one for administrators": {"resource": replace(REPORTS, privileged=True)},
    "the group is gone": {"resource": None},
    "it cannot be looked up": {"refusal": words.START_UNKNOWN},
    "what it touches cannot be looked up": {"call": known_call(refusal=words.NOT_LOOKED_UP)},
    "nothing was looked up": {"call": None},
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_does_not_hold_at_the_start_is_asked_anew_or_refused_and_nothing_runs(change: str) -> None:
    story = Story()
    call, number = story.given()
    story.approve(number)
    told = dict(CHANGES[change])
    facts = {name: told.pop(name) for name in ("subject", "resource") if name in told}
    now = {"call": known_call(**({"resource": REPORTS} | facts))} if facts else {}
    story.hold(call, **(told | now))
    (item,) = story.take()
    if isinstance(item, items.Request):
        assert (item.renews, item.call) == (number, call)
        assert item.id != story.thread.asks[number].request.id
        assert item.why
    else:
        assert isinstance(item, items.Refused)
    assert not [entry for entry in story.entries if isinstance(entry.item, items.ToolStart)]


@pytest.mark.parametrize("records", [{DANA: "U-1", OMAR: "U-1"}, {DANA: "U-123"}, {OMAR: "U-456"}])
def test_voters_who_turn_out_to_be_one_person_or_to_be_involved_are_asked_for_anew(records: dict[str, str]) -> None:
    story = Story()
    call, number = story.asked(subject=ADMIN)
    story.approve(number, DANA)
    story.approve(number, OMAR)
    story.hold(call, records=records)
    (anew,) = story.take()
    assert isinstance(anew, items.Request)
    assert (anew.renews, anew.why) == (number, words.VOTER_LOST)


def test_a_tool_that_cannot_take_what_was_approved_any_more_is_not_run() -> None:
    @tool(risk=Risk.HIGH, subject="user_id", idempotent=True)
    async def reset(user_id: str, how: str) -> str:
        """Reset in one of two ways."""
        return user_id + how

    story = Story()
    call, number = story.asked()
    story.approve(number)
    step = decide(story.thread, {**MENU, "reset": reset}, POLICY, story.now)
    assert step == Append((items.Refused(call=call, reason=words.OTHER_TOOL),))


def test_a_free_call_of_which_nothing_can_be_looked_up_right_before_its_start_is_not_run() -> None:
    story = Story()
    (own,) = story.calls(story.turn(), ("unlock", '{"user_id":"U-123"}'))
    story.know(own, ALEX_RECORD)
    story.hold(own, call=None)
    assert story.refused() == words.START_UNKNOWN


def test_a_free_call_that_was_tried_and_needs_an_approval_now_is_not_tried_again() -> None:
    story = Story()
    (own,) = story.calls(story.turn(), ("unlock", '{"user_id":"U-123"}'))
    story.know(own, ALEX_RECORD)
    story.hold(own)
    story.start(own)
    story.add(items.Interrupted(calls=(own,)))
    admin = ALEX_RECORD.model_copy(update={"privileged": True})
    story.hold(own, call=known_call(subject=admin, requester=admin))
    assert story.take() == (items.ToolUnknown(call=own, tool="unlock"),), "nobody knows what the attempt did"


def test_what_was_asked_anew_and_changed_once_more_is_refused() -> None:
    story = Story()
    call, number = story.given()
    for _ in range(2):
        story.approve(number)
        story.hold(call, voters={})
        (item,) = story.take()
        number = story.thread.head
    assert item == items.Refused(call=call, reason=words.CHANGED)


def test_votes_for_what_was_approved_are_none_for_what_is_asked_anew() -> None:
    story = Story()
    call, number = story.given()
    old = story.thread.asks[number].request.id
    story.approve(number)
    story.hold(call, voters={})
    story.take()
    anew = story.thread.head
    assert not story.thread.asks[anew].votes
    story.click(anew, DANA, id=old)
    assert story.refused() == words.OLD_VERSION
    story.approve(anew, DANA)
    story.hold(call)
    assert story.step() == Run((call,))
    assert story.thread.works[call].arguments == GIVE


def test_a_click_one_second_late_ends_the_request_though_no_timer_ran() -> None:
    story = Story()
    call, number = story.asked()
    expires_at = story.thread.asks[number].request.expires_at
    story.pass_time(hours=23)
    story.vouch(story.click(number, DANA, pressed_at=expires_at + timedelta(seconds=1)))
    assert story.take() == (items.Close(request=number, verdict="expired"),)
    assert "already expired" in story.refused()
    assert story.thread.works[call].settled


def test_people_of_another_tenant_decide_nothing() -> None:
    story = Story()
    _, number = story.asked()
    for action in ("approve", "deny", "edit", "withdraw", "undo"):
        story.click(number, DANA, action, tenant="T2")
        assert story.refused() == words.NOT_APPROVER
    story.click(number, DANA, tenant="T1")
    assert isinstance(story.step(), Resolve)


def test_a_look_up_is_too_old_after_five_seconds_and_not_a_moment_earlier() -> None:
    story = Story()
    call, number = story.asked()
    story.approve(number)
    story.hold(call)
    story.pass_time(seconds=5)
    assert story.step() == Run((call,))
    story.pass_time(microseconds=1)
    assert story.step() == Resolve("start", call)


TWO = Policy(approvers=(DANA, OMAR, KIM), rules=(Rule(name="two", tools=("give",), approvals=2),))
COUNTED = {DANA: (DANA,), OMAR: (OMAR,)}


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ({DANA: "U-1", OMAR: "U-2"}, ""),
        ({DANA: None, OMAR: None}, ""),
        ({DANA: "U-1", OMAR: "U-1"}, words.VOTER_LOST),
        ({DANA: "U-1", OMAR: "U-123"}, words.VOTER_LOST),
        ({DANA: "U-1", OMAR: "U-456"}, words.VOTER_LOST),
        ({DANA: "U-1", OMAR: "U-2", KIM: "U-1", EVE: "U-123"}, ""),
    ],
)
def test_who_the_voters_are_is_looked_up_once_more(records: dict[str, str | None], why: str) -> None:
    """Two who turn out to be one person count as one; the requester's or the subject's other account not at all."""
    story = Story()
    call, number = story.given(TWO, sources={**COUNTED, KIM: (KIM,)})
    story.approve(number, DANA, policy=TWO)
    story.approve(number, OMAR, policy=TWO)
    story.hold(call, records=records)
    step = story.step(TWO)
    if not why:
        assert step == Run((call,))
        return
    (anew,) = story.take(TWO)
    assert isinstance(anew, items.Request)
    assert anew.why == why


@pytest.mark.parametrize("gone", [SAM_RECORD.model_copy(update={"slack_user": None}), None])
def test_what_touches_somebody_who_left_slack_since_is_not_run(gone: Person | None) -> None:
    story = Story()
    call, number = story.given()
    story.approve(number)
    story.hold(call, call=known_call(resource=REPORTS, subject=gone))
    assert story.refused() == words.SUBJECT_LEFT


def test_who_was_never_in_slack_has_not_left_it() -> None:
    story = Story()
    absent = SAM_RECORD.model_copy(update={"slack_user": None})
    call, number = story.given(subject=absent)
    story.approve(number)
    story.hold(call)
    assert story.step() == Run((call,))


def test_arguments_that_the_tool_does_not_take_any_more_are_not_run() -> None:
    story = Story()
    call, number = story.asked()
    story.approve(number)
    story.hold(call)
    step = decide(
        story.thread, {**MENU, "reset": replace(MENU["look"], name="reset")}, Policy(approvers=(DANA,)), story.now
    )
    assert step == Append((items.Refused(call=call, reason=words.OTHER_TOOL),))


def test_an_approval_is_good_for_an_hour_and_not_a_moment_longer() -> None:
    story = Story()
    call, number = story.asked()
    story.approve(number)
    story.pass_time(hours=1)
    assert story.step() == Resolve("start", call)
    story.pass_time(microseconds=1)
    assert story.refused() == words.TOO_LATE


def test_why_it_cannot_be_looked_up_is_told() -> None:
    for told, reason in (
        ({"call": None}, words.START_UNKNOWN),
        ({"call": known_call(refusal=words.NOT_LOOKED_UP)}, words.NOT_LOOKED_UP),
    ):
        story = Story()
        call, number = story.given()
        story.approve(number)
        story.hold(call, **told)
        assert story.refused() == reason


def test_who_was_asked_later_counts_at_the_start_as_long_as_the_policy_asks_them() -> None:
    later = Policy(approvers=(DANA,), escalate_after=timedelta(hours=1), escalate_to=(OMAR,))
    story = Story()
    call, number = story.asked(policy=later)
    story.pass_time(hours=1)
    story.take(later)
    story.approve(number, OMAR, policy=later)
    story.hold(call)
    assert story.step(later) == Run((call,))
    (anew,) = story.take(Policy(approvers=(DANA,)))
    assert isinstance(anew, items.Request)
    assert anew.why == words.STRICTER_NOW


def test_a_free_call_that_nothing_is_known_of_any_more_is_not_run() -> None:
    story = Story()
    (own,) = story.calls(story.turn(), ("unlock", '{"user_id":"U-123"}'))
    story.know(own, ALEX_RECORD)
    story.hold(own, call=None)
    assert story.refused() == words.START_UNKNOWN
