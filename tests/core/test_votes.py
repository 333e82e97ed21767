"""Whose click counts, and for what: one human once, a member then and now, with a code where it takes one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import items, words
from bot.core.decide import decide
from bot.core.known import Denial
from bot.core.policy import Policy, Rule
from bot.core.quorum import Quorum
from bot.core.steps import Append, Resolve, Run, Wait
from tests.core.story import (
    ADMIN,
    ALEX,
    ALEX_RECORD,
    DANA,
    EVE,
    GIVE,
    GROUP,
    IN_GROUP,
    KIM,
    NOON,
    OMAR,
    POLICY,
    REPORTS,
    RESET,
    SAM,
    Story,
)
from tests.core.toolbox import MENU
from tools.spec import Risk, Undo, tool

LATER = Policy(
    approvers=(DANA,),
    remind_after=timedelta(hours=1),
    escalate_after=timedelta(hours=2),
    escalate_to=("S9",),
)
TWO_GROUPS = Policy(
    approvers=(DANA,),
    rules=(Rule(name="both", tools=("reset",), approvals=2, sources=("S1", "S2"), distinct=True),),
)
CODES = Policy(approvers=("S1",), rules=(Rule(name="code", tools=("reset",), step_up=True),))


def critical(story: Story, policy: Policy = GROUP) -> tuple[int, int]:
    """A reset of an administrator, which takes two of the group."""
    return story.asked(policy=policy, subject=ADMIN, sources=IN_GROUP)


def counts(story: Story, number: int, actor: str, policy: Policy = GROUP, **facts: object) -> bool:
    """Whether the person's approval is a decision."""
    before = len(story.thread.asks[number].votes)
    story.click(number, actor)
    if isinstance(story.step(policy), Resolve):
        story.vouch(max(story.thread.clicks), **facts)  # type: ignore[arg-type]  # each value fits its key
    story.take(policy)
    return len(story.thread.asks[number].votes) > before


def test_two_different_people_are_two_and_the_same_one_twice_is_one() -> None:
    story = Story()
    call, number = critical(story)
    assert counts(story, number, DANA)
    assert not counts(story, number, DANA)
    assert not story.thread.works[call].approved
    assert counts(story, number, OMAR)
    assert story.thread.works[call].approved


def test_two_accounts_of_one_person_are_one() -> None:
    story = Story()
    call, number = critical(story)
    assert counts(story, number, DANA, record="U-1")
    assert not counts(story, number, OMAR, record="U-1")
    assert not story.thread.works[call].approved


@pytest.mark.parametrize("record", ["U-123", "U-456"])
def test_another_account_of_the_requester_or_the_subject_decides_nothing(record: str) -> None:
    story = Story()
    _, number = critical(story)
    for action in ("approve", "deny", "edit"):
        story.vouch(story.click(number, DANA, action, arguments="{}"), record=record)
        assert story.refused(GROUP) == words.SAME_PERSON


def test_a_member_counts_who_was_one_when_the_card_was_posted_and_is_one_now() -> None:
    story = Story()
    _, number = critical(story)
    assert not counts(story, number, DANA, sources=())
    assert not counts(story, number, DANA, sources=("S2",))
    assert not counts(story, number, EVE, sources=("S1",))
    assert counts(story, number, DANA, sources=("S1",))


def test_one_denial_ends_it_however_many_approved() -> None:
    story = Story()
    call, number = critical(story)
    assert counts(story, number, DANA)
    story.vouch(story.click(number, OMAR, "deny", reason="no"))
    story.take(GROUP)
    assert story.thread.works[call].settled


def test_who_approved_may_still_deny() -> None:
    story = Story()
    call, number = critical(story)
    assert counts(story, number, DANA)
    story.vouch(story.click(number, DANA, "deny", reason="I was wrong"))
    story.take(GROUP)
    assert story.thread.works[call].settled


def test_two_groups_take_one_person_each_also_where_one_is_in_both() -> None:
    sources = {DANA: (DANA,), "S1": (OMAR, KIM), "S2": (KIM, DANA)}
    story = Story()
    call, number = story.asked(policy=TWO_GROUPS, sources=sources)
    assert story.thread.asks[number].request.quorums == (Quorum(approvals=2, sources=("S1", "S2"), distinct=True),)
    assert counts(story, number, KIM, TWO_GROUPS)
    assert counts(story, number, DANA, TWO_GROUPS)
    assert story.thread.works[call].approved


