"""Which rules an approval names, what several of them want together, and what a rule that lowers never does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.policy import Free, NeedsApproval, Requirement
from tests.core.test_policy import (
    ALEX,
    ITADM,
    RELAX,
    SEC,
    approvals,
    call,
    erase,
    look,
    of,
    policy,
    rule,
    unlock,
)


def named(found: Requirement) -> tuple[str, ...]:
    assert isinstance(found, NeedsApproval)
    return found.rules


@pytest.mark.parametrize("wish", [{"step_up": True}, {"verified": True}, {"expires_after": timedelta(hours=1)}])
def test_a_rule_that_lowers_nothing_any_more_is_named_for_what_it_still_wants(wish: dict[str, Any]) -> None:
    raises = rule(approvals=2)
    assert named(policy(replace(RELAX, **wish), raises).requires(call())) == ("base:high", "trust", "r")
    assert named(policy(RELAX, raises).requires(call())) == ("base:high", "r")


def test_the_tier_is_not_named_where_it_asks_for_nothing() -> None:
    assert named(policy(replace(RELAX, approvals=1)).requires(call())) == ("trust",)
    assert named(policy(rule(approvals=1, tools=("look",))).requires(call(look))) == ("r",)


def test_a_rule_that_lowers_never_asks_for_more_than_the_tier() -> None:
    assert policy(replace(RELAX, approvals=1)).requires(call(unlock, subject=ALEX)) == Free()


def test_nobody_is_added_where_one_of_the_rules_names_as_many_as_critical_needs() -> None:
    rules = rule(approvals=2, sources=(SEC,)), rule(approvals=1, sources=("requester.manager",))
    approvals(policy(*rules).requires(call(erase)), of(2, SEC), of(1, "requester.manager"))


def test_what_a_command_line_asks_for_in_somebodys_name_is_lowered_by_nothing() -> None:
    approvals(policy(RELAX).requires(call(unproven=True)), of(1, ITADM))
    assert policy(RELAX).explain(call(unproven=True))[1].note == "lowers nothing: the call is tainted"


def test_the_explanation_tells_that_nothing_lowers_critical() -> None:
    assert policy(RELAX).explain(call(erase))[1].note == "lowers nothing: nothing lowers critical"
