"""What a call requires: each row of the tiers, each way a rule adds to them, and the one way it takes away."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.core.known import Person, Recent
from bot.core.policy import Circumstances, Forbidden, Free, NeedsApproval, Policy, Rule, stricter
from bot.core.quorum import Quorum
from bot.core.rules import OBJECTS, VALUES, Outcome, seen_by_rules
from tools.spec import Resolves, Resource, Risk, Tool, tool

DANA, ITADM, SEC = "U0DANA", "S0ITADM", "S0SEC"
ALEX = Person(record="U-123", name="Alex", privileged=False, slack_user="U0ALEX", manager="U-101", groups=("staff",))
SAM = Person(record="U-456", name="Sam", privileged=False, slack_user="U0SAM", manager="U-102", department="Sales")
RAVI = Person(record="U-301", name="Ravi", privileged=True, slack_user="U0RAVI")
LAPTOP = Resource(kind="device", id="L-1", name="MacBook", owner="U-123")
ADMIN_DB = Resource(kind="group", id="G-9", name="ADMIN-DB", privileged=True)
DAY = timedelta(days=1)


@tool(risk=Risk.LOW, read_only=True)
async def look(query: str) -> str:
    """Look."""
    return query


@tool(risk=Risk.LOW, subject="user_id", idempotent=True)
async def greet(user_id: str) -> str:
    """Greet somebody."""
    return user_id


@tool(risk=Risk.MEDIUM, subject="user_id", idempotent=True)
async def unlock(user_id: str) -> str:
    """Unlock."""
    return user_id


@tool(risk=Risk.HIGH, subject="user_id", idempotent=True)
async def move(user_id: str) -> str:
    """Move."""
    return user_id


@tool(risk=Risk.HIGH, subject="user_id", sealed=True, idempotent=True)
async def reset(user_id: str) -> str:
    """Reset."""
    return user_id


@tool(risk=Risk.HIGH, resource="device", resolved_by=Resolves)
async def wipe(device: str) -> str:
    """Wipe."""
    return device


@tool(risk=Risk.CRITICAL, idempotent=True)
async def erase(name: str) -> str:
    """Erase."""
    return name


def call(of: Tool = move, **changes: Any) -> Circumstances:
    """Alex asks about Sam, at noon of a Friday, in a channel."""
    usual: dict[str, Any] = {
        "tool": of, "arguments": {"user_id": "U-456"}, "requester": ALEX, "subject": SAM if of.subject else None,
        "resource": LAPTOP if of.resource else None, "channel": "C1", "private": False, "tainted": False,
        "recent": Recent(), "now": datetime(2026, 11, 20, 12, 5, tzinfo=UTC),
    }  # fmt: skip
    return Circumstances(**(usual | changes))


def policy(*rules: Rule, **changes: Any) -> Policy:
    return Policy(**({"approvers": (ITADM,), "rules": rules} | changes))


def rule(name: str = "r", tools: tuple[str, ...] = ("*",), **values: Any) -> Rule:
    return Rule(name=name, tools=tools, **values)


def fails(_: Mapping[str, Any]) -> bool:
    raise KeyError("nothing there")


def approvals(found: object, *quorums: Quorum, step_up: bool = False) -> None:
    """`found` needs an approval, by exactly these quorums."""
    assert isinstance(found, NeedsApproval)
    assert found.quorums == quorums
    assert found.step_up is step_up


def of(number: int, *sources: str, distinct: bool = False) -> Quorum:
    return Quorum(approvals=number, sources=sources, distinct=distinct)


TIERS = [
    ("low runs", call(look), 0),
    ("low runs whoever it is about", call(greet, subject=RAVI), 0),
    ("low runs whoever asks, tainted or not", call(look, requester=None, tainted=True), 0),
    ("medium runs for oneself", call(unlock, subject=ALEX), 0),
    ("medium for somebody else is as high", call(unlock), 1),
    ("medium for oneself is as high where the call is tainted", call(unlock, subject=ALEX, tainted=True), 1),
    ("medium of somebody unknown is as high", call(unlock, requester=None), 1),
    ("high needs one, also for oneself", call(move, subject=ALEX), 1),
    ("critical needs two", call(erase), 2),
    ("a privileged person makes it critical", call(move, subject=RAVI), 2),
    ("a privileged person makes medium critical, also for oneself", call(unlock, requester=RAVI, subject=RAVI), 2),
    ("a privileged thing makes it critical", call(wipe, resource=ADMIN_DB), 2),
    ("a privileged holder of a thing makes it critical", call(wipe, subject=RAVI), 2),
]


@pytest.mark.parametrize(("circumstances", "number"), [row[1:] for row in TIERS], ids=[row[0] for row in TIERS])
def test_each_tier_needs_its_number_of_approvals(circumstances: Circumstances, number: int) -> None:
    found = policy().requires(circumstances)
    if not number:
        assert found == Free()
        return
    approvals(found, of(number, ITADM))
    assert isinstance(found, NeedsApproval)
    assert (found.approvals, found.expires_after, found.sources) == (number, DAY, (ITADM,))


def test_the_tier_is_named_among_the_rules() -> None:
    found = policy(rule(approvals=1)).requires(call(move, subject=RAVI))
    assert isinstance(found, NeedsApproval)
    assert found.rules == ("base:critical", "r")


@pytest.mark.parametrize(
    ("circumstances", "said"),
    [
        (call(move, subject=None), "not in the directory"),
        (call(unlock, subject=None), "check the id"),
        (call(wipe, resource=None), "check its name or id"),
        (call(reset, subject=SAM.model_copy(update={"slack_user": None})), "U-456 cannot be reached in Slack"),
    ],
)
def test_what_nobody_could_judge_or_deliver_is_refused_with_what_to_do(circumstances: Circumstances, said: str) -> None:
    found = policy(rule(relax=True, tools=("move", "unlock", "wipe", "reset"))).requires(circumstances)
    assert isinstance(found, Forbidden)
    assert said in found.reason
    assert "Sam" not in found.reason


def test_rules_see_everything_promised_also_where_nothing_is_known() -> None:
    unknown = seen_by_rules(call(requester=None, subject=None), UTC)
    assert unknown.keys() == {"args", *OBJECTS, *VALUES}
    for name, fields in OBJECTS.items():
        assert tuple(unknown[name]) == fields
    assert unknown["requester"] == unknown["subject"]
    assert set(map(repr, unknown["subject"].values())) == {"''", "[]", "False"}
    assert [unknown[name] for name in VALUES] == [False] * 5


def test_rules_see_who_is_whose_manager_and_who_owns_what() -> None:
    maria = Person(record="U-101", name="Maria", privileged=False, slack_user=None)
    assert seen_by_rules(call(requester=maria, subject=ALEX), UTC)["manages_subject"] is True
    assert seen_by_rules(call(requester=maria, subject=SAM), UTC)["manages_subject"] is False
    assert seen_by_rules(call(wipe), UTC)["owns_resource"] is True
    assert seen_by_rules(call(wipe, requester=SAM), UTC)["owns_resource"] is False
    assert seen_by_rules(call(subject=ALEX), UTC)["same_person"] is True
    assert seen_by_rules(call(subject=SAM.model_copy(update={"manager": "U-101"})), UTC)["same_manager"] is True


def test_two_people_without_a_manager_do_not_share_one() -> None:
    alone = ALEX.model_copy(update={"manager": None})
    assert seen_by_rules(call(requester=alone, subject=RAVI), UTC)["same_manager"] is False


def test_the_clock_is_that_of_the_zone() -> None:
    seen = seen_by_rules(call(now=datetime(2026, 11, 22, 23, 30, tzinfo=UTC)), timezone(timedelta(hours=1)))
    assert seen["time"] == {"hour": 0, "minute": 30, "weekday": 1, "date": "2026-11-23"}


def test_a_star_is_every_tool_above_low_risk_and_a_name_is_any_tool() -> None:
    every, named = policy(rule(approvals=3)), policy(rule(approvals=1, tools=("look",)))
    assert (every.needs_facts(look), named.needs_facts(look), policy().needs_facts(move)) == (False, True, True)
    assert every.requires(call(look)) == Free()
    approvals(every.requires(call(move)), of(3, ITADM))
    approvals(named.requires(call(look)), of(1, ITADM))


def test_a_low_tool_that_a_rule_raises_must_touch_somebody_known() -> None:
    raised = policy(rule(approvals=1, tools=("greet",)))
    assert isinstance(raised.requires(call(greet, subject=None)), Forbidden)
    assert (
        policy(rule(approvals=1, tools=("greet",), condition=lambda _: False)).requires(call(greet, subject=None))
        == Free()
    )


def test_all_rules_that_match_count_and_the_strictest_of_each_wins() -> None:
    found = policy(
        rule("number", approvals=3, expires_after=timedelta(hours=4)),
        rule("who", approvals=1, sources=(SEC,)),
        rule("how", approvals=1, sources=(ITADM, SEC), distinct=True, step_up=True),
        rule("when", expires_after=timedelta(hours=2)),
        rule("not", approvals=5, condition=lambda _: False),
    ).requires(call())
    approvals(found, of(1, SEC), of(1, ITADM, SEC, distinct=True), of(3, ITADM), step_up=True)
    assert isinstance(found, NeedsApproval)
    assert (found.approvals, found.expires_after) == (3, timedelta(hours=2))
    assert found.rules == ("base:high", "number", "who", "how", "when")
    assert found.sources == (SEC, ITADM)


def test_who_a_rule_names_is_asked_instead_of_the_approvers_of_the_tier() -> None:
    approvals(policy(rule(approvals=1, sources=("requester.manager",))).requires(call()), of(1, "requester.manager"))


def test_a_rule_that_names_too_few_for_critical_adds_to_the_approvers() -> None:
    found = policy(rule(approvals=1, sources=("requester.manager",))).requires(call(erase))
    approvals(found, of(1, "requester.manager"), of(2, ITADM))
    assert isinstance(found, NeedsApproval)
    assert found.approvals == 2


def test_a_rule_may_only_shorten_the_time() -> None:
    long = policy(rule(expires_after=timedelta(days=9))).requires(call())
    assert isinstance(long, NeedsApproval)
    assert long.expires_after == DAY


def test_a_code_is_asked_of_somebody() -> None:
    approvals(policy(rule(step_up=True)).requires(call(unlock, subject=ALEX)), of(1, ITADM), step_up=True)


def test_what_is_forbidden_stays_so_whatever_else_matches() -> None:
    rules = (rule("a", approvals=1), rule("b", forbid="Not today."), rule("c", relax=True, tools=("move",)))
    assert policy(*rules).requires(call()) == Forbidden("Not today.")


RELAX = rule("trust", relax=True, tools=("move", "unlock", "erase", "look"))


def test_a_relaxing_rule_lowers_medium_and_high() -> None:
    assert policy(RELAX).requires(call()) == Free()
    assert policy(RELAX).requires(call(unlock)) == Free()
    found = policy(replace(RELAX, approvals=1, sources=("subject.manager",))).requires(call())
    approvals(found, of(1, "subject.manager"))


@pytest.mark.parametrize(
    ("why", "circumstances", "other"),
    [
        ("tainted", call(tainted=True), None),
        ("critical", call(erase), None),
        ("privileged", call(subject=RAVI), None),
        ("raised", call(), rule("raises", approvals=1)),
        ("failed to raise", call(), rule("raises", approvals=1, condition=fails)),
    ],
)
def test_a_relaxing_rule_does_nothing_where_more_is_at_stake(
    why: str, circumstances: Circumstances, other: Rule | None
) -> None:
    alone = policy(*([other] if other else []))
    assert policy(RELAX, *alone.rules).requires(circumstances) == alone.requires(circumstances), why


def test_a_relaxing_rule_needs_the_name_of_the_tool() -> None:
    approvals(policy(rule(relax=True)).requires(call()), of(1, ITADM))


def test_a_rule_that_raises_undoes_what_is_relaxed_but_keeps_a_code_and_a_shorter_time() -> None:
    guarded = replace(RELAX, approvals=1, sources=(SEC,), step_up=True, expires_after=timedelta(hours=1))
    found = policy(guarded, rule(approvals=2)).requires(call())
    approvals(found, of(2, ITADM), step_up=True)
    assert isinstance(found, NeedsApproval)
    assert found.expires_after == timedelta(hours=1)


def test_of_two_relaxing_rules_the_stricter_counts() -> None:
    approvals(policy(RELAX, replace(RELAX, approvals=1)).requires(call()), of(1, ITADM))


def test_a_rule_that_only_shortens_keeps_what_is_relaxed() -> None:
    assert policy(RELAX, rule(expires_after=timedelta(hours=1))).requires(call()) == Free()


@pytest.mark.parametrize("condition", [fails, lambda _: "yes", lambda _: 1, lambda _: None])
def test_a_rule_that_cannot_say_counts_as_its_strictest(condition: Any) -> None:
    approvals(policy(rule(approvals=3, condition=condition)).requires(call()), of(3, ITADM))
    assert policy(rule(forbid="No.", condition=condition)).requires(call()) == Forbidden("No.")
    approvals(policy(replace(RELAX, condition=condition)).requires(call()), of(1, ITADM))


def test_everybody_who_could_be_asked_is_named_once() -> None:
    rules = rule(sources=(SEC, ITADM)), rule(sources=("U0CTO",), tools=("wipe",))
    made = policy(*rules, fallback=(DANA,), escalate_to=(SEC, "S0LEAD"))
    assert made.sources(move) == (ITADM, SEC, DANA, "S0LEAD")
    assert made.sources(wipe) == (ITADM, SEC, "U0CTO", DANA, "S0LEAD")


def test_the_explanation_tells_what_counted_and_why() -> None:
    rules = (
        rule("a", approvals=2, when="x", condition=fails, expires_after=timedelta(minutes=90)),
        rule("b", forbid="No.", condition=lambda _: False),
        RELAX,
    )
    told = [(row.name, row.outcome, row.asked, row.note) for row in policy(*rules).explain(call())]
    assert told == [
        ("base:high", Outcome.MATCHED, "1 approval from approvers", ""),
        ("a", Outcome.FAILED, "2 approvals from approvers, within 90m", "counts as matched"),
        ("b", Outcome.NOT_MATCHED, "forbidden: No.", ""),
        ("trust", Outcome.MATCHED, "no approval", "lowers nothing: a rule that raises counts"),
    ]
    assert [row.note for row in policy(RELAX).explain(call(tainted=True))] == [
        "",
        "lowers nothing: the call is tainted",
    ]


@pytest.mark.parametrize(
    ("asked", "note"),
    [
        (call(move, subject=RAVI), "it touches a privileged person or thing"),
        (call(unlock, requester=ALEX, subject=ALEX), "for oneself"),
        (call(unlock, requester=ALEX, subject=SAM), "for somebody else, by somebody unknown, or tainted"),
    ],
)
def test_the_explanation_tells_why_the_tier_is_as_it_is(asked: Circumstances, note: str) -> None:
    assert [row.note for row in policy().explain(asked)] == [note]


def test_only_a_rule_that_raises_and_counts_is_why_another_one_lowers_nothing() -> None:
    quiet, short = rule("b", forbid="No.", condition=lambda _: False), rule("c", expires_after=DAY / 2)
    assert [row.note for row in policy(quiet, short, RELAX).explain(call())] == [""] * 4


ASKED = NeedsApproval(2, (of(2, ITADM, SEC), of(1, SEC)), step_up=False, expires_after=DAY, rules=("r",))


@pytest.mark.parametrize(
    ("now", "more"),
    [
        (Free(), False),
        (Forbidden("No."), True),
        (ASKED, False),
        (replace(ASKED, rules=("other",)), False),
        (replace(ASKED, approvals=1, quorums=(of(1, ITADM, SEC),)), False),
        (replace(ASKED, expires_after=2 * DAY), False),
        (replace(ASKED, approvals=3), True),
        (replace(ASKED, step_up=True), True),
        (replace(ASKED, verified=True), True),
        (replace(ASKED, expires_after=DAY / 2), True),
        (replace(ASKED, quorums=(of(2, SEC),)), True),
        (replace(ASKED, quorums=(of(2, ITADM, SEC, distinct=True),)), True),
        (replace(ASKED, quorums=(of(1, "U0CTO"),)), True),
        (replace(ASKED, quorums=(of(1, SEC), of(1, "U0CTO"))), True),
        (replace(ASKED, quorums=(of(1, "U0CTO", SEC),)), False),
    ],
)
def test_stricter_is_whatever_is_not_certainly_covered(now: Any, more: bool) -> None:
    assert stricter(now, ASKED) is more


def test_a_code_that_was_given_covers_a_requirement_without_one() -> None:
    assert stricter(ASKED, replace(ASKED, step_up=True)) is False
    assert stricter(ASKED, replace(ASKED, verified=True)) is False
