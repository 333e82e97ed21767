"""What a rule of the file says, checked against the menu of tools and against itself."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.core.known import Source
from bot.core.rules import EVERY_TOOL, Condition, Rule
from bot.core.sight import Clause
from bot.policies import conditions
from bot.policies.engine import Clock, compiled, tried
from bot.policies.entries import APPROVERS, Require, RuleEntry
from bot.policies.problems import Place, quoted
from bot.policies.samples import anybody, samples
from tools.spec import Risk, Tool

#: where in the rule, and what is wrong
Complaint = tuple[Place, str]

_NOTHING = Require(approvals=0)


def complaints(rule: RuleEntry, tools: Mapping[str, Tool], approvers: Sequence[Source]) -> Iterator[Complaint]:
    """All that is wrong with a rule but its condition."""
    yield from _tools(rule, tools)
    yield from _purpose(rule)
    if rule.relax:
        yield from _relax(rule, tools)
    if rule.require:
        yield from _people(rule.require, approvers)
        yield from _persons(rule, [tools[name] for name in rule.tool if name in tools])


def condition(rule: RuleEntry, tools: Mapping[str, Tool], clock: Clock) -> Condition | None:
    """The compiled condition of a rule whose tools are known. Raises conditions.Wrong."""
    if rule.when is None:
        return None
    about = list(tools.values()) if EVERY_TOOL in rule.tool else [tools[name] for name in rule.tool]
    about = [each for each in about if EVERY_TOOL not in rule.tool or each.risk is not Risk.LOW]
    conditions.check(rule.when, {each.name: each.takes_named for each in about})
    made = compiled(rule.when)
    tried(made, samples(about) if "args" in rule.when else anybody(), clock)
    return made


def clause(when: str | None, names: Sequence[str], clock: Clock) -> Clause | None:
    """The compiled condition under which something of others is seen. Raises conditions.Wrong."""
    if when is None:
        return None
    conditions.check(when, {}, names)
    holds = compiled(when)
    tried(holds, anybody(), clock)
    return Clause(when, holds)


def made(rule: RuleEntry, holds: Condition | None, approvers: Sequence[Source]) -> Rule:
    """The rule as the policy takes it."""
    require = rule.require or _NOTHING
    return Rule(
        name=rule.name,
        tools=tuple(rule.tool),
        when=rule.when,
        condition=holds,
        approvals=require.approvals,
        sources=expanded(require.from_, approvers),
        distinct=require.distinct_groups,
        step_up=require.step_up,
        verified=require.verified,
        expires_after=rule.expires,
        relax=rule.relax,
        forbid=rule.forbid,
    )


def expanded(sources: Sequence[Source], approvers: Sequence[Source]) -> tuple[Source, ...]:
    """The sources, with the approvers in place of their word."""
    named: list[Any] = [approvers if each == APPROVERS else [each] for each in sources]
    return tuple(dict.fromkeys(each for several in named for each in several))


def most_people(sources: Sequence[Source]) -> int | None:
    """How many people are behind them at most; None where a group is among them, whose size nobody knows here."""
    return None if any(each.startswith("S") for each in sources) else len(set(sources))


def _tools(rule: RuleEntry, tools: Mapping[str, Tool]) -> Iterator[Complaint]:
    if EVERY_TOOL in rule.tool and len(rule.tool) > 1:
        yield ("tool",), "takes * alone, or names"
    unknown = [name for name in rule.tool if name not in tools and name != EVERY_TOOL]
    if unknown:
        yield ("tool",), f"there is no tool {quoted(unknown[0])}; there are {', '.join(sorted(tools))}"


def _purpose(rule: RuleEntry) -> Iterator[Complaint]:
    if rule.forbid and (rule.require or rule.expires):
        yield ("forbid",), "stands alone: what is forbidden needs no approval"
    if not (rule.forbid or rule.require or rule.expires):
        yield (), "needs require, forbid or expires: it does nothing"
    if rule.require and not rule.require.approvals and not rule.relax:
        yield ("require", "approvals"), "0 is for rules with relax: true; other rules never lower"


def _relax(rule: RuleEntry, tools: Mapping[str, Tool]) -> Iterator[Complaint]:
    if EVERY_TOOL in rule.tool:
        yield ("relax",), "needs the names of its tools, not *"
    if rule.forbid:
        yield ("relax",), "goes with require, not with forbid"
    elif rule.require is None:
        yield ("relax",), "needs require: what is enough instead"
    elif rule.require.approvals > 1:
        yield ("require", "approvals"), "a rule with relax: true asks for 0 or 1"
    elif rule.require.approvals == 0 and (rule.require.from_ or rule.require.step_up or rule.require.verified):
        yield ("require",), "with 0 approvals nobody is asked: leave out from, step_up and verified"
    fixed = [name for name in rule.tool if name in tools and tools[name].risk not in (Risk.MEDIUM, Risk.HIGH)]
    if fixed:
        yield ("tool",), f"{fixed[0]} is {tools[fixed[0]].risk}; only medium and high can be lowered"


def _people(require: Require, approvers: Sequence[Source]) -> Iterator[Complaint]:
    sources = expanded(require.from_, approvers)
    where = ("require", "from" if require.from_ else "approvals")
    if require.distinct_groups and len(sources) < require.approvals:
        yield where, f"names {len(sources)} sources for {require.approvals} approvals from different ones"
    asked = sources if require.from_ else approvers
    most = most_people(asked)
    # nobody at all is a matter of the settings, and refused with its reason when somebody asks
    if most is not None and asked and most < require.approvals:
        yield where, f"{require.approvals} approvals cannot come from {most} {'people' if most > 1 else 'person'}"


def _persons(rule: RuleEntry, tools: Sequence[Tool]) -> Iterator[Complaint]:
    """Sources that can never be anybody for a tool."""
    sources = rule.require.from_ if rule.require else []
    for each in tools:
        if "resource.owner" in sources and each.resource is None:
            yield ("require", "from"), f"{each.name} touches no thing, so there is no resource.owner"
        if "subject.manager" in sources and each.subject is None and each.resource is None:
            yield ("require", "from"), f"{each.name} touches nobody, so there is no subject.manager"
