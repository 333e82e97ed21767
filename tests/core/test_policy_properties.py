"""Over random policies and calls: never an exception, never less than the tier without relax, never less by a rule."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.known import Person, Recent
from bot.core.policy import Circumstances, Forbidden, Free, NeedsApproval, Policy, Requirement, Rule, stricter
from bot.core.rules import Outcome
from tests.core.test_policy import erase, fails, greet, look, move, reset, unlock, wipe
from tools.spec import Resource, Risk

#: five times the profile's
MANY = settings(max_examples=5 * settings().max_examples)

TOOLS = (look, greet, unlock, move, reset, wipe, erase)
SOURCES = st.lists(
    st.sampled_from(["U1A", "U2B", "S1A", "requester.manager", "resource.owner"]), max_size=3, unique=True
).map(tuple)


def yes(_: Mapping[str, Any]) -> bool:
    return True


def no(_: Mapping[str, Any]) -> bool:
    return False


def rules(relax: st.SearchStrategy[bool]) -> st.SearchStrategy[Rule]:
    return st.builds(
        Rule,
        name=st.sampled_from("abcdef"),
        tools=st.lists(st.sampled_from(["*", *(each.name for each in TOOLS)]), min_size=1, max_size=3).map(tuple),
        condition=st.sampled_from([None, yes, no, fails]),
        approvals=st.integers(0, 5),
        sources=SOURCES,
        distinct=st.booleans(),
        step_up=st.booleans(),
        verified=st.booleans(),
        expires_after=st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=30)),
        relax=relax,
        forbid=st.none() | st.just("No."),
    )


def policies(relax: st.SearchStrategy[bool]) -> st.SearchStrategy[Policy]:
    return st.builds(Policy, approvers=SOURCES, rules=st.lists(rules(relax).map(loadable), max_size=4).map(tuple))


def loadable(rule: Rule) -> Rule:
    """What lowers asks for one person at most: a file that says otherwise is refused."""
    return replace(rule, approvals=min(rule.approvals, 1), forbid=None) if rule.relax else rule


PEOPLE = st.none() | st.builds(
    Person,
    record=st.sampled_from(["U-1", "U-2", "U-3"]),
    name=st.just("N"),
    privileged=st.booleans(),
    slack_user=st.none() | st.just("U0"),
    manager=st.none() | st.sampled_from(["U-1", "U-2"]),
)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.text(max_size=2))
CALLS = st.builds(
    Circumstances,
    tool=st.sampled_from(TOOLS),
    arguments=st.dictionaries(st.text(max_size=5), VALUES, max_size=3),
    requester=PEOPLE,
    subject=PEOPLE,
    resource=st.none() | st.builds(Resource, kind=st.just("g"), id=st.just("G-1"), name=st.text(max_size=3),
                                   privileged=st.booleans(), owner=st.none() | st.just("U-1")),
    channel=st.just("C1"),
    private=st.booleans(),
    tainted=st.booleans(),
    recent=st.builds(Recent, tool_hour=st.integers(0, 9)),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)  # fmt: skip


def at_least(found: Requirement, before: Requirement) -> bool:
    """Nothing that was required is gone: neither a number, a code, an answer, the time limit nor the refusal."""
    match (found, before):
        case (_, Free()) | (Forbidden(), _):
            return True
        case (NeedsApproval(), NeedsApproval()):
            return (
                found.approvals >= before.approvals
                and found.step_up >= before.step_up
                and found.verified >= before.verified
                and found.expires_after <= before.expires_after
            )
    return False


@MANY
@given(policies(st.booleans()), CALLS)
def test_it_always_answers_and_its_answer_can_be_explained(policy: Policy, call: Circumstances) -> None:
    found = policy.requires(call)
    rows = policy.explain(call)
    assert isinstance(found, Free | NeedsApproval | Forbidden)
    assert [row.name for row in rows[1:]] == [rule.name for rule in policy.rules if rule.names(call.tool)]
    if isinstance(found, NeedsApproval):
        assert found.approvals >= max(1, *(quorum.approvals for quorum in found.quorums))
        assert set(found.sources) <= set(policy.sources(call.tool))
        assert not stricter(found, found)


@MANY
@given(policies(st.just(False)), CALLS)
def test_without_relax_it_is_never_less_than_the_tier(policy: Policy, call: Circumstances) -> None:
    assert at_least(policy.requires(call), replace(policy, rules=()).requires(call))


@MANY
@given(policies(st.booleans()), rules(st.just(False)), CALLS)
def test_a_rule_that_does_not_relax_never_lowers(policy: Policy, more: Rule, call: Circumstances) -> None:
    assert at_least(replace(policy, rules=(*policy.rules, more)).requires(call), policy.requires(call))


@MANY
@given(policies(st.booleans()), CALLS)
def test_relax_lowers_nothing_critical_and_nothing_tainted(policy: Policy, call: Circumstances) -> None:
    unrelaxed = replace(policy, rules=tuple(rule for rule in policy.rules if not rule.relax))
    touched = (call.subject and call.subject.privileged) or (call.resource and call.resource.privileged)
    if call.tainted or touched or call.tool.risk in (Risk.LOW, Risk.CRITICAL):
        assert policy.requires(call) == unrelaxed.requires(call)


@MANY
@given(policies(st.booleans()), CALLS)
def test_it_never_runs_freely_because_of_an_error(policy: Policy, call: Circumstances) -> None:
    """Given that every condition fails, then only what the tier lets run is free, and only if nothing raises it."""
    broken = replace(policy, rules=tuple(replace(rule, condition=fails) for rule in policy.rules))
    raising = [rule for rule in broken.rules if rule.names(call.tool) and rule.raises]
    assert all(rule.outcome({}) is Outcome.FAILED for rule in broken.rules)
    if broken.requires(call) == Free():
        assert not raising
        assert Policy(approvers=policy.approvers).requires(call) == Free()


@MANY
@given(policies(st.just(False)), CALLS)
def test_the_order_of_the_rules_changes_nothing_that_is_required(policy: Policy, call: Circumstances) -> None:
    found = policy.requires(call)
    turned = replace(policy, rules=policy.rules[::-1]).requires(call)
    assert at_least(found, turned)
    assert at_least(turned, found)
