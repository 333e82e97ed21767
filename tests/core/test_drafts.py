"""What a request is made of, and that it never asks for less than it is told to need."""

import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import items, words
from bot.core.drafts import CRITICAL, MAX_CARD_ARGUMENTS, Draft, asked_with, no_less, too_long
from bot.core.known import CallKnown, Denial, TurnKnown
from bot.core.policy import Policy
from bot.core.quorum import Quorum
from bot.core.requirement import Free, NeedsApproval, stricter
from bot.core.terms import Terms
from tests.core import story as told
from tests.core.story import ALEX, DANA, GIVE, KIM, NOON, OMAR, REPORTS, SAM, Story, known_call
from tests.core.toolbox import MENU

DAY = timedelta(days=1)

QUORUMS = st.builds(
    Quorum,
    approvals=st.integers(1, 2),
    sources=st.sampled_from([("S1", "S2"), ("S1", "S2", "S3")]),
    distinct=st.booleans(),
)

NEEDS = st.builds(
    NeedsApproval,
    approvals=st.integers(1, 3),
    quorums=st.lists(QUORUMS, min_size=1, max_size=2, unique=True).map(tuple),
    step_up=st.booleans(),
    expires_after=st.sampled_from([timedelta(hours=1), DAY]),
    rules=st.sampled_from([(), ("base:high",), (CRITICAL,), ("base:high", CRITICAL)]),
    verified=st.booleans(),
)

#: enough people for each of these
CROWD: dict[str, Any] = {"sources": dict.fromkeys(("S1", "S2", "S3"), (DANA, OMAR, KIM))}


def draft(policy: Policy | None = None, **facts: Any) -> Draft:
    """Of Alex's access to the reports for Sam."""
    story = Story()
    (call,) = story.calls(story.turn(), ("give", GIVE))
    known: CallKnown = known_call(**({"resource": REPORTS} | CROWD | facts))
    terms = Terms(MENU, policy or Policy(approvers=("S1",)), NOON)
    return Draft(story.thread, story.thread.works[call], known, terms)


@cache
def crowded() -> Draft:
    """Everybody has an authenticator."""
    return draft(enrolled=(DANA, OMAR, KIM))


def made(need: NeedsApproval) -> items.Request:
    request = crowded().request(need, version=1)
    assert isinstance(request, items.Request)
    return request


@given(NEEDS)
def test_what_a_request_was_asked_with_can_be_read_from_it(need: NeedsApproval) -> None:
    asked = asked_with(made(need))
    step_up = need.step_up, CRITICAL in need.rules and not need.step_up
    assert (asked.approvals, asked.quorums, asked.verified) == (need.approvals, need.quorums, need.verified)
    assert (asked.step_up, CRITICAL in asked.rules) == step_up
    assert not asked.expires_after


@settings(max_examples=settings().max_examples * 4)
@given(NEEDS, st.just(Free()) | NEEDS)
def test_what_is_asked_anew_is_no_less_than_before_and_than_is_needed_now(
    before: NeedsApproval, now: Free | NeedsApproval
) -> None:
    old = made(before)
    both = no_less(now, old, Policy(approvers=("S1",), expires_after=timedelta(minutes=7)))
    assert not stricter(now, both)
    assert not stricter(replace(before, expires_after=both.expires_after), both)
    assert both.expires_after == (now.expires_after if isinstance(now, NeedsApproval) else timedelta(minutes=7))
    codes = {"nobody": 0, "enrolled": 1, "everybody": 2}
    new = made(both)
    assert codes[new.step_up] >= max(codes[each.step_up] for each in (old, *_made_of(now)))
    assert "needed" not in (old.verify, *(each.verify for each in _made_of(now))) or new.verify == "needed"


def _made_of(now: Free | NeedsApproval) -> list[items.Request]:
    return [made(now)] if isinstance(now, NeedsApproval) else []


def test_a_card_says_who_asks_for_what_in_whose_words_and_what_was_said_before() -> None:
    denial = Denial(by=OMAR, at=NOON - timedelta(minutes=30), reason="ask me on Monday")
    story = Story()
    sent = items.Sent(token="portal", owner=KIM, key="k", digest="d")
    turn = story.add(items.UserMessage(author=ALEX, text="let Sam read the reports", ts="5.5", sent=sent))
    story.add(items.Facts(ref=turn, known=TurnKnown(record="U-123")))
    (call,) = story.calls(turn, ("give", GIVE), text="Sam needs them for the audit.")
    story.know(call, resource=REPORTS, denial=denial)
    (request,) = story.take()
    assert isinstance(request, items.Request)
    assert (request.requester, request.requester_record, request.subject) == (ALEX, "U-123", told.SAM_RECORD)
    assert (request.call, request.tool, request.arguments, request.resource) == (call, "give", GIVE, REPORTS)
    assert (request.words, request.words_ts) == ("let Sam read the reports", "5.5")
    assert (request.note, request.denial) == ("Sam needs them for the audit.", denial)
    assert request.through
    assert (request.through.token, request.through.owner) == ("portal", KIM)
    assert (request.terminal, request.undoes) == (None, None)
    assert {ALEX, SAM, KIM} <= set(request.excluded)
    assert {"U-123", "U-456"} <= set(request.excluded_records)