def test_two_of_one_group_are_not_one_of_each() -> None:
    sources = {DANA: (DANA,), "S1": (OMAR, KIM), "S2": (EVE,)}
    story = Story()
    call, number = story.asked(policy=TWO_GROUPS, sources=sources)
    assert counts(story, number, KIM, TWO_GROUPS)
    assert counts(story, number, OMAR, TWO_GROUPS)
    assert not story.thread.works[call].approved
    assert counts(story, number, EVE, TWO_GROUPS)
    assert story.thread.works[call].approved


def test_who_came_to_a_group_after_the_card_was_posted_does_not_count_for_it() -> None:
    sources = {DANA: (DANA,), "S1": (OMAR, KIM), "S2": (EVE,)}
    story = Story()
    call, number = story.asked(policy=TWO_GROUPS, sources=sources)
    assert counts(story, number, KIM, TWO_GROUPS, sources=("S1",))
    assert counts(story, number, OMAR, TWO_GROUPS, sources=("S1", "S2"))
    assert not story.thread.works[call].approved, "Omar was in the first group alone"


@pytest.mark.parametrize(
    ("enrolled", "stepped_up", "good"), [(True, False, False), (True, True, True), (False, False, True)]
)
def test_a_critical_approval_takes_a_code_of_whoever_has_an_authenticator(
    enrolled: bool, stepped_up: bool, good: bool
) -> None:
    story = Story()
    _, number = critical(story)
    story.vouch(story.click(number, DANA, stepped_up=stepped_up), enrolled=enrolled)
    (item, *_) = story.take(GROUP)
    assert isinstance(item, items.Decision) == good
    assert good or (isinstance(item, items.ClickRefused) and item.reason == words.NO_CODE)


def test_where_a_rule_wants_codes_nobody_approves_without_and_anybody_denies() -> None:
    story = Story()
    _, number = story.asked(policy=CODES, sources=IN_GROUP, enrolled=(DANA, OMAR))
    story.vouch(story.click(number, DANA))
    assert story.refused(CODES) == words.NO_CODE
    story.vouch(story.click(number, DANA, "deny", reason="no"))
    assert len(story.take(CODES)) == 2


def test_where_a_rule_wants_codes_and_too_few_have_an_authenticator_it_says_so() -> None:
    story = Story()
    (call,) = story.calls(story.turn(), ("reset", '{"user_id":"U-456"}'))
    story.know(call, sources=IN_GROUP, enrolled=(ALEX,))
    assert story.refused(CODES) == words.NOT_ENROLLED


def test_first_the_same_people_are_reminded_then_more_are_asked_and_no_fewer_needed() -> None:
    story = Story()
    call, number = story.asked(policy=LATER, subject=ADMIN, sources={DANA: (DANA, KIM), "S9": (OMAR,)})
    assert story.thread.asks[number].request.approvers == (DANA, KIM)
    story.click(number, OMAR)
    assert story.refused(LATER) == words.NOT_APPROVER
    for hours, step in ((1, "remind"), (2, "escalate")):
        assert story.step(LATER) == Wait(
            story.thread.asks[number].request.remind_at if hours == 1 else story.now + timedelta(hours=1)
        )
        story.pass_time(hours=1)
        assert story.take(LATER) == (items.Nudge.model_validate({"request": number, "step": step}),)
    assert counts(story, number, OMAR, LATER)
    assert not story.thread.works[call].approved, "critical still takes two"
    assert counts(story, number, DANA, LATER)
    assert story.thread.works[call].approved


def test_the_fallback_is_asked_only_where_the_others_are_not_enough() -> None:
    policy = Policy(approvers=(DANA,), fallback=("S9",))
    story = Story()
    _, number = story.asked(policy=policy, sources={DANA: (DANA,), "S9": (OMAR,)})
    assert story.thread.asks[number].request.approvers == (DANA,)
    story = Story()
    call, number = story.asked(policy=policy, sources={DANA: (), "S9": (OMAR,)})
    assert story.thread.asks[number].request.approvers == (OMAR,)
    assert counts(story, number, OMAR, policy)
    assert story.thread.works[call].approved


