"""What a rule sees of who asks, of whom and of what, field by field as docs/policy.md has it; and what it asks for."""

from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from bot.core.known import Person
from bot.core.policy import Free, NeedsApproval
from bot.core.rules import Outcome, Rule, seen_by_rules
from tests.core.test_policy import (
    ADMIN_DB,
    ALEX,
    ITADM,
    LAPTOP,
    RAVI,
    RELAX,
    SAM,
    SEC,
    approvals,
    call,
    fails,
    of,
    policy,
    rule,
    unlock,
    wipe,
)
from tools.spec import Resource

MARIA = Person(record="U-101", name="Maria", privileged=False, slack_user=None)

PEOPLE: list[tuple[Person | None, dict[str, Any]]] = [
    (
        ALEX,
        {"id": "U-123", "name": "Alex", "department": "", "manager": "U-101", "groups": ["staff"], "privileged": False,
         "known": True},
    ),
    (
        SAM,
        {"id": "U-456", "name": "Sam", "department": "Sales", "manager": "U-102", "groups": [], "privileged": False,
         "known": True},
    ),
    (
        RAVI,
        {"id": "U-301", "name": "Ravi", "department": "", "manager": "", "groups": [], "privileged": True,
         "known": True},
    ),
    (
        None,
        {"id": "", "name": "", "department": "", "manager": "", "groups": [], "privileged": False, "known": False},
    ),
]  # fmt: skip


@pytest.mark.parametrize("role", ["requester", "subject"])
@pytest.mark.parametrize(("person", "seen"), PEOPLE, ids=["alex", "sam", "ravi", "nobody"])
def test_a_rule_sees_who_asks_and_whom_it_touches(role: str, person: Person | None, seen: dict[str, Any]) -> None:
    about: dict[str, Any] = {role: person}
    assert seen_by_rules(call(**about), UTC)[role] == seen


THINGS: list[tuple[Resource | None, dict[str, Any]]] = [
    (
        LAPTOP,
        {"kind": "device", "id": "L-1", "name": "MacBook", "privileged": False, "owner": "U-123", "known": True},
    ),
    (
        ADMIN_DB,
        {"kind": "group", "id": "G-9", "name": "ADMIN-DB", "privileged": True, "owner": "", "known": True},
    ),
    (
        None,
        {"kind": "", "id": "", "name": "", "privileged": False, "owner": "", "known": False},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("thing", "seen"), THINGS, ids=["a laptop", "a group of administrators", "nothing"])
def test_a_rule_sees_what_it_touches(thing: Resource | None, seen: dict[str, Any]) -> None:
    assert seen_by_rules(call(wipe, resource=thing), UTC)["resource"] == seen


@pytest.mark.parametrize(
    ("requester", "subject", "holds"),
    [
        (ALEX, ALEX, ["same_person", "same_manager"]),
        (ALEX, SAM.model_copy(update={"manager": "U-101"}), ["same_manager"]),
        (MARIA, ALEX, ["manages_subject"]),
        (ALEX, SAM, []),
        (MARIA, RAVI, []),
        (ALEX, MARIA, []),
        (None, ALEX, []),
        (ALEX, None, []),
        (None, None, []),
    ],
)
def test_a_rule_sees_what_one_person_is_to_the_other(
    requester: Person | None, subject: Person | None, holds: list[str]
) -> None:
    seen = seen_by_rules(call(requester=requester, subject=subject), UTC)
    assert [name for name in ("same_person", "same_manager", "manages_subject") if seen[name]] == holds


@pytest.mark.parametrize(
    ("asking", "quorum"),
    [
        (rule(sources=(SEC,)), of(1, SEC)),
        (rule(step_up=True), of(1, ITADM)),
        (rule(verified=True), of(1, ITADM)),
        (rule(approvals=2, verified=True), of(2, ITADM)),
    ],
    ids=["who", "a code", "how they made sure", "so many"],
)
def test_a_rule_that_says_who_approves_or_how_asks_for_one_at_least(asking: Rule, quorum: Any) -> None:
    found = policy(asking).requires(call(unlock, subject=ALEX))
    assert isinstance(found, NeedsApproval)
    assert (found.quorums, found.step_up, found.verified) == ((quorum,), asking.step_up, asking.verified)


def test_a_rule_that_lowers_asks_nobody_but_whom_it_names() -> None:
    assert policy(replace(RELAX, step_up=True, verified=True)).requires(call()) == Free()
    approvals(policy(replace(RELAX, sources=("subject.manager",))).requires(call()), of(1, "subject.manager"))


def test_a_rule_is_what_stands_in_the_file_however_its_condition_was_read() -> None:
    one, other = (rule(when="tainted", condition=condition) for condition in (fails, lambda _: True))
    assert one == other
    assert repr(one) == repr(other)


def test_what_became_of_a_rule_is_told_in_words() -> None:
    outcomes = (rule(), rule(condition=lambda _: False), rule(condition=fails))
    assert [f"{each.outcome({})}" for each in outcomes] == ["matched", "not matched", "failed"]
    assert {each.outcome({}) for each in outcomes} == set(Outcome)