def test_a_card_of_what_somebody_takes_back_says_what_and_repeats_no_other_words() -> None:
    """Given that Kim takes back what Alex's words led to, then the card shows the words of neither."""
    story = Story()
    terminal = items.Terminal(host="it-1", user="root")
    turn = story.add(items.Commanded(actor=ALEX, terminal=terminal))
    call = story.add(items.Call(origin="terminal", turn=turn, tool="give", arguments=GIVE, requester=ALEX))
    back = story.add(
        items.Call(
            origin="undo", turn=turn, tool="take", arguments='{"user_id":"U-456","group":"reports"}', of=call, by=KIM
        )
    )
    story.know(call, resource=REPORTS)
    story.know(
        back, resource=REPORTS, requester=told.ALEX_RECORD.model_copy(update={"record": "U-9", "slack_user": KIM})
    )
    cards = {each.call: each for each in story.take() + story.take() if isinstance(each, items.Request)}
    assert (cards[call].terminal, cards[call].undoes) == (terminal, None)
    assert (cards[back].terminal, cards[back].undoes, cards[back].requester) == (None, call, KIM)
    assert (cards[back].words, cards[back].words_ts, cards[back].through) == ("", "", None)


def test_what_was_left_out_is_shown_as_it_will_run() -> None:
    story = Story()
    _, number = story.asked(arguments=' { "user_id" : "U-456" } ')
    assert story.thread.asks[number].request.arguments == told.RESET


@pytest.mark.parametrize("sealed", [True, False])
def test_approvers_are_asked_how_people_were_verified_where_what_comes_out_is_sealed(*, sealed: bool) -> None:
    making = draft()
    making.tool = replace(making.tool, sealed=sealed)
    need = NeedsApproval(1, (Quorum(approvals=1, sources=("S1",)),), step_up=False, expires_after=DAY, rules=())
    plain, wanted = making.request(need, 1), making.request(replace(need, verified=True), 1)
    assert isinstance(plain, items.Request)
    assert isinstance(wanted, items.Request)
    assert (plain.verify, wanted.verify) == ("asked" if sealed else "no", "needed")


def test_who_is_asked_anyway_is_not_asked_once_more_when_it_is_escalated() -> None:
    policy = Policy(approvers=(DANA,), fallback=(OMAR,), escalate_to=(DANA, OMAR, KIM), escalate_after=DAY)
    sources = {each: (each,) for each in (DANA, OMAR, KIM)}
    need = NeedsApproval(2, (Quorum(approvals=2, sources=(DANA,)),), step_up=False, expires_after=DAY, rules=())
    request = draft(policy, sources=sources).request(need, 1)
    assert isinstance(request, items.Request)
    assert (request.asked[0].sources, request.fallback, request.escalation) == ((DANA, OMAR), (OMAR,), (KIM,))
    assert request.approvers == (DANA, OMAR)


def test_a_fallback_is_asked_only_for_what_lacks_people_of_its_own() -> None:
    policy = Policy(approvers=(DANA,), fallback=(KIM,))
    own, short = Quorum(approvals=1, sources=(DANA,)), Quorum(approvals=1, sources=("S9",))
    need = NeedsApproval(2, (own, short), step_up=False, expires_after=DAY, rules=())
    request = draft(policy, sources={DANA: (DANA,), KIM: (KIM,), "S9": ()}).request(need, 1)
    assert isinstance(request, items.Request)
    assert request.asked == (own, Quorum(approvals=1, sources=("S9", KIM)))


@pytest.mark.parametrize(
    ("step_up", "enough", "why"),
    [(True, True, words.NOT_ENROLLED), (True, False, words.NOBODY_LEFT), (False, False, words.NOBODY_LEFT)],
)
def test_it_says_whether_authenticators_or_people_are_missing(*, step_up: bool, enough: bool, why: str) -> None:
    need = NeedsApproval(
        1 if enough else 2, (Quorum(approvals=1, sources=(DANA,)),), step_up=step_up, expires_after=DAY, rules=()
    )
    assert draft(sources={DANA: (DANA,)}).request(need, 1) == why


def test_where_people_may_approve_their_own_only_who_put_it_into_their_mouth_may_not() -> None:
    own = draft(Policy(approvers=("S1",), allow_self_approval=True), subject=told.ADMIN)
    assert (own.excluded, own.excluded_records) == (set(), set())
    others = draft(subject=told.ADMIN)
    assert (others.excluded, others.excluded_records) == ({ALEX, SAM}, {"U-123", "U-456"})


def test_arguments_may_be_as_long_as_approvers_can_be_shown() -> None:
    at_most = json.dumps({"a": "x" * (MAX_CARD_ARGUMENTS - len('{"a": ""}'))})
    assert too_long(at_most) is None
    assert too_long(at_most.replace("x", "xx", 1)) == words.TOO_LONG_TO_SHOW