def test_a_fallback_that_is_also_asked_later_may_decide_at_once() -> None:
    policy = Policy(approvers=(ALEX,), fallback=("S9",), escalate_to=("S9",))
    story = Story()
    _, number = story.asked(policy=policy, sources={ALEX: (ALEX,), "S9": (OMAR,)})
    assert counts(story, number, OMAR, policy)


def test_the_number_of_open_requests_of_one_person_is_limited() -> None:
    story = Story()
    (call,) = story.calls(story.turn(), ("reset", '{"user_id":"U-456"}'))
    story.know(call, open_requests=POLICY.max_open)
    assert story.refused() == words.too_many_open(POLICY.max_open)


def test_what_was_denied_is_not_asked_again_until_somebody_has_said_so_since() -> None:
    story = Story()
    turn = story.turn()
    (call,) = story.calls(turn, ("reset", RESET))
    story.know(call, denial=Denial(by=DANA, at=story.now, reason="no"))
    assert story.refused() == words.DENIED_BEFORE
    story.answer(turn)
    story.pass_time(seconds=1)
    (again,) = story.calls(story.turn("please, it is me"), ("reset", RESET))
    story.know(again, denial=Denial(by=DANA, at=NOON, reason="no"))
    assert isinstance(story.take()[0], items.Request)


def test_an_approval_that_reaches_us_more_than_an_hour_late_is_pressed_again() -> None:
    story = Story()
    call, number = story.asked()
    story.pass_time(hours=2)
    story.click(number, DANA, pressed_at=story.now - timedelta(hours=1, seconds=1))
    assert story.refused() == words.PRESSED_LONG_AGO
    story.vouch(story.click(number, DANA, "deny", pressed_at=NOON, reason="no"))
    story.take()
    assert story.thread.works[call].settled, "a no may come as late as it likes"


def test_while_everything_stands_still_nobody_approves_and_anybody_denies() -> None:
    story = Story()
    call, number = story.asked()
    story.vouch(story.click(number, DANA), frozen=True)
    assert story.refused() == words.FROZEN_VOTE
    story.vouch(story.click(number, DANA, "deny", reason="no"), frozen=True)
    story.take()
    assert story.thread.works[call].settled


def undoable(story: Story) -> tuple[int, int]:
    """Sam was given the reports."""
    call, number = story.given()
    story.approve(number)
    story.hold(call)
    story.ran(call)
    story.answer(min(story.thread.turns))
    return call, number


def test_taking_back_is_a_call_of_its_own_that_needs_what_the_policy_says() -> None:
    story = Story()
    call, number = undoable(story)
    click = story.click(number, DANA, "undo")
    assert story.step() == Resolve("click", click)
    story.vouch(click)
    (undo,) = story.take()
    assert isinstance(undo, items.Call)
    assert (undo.origin, undo.tool, undo.of, undo.by) == ("undo", "take", call, DANA)
    seq = story.thread.head
    story.know(seq, resource=REPORTS)
    (request,) = story.take()
    assert isinstance(request, items.Request)
    assert (request.requester, request.approvers) == (DANA, (OMAR,)), "whoever wants it taken back does not decide that"
    number = story.thread.head
    story.click(number, DANA)
    assert "you asked for it" in story.refused()


def test_the_person_it_was_given_to_gives_it_back_freely() -> None:
    story = Story()
    _, number = undoable(story)
    story.vouch(story.click(number, SAM, "undo"), sources=())
    story.take()
    undo = story.thread.head
    story.know(undo, requester=story.thread.asks[number].request.subject, resource=REPORTS)
    story.hold(undo)
    assert story.step() == Run((undo,))
    story.ran(undo)
    story.click(number, DANA, "undo")
    assert story.refused() == words.UNDONE


def test_a_stranger_takes_nothing_back_and_nobody_twice_at_once() -> None:
    story = Story()
    _, number = undoable(story)
    story.vouch(story.click(number, EVE, "undo"))
    assert story.refused() == words.NOT_APPROVER
    story.vouch(story.click(number, DANA, "undo"))
    story.take()
    story.know(story.thread.head, resource=REPORTS)
    story.take()
    story.click(number, OMAR, "undo")
    assert story.refused() == words.UNDO_ASKED


@pytest.mark.parametrize("known", [words.CLICK_UNKNOWN, None])
def test_who_cannot_be_looked_up_or_is_asked_no_more_takes_nothing_back(known: str | None) -> None:
    story = Story()
    _, number = undoable(story)
    story.vouch(story.click(number, DANA, "undo"), refusal=known, sources=())
    assert story.refused() == (known or words.NOT_APPROVER)


def test_what_a_tool_gave_that_takes_other_arguments_now_is_not_taken_back_by_a_click() -> None:
    @tool(risk=Risk.HIGH, subject="user_id", idempotent=True, undo="It goes.", undone_by=Undo("take", ("user_id",)))
    async def give(user_id: str, until: str) -> str:
        """Give."""
        return user_id + until

    story = Story()
    _, number = undoable(story)
    click = story.click(number, DANA, "undo")
    story.vouch(click)
    step = decide(story.thread, {**MENU, "give": give}, POLICY, story.now)
    refused = items.ClickRefused(click=click, request=number, actor=DANA, channel="C1", reason=words.NOTHING_TO_UNDO)
    assert step == Append((refused,))


def test_what_did_not_run_is_not_taken_back() -> None:
    story = Story()
    _, number = story.given()
    story.click(number, DANA, "undo")
    assert story.refused() == words.NOTHING_TO_UNDO
    assert MENU["reset"].undone_by is None


def test_ten_thousand_clicks_of_a_stranger_are_answered_from_the_log_alone() -> None:
    story = Story()
    _, number = story.asked()
    for _ in range(10_000):
        story.click(number, EVE)
        (item,) = story.take()  # nothing is looked up: it would be a Resolve
        assert isinstance(item, items.ClickRefused)
    assert not story.thread.clicks


def test_an_approval_is_taken_up_within_an_hour_of_the_click_and_a_denial_whenever() -> None:
    story = Story()
    _, number = story.asked()
    pressed_at = story.now
    story.pass_time(hours=1)
    on_time = story.click(number, DANA, pressed_at=pressed_at)
    assert story.step() == Resolve("click", on_time)
    story.pass_time(seconds=1)
    assert story.refused() == words.PRESSED_LONG_AGO
    late = story.click(number, DANA, "deny", pressed_at=pressed_at, reason="no")
    assert story.step() == Resolve("click", late)


VERIFIED = Policy(approvers=(DANA, OMAR), rules=(Rule(name="seen", tools=("reset",), verified=True),))


def test_where_a_rule_wants_to_know_how_they_made_sure_only_an_approval_has_to_say() -> None:
    story = Story()
    _, number = story.asked(policy=VERIFIED)
    story.vouch(story.click(number, DANA))
    assert story.refused(VERIFIED) == words.NOT_VERIFIED
    story.vouch(story.click(number, DANA, "deny", reason="no"))
    assert len(story.take(VERIFIED)) == 2
    story = Story()
    _, number = story.asked(policy=VERIFIED)
    story.vouch(story.click(number, DANA, verified="called"))
    (decision, _) = story.take(VERIFIED)
    assert isinstance(decision, items.Decision)
    assert decision.verified == "called"


def test_nobody_approves_while_the_house_is_frozen_and_anybody_who_may_still_denies() -> None:
    story = Story()
    _, number = story.asked()
    story.vouch(story.click(number, DANA), frozen=True)
    assert story.refused() == words.FROZEN_VOTE
    story.vouch(story.click(number, DANA, "deny", reason="no"), frozen=True)
    assert len(story.take()) == 2


def test_a_decision_says_who_decided_why_and_for_what_they_count() -> None:
    story = Story()
    _, number = critical(story)
    click = story.click(number, DANA, "deny", reason="not today", verified="called")
    story.vouch(click, record="U-DANA")
    (decision, _) = story.take(GROUP)
    assert decision == items.Decision(
        click=click,
        request=number,
        actor=DANA,
        verdict="deny",
        reason="not today",
        sources=("S1",),
        record="U-DANA",
    )


def test_an_undo_that_was_denied_may_be_asked_for_again_and_what_the_clock_will_do_is_none() -> None:
    story = Story()
    call, number = undoable(story)
    story.add(
        items.Call(
            origin="clock",
            turn=min(story.thread.turns),
            tool="take",
            arguments="{}",
            of=call,
            due=story.now + timedelta(hours=8),
        )
    )
    story.vouch(story.click(number, DANA, "undo"))
    story.take()
    story.know(story.thread.head, resource=REPORTS)
    story.take()
    asked = story.thread.head
    story.vouch(story.click(asked, OMAR, "deny", reason="keep it"))
    story.take()
    story.vouch(story.click(number, DANA, "undo"))
    (undo,) = story.take()
    assert isinstance(undo, items.Call)


@pytest.mark.parametrize("lost", ["the tool", "the way back", "the arguments"])
def test_what_cannot_be_taken_back_any_more_is_said_to_be_so(lost: str) -> None:
    story = Story()
    _, number = undoable(story)
    give = MENU["give"]
    menu = {
        "the tool": {name: each for name, each in MENU.items() if name != "give"},
        "the way back": {**MENU, "give": replace(give, undone_by=None)},
        "the arguments": {**MENU, "give": replace(MENU["look"], undone_by=give.undone_by)},
    }[lost]
    story.vouch(story.click(number, DANA, "undo"))
    step = decide(story.thread, menu, POLICY, story.now)
    assert isinstance(step, Append)
    (refused,) = step.items
    assert isinstance(refused, items.ClickRefused)
    assert refused.reason == words.NOTHING_TO_UNDO


def test_who_may_not_click_at_all_takes_nothing_back() -> None:
    story = Story()
    _, number = undoable(story)
    story.vouch(story.click(number, OMAR, "undo"), refusal="no longer here")
    assert story.refused() == "no longer here"


@pytest.mark.parametrize("lost", ["tool", "facts"])
def test_nothing_is_edited_of_a_tool_that_is_gone_or_without_a_look_at_what_it_touches(lost: str) -> None:
    story = Story()
    call, number = story.given()
    known = None if lost == "facts" else story.thread.works[call].known
    story.vouch(story.click(number, DANA, "edit", arguments=GIVE.replace("8", "4")), call=known)
    menu = {name: each for name, each in MENU.items() if name != "give" or lost == "facts"}
    step = decide(story.thread, menu, POLICY, story.now)
    assert isinstance(step, Append)
    (refused,) = step.items
    assert isinstance(refused, items.ClickRefused)
    assert refused.reason == words.UNKNOWN_REQUEST


def test_who_answers_for_words_that_led_to_it_does_not_decide_it_with_any_account() -> None:
    """An owner of an API token, say, of whom only the directory record is known."""
    story = Story()
    _, number = story.asked(policy=GROUP, sources=IN_GROUP, speakers=("U-OWNER",))
    story.vouch(story.click(number, DANA), record="U-OWNER")
    assert story.refused(GROUP) == words.SAME_PERSON


def test_who_asked_for_something_about_themselves_withdraws_it_and_does_not_object() -> None:
    story = Story()
    _, number = story.asked(subject=ALEX_RECORD)
    story.click(number, ALEX, "deny", reason="I do not want it any more")
    assert "you asked for it" in story.refused()
    story.click(number, ALEX, "withdraw")
    assert story.take()


def test_below_critical_an_authenticator_changes_nothing_where_no_rule_wants_codes() -> None:
    story = Story()
    _, number = story.asked()
    story.vouch(story.click(number, DANA), enrolled=True)
    assert isinstance(story.take()[0], items.Decision)


def test_who_asked_for_it_takes_it_back_and_who_wants_that_is_looked_up_first() -> None:
    story = Story()
    _, number = undoable(story)
    click = story.click(number, ALEX, "undo")
    assert story.step() == Resolve("click", click)
    story.vouch(click, sources=())
    (undo,) = story.take()
    assert isinstance(undo, items.Call)


def test_an_undo_of_one_thing_is_none_of_another() -> None:
    story = Story()
    _, first = undoable(story)
    call, second = story.given()
    story.approve(second)
    story.hold(call)
    story.ran(call)
    for number in (first, second):
        story.vouch(story.click(number, ALEX, "undo"), sources=())
        (undo,) = story.take()
        assert isinstance(undo, items.Call)
        story.know(story.thread.head, resource=REPORTS)
        story.take()
