"""What a call requires before it may run. Unknown means refuse.

    low       runs
    medium    runs where the requester is its subject and the call is untainted; else one approval
    high      one approval of a different, entitled person
    critical  two approvals of different, entitled people

A call above low that touches a privileged person or thing is critical whatever the tool says. Who or what it touches
must be known. Rules of the policy file add to this; all that match combine to the strictest. Only a rule with `relax`
lowers, and only medium and high, by name, for untainted calls, and where no rule that raises matches. What a command
line asks for in somebody's name takes one approval at least, whatever its tier.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo

from bot.core.explained import Explained, explain_rule, explain_tier
from bot.core.known import Source
from bot.core.quorum import Quorum
from bot.core.requirement import Forbidden, Free, NeedsApproval, Requirement, stricter, union
from bot.core.rules import Circumstances, Outcome, Rule, same_person, seen_by_rules
from bot.core.sight import Sight
from tools.spec import Risk, Tool

__all__ = [
    "Circumstances", "Explained", "Forbidden", "Free", "NeedsApproval", "Policy", "Requirement", "Rule", "stricter",
]  # fmt: skip

#: an approval request nobody decided is closed after this long
EXPIRES_AFTER = timedelta(hours=24)

#: open requests of one requester
MAX_OPEN = 10

_APPROVALS = {Risk.LOW: 0, Risk.MEDIUM: 1, Risk.HIGH: 1, Risk.CRITICAL: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who must agree to what."""

    approvers: tuple[Source, ...] = ()
    rules: tuple[Rule, ...] = ()
    #: where rules read the clock
    zone: tzinfo = UTC
    #: asked where nobody of the others is left
    fallback: tuple[Source, ...] = ()
    expires_after: timedelta = EXPIRES_AFTER
    remind_after: timedelta | None = None
    escalate_after: timedelta | None = None
    escalate_to: tuple[Source, ...] = ()
    max_open: int = MAX_OPEN
    #: what people see of others
    see: Sight = field(default_factory=Sight)
    #: for demos and one-person trials
    allow_self_approval: bool = False
    #: SHA-256, in hex, of what the file means together with the approvers
    digest: str = ""

    def needs_facts(self, tool: Tool) -> bool:
        """False where nothing outside can change the requirement."""
        return tool.risk is not Risk.LOW or any(rule.names(tool) for rule in self.rules)

    def sources(self, tool: Tool) -> tuple[Source, ...]:
        """Everybody who could be asked about this tool, whatever the circumstances."""
        named = (rule.sources for rule in self.rules if rule.names(tool))
        return union((self.approvers, *named, self.fallback, self.escalate_to))

    def requires(self, circumstances: Circumstances) -> Requirement:
        """What the call needs. Never raises."""
        tier = _tier(circumstances)
        spoken = [rule for rule, outcome in self._outcomes(circumstances) if rule.counts(outcome)]
        raising = [rule for rule in spoken if rule.raises]
        if tier is Risk.LOW and not (raising or circumstances.unproven):
            return Free()
        if unknown := _unknown(circumstances):
            return Forbidden(unknown)
        for rule in raising:
            if rule.forbid:
                return Forbidden(rule.forbid)
        base = _base(tier, circumstances)
        relaxing = [rule for rule in spoken if rule.relax and base and not _unlowered(tier, circumstances)]
        spoken = [rule for rule in spoken if not rule.relax or rule in relaxing]
        return self._combined(0 if relaxing and not raising else base, tier, raising or relaxing, spoken)

    def _combined(self, base: int, tier: Risk, asking: Sequence[Rule], spoken: Sequence[Rule]) -> Requirement:
        """What the tier and those who ask want; a code or a shorter time is wanted by whoever has a say."""
        approvals = max([base, *(rule.asked for rule in asking)])
        if not approvals:
            return Free()
        more = [rule for rule in spoken if rule.step_up or rule.verified or rule.expires_after]
        heard = [rule.name for rule in spoken if rule in asking or rule in more]
        return NeedsApproval(
            approvals=approvals,
            quorums=self._quorums(base, asking),
            step_up=any(rule.step_up for rule in spoken),
            expires_after=min([self.expires_after, *(rule.expires_after for rule in spoken if rule.expires_after)]),
            rules=(*((f"base:{tier}",) if base else ()), *heard),
            verified=any(rule.verified for rule in spoken),
        )

    def _quorums(self, base: int, asking: Sequence[Rule]) -> tuple[Quorum, ...]:
        """Of each rule that says who, its own; the approvers are asked for what the other rules want, and for what the
        tier wants unless a rule wants as many of people it names."""
        named = [rule.quorum() for rule in asking if rule.sources]
        rest = max((rule.asked for rule in asking if not rule.sources), default=0)
        if base > max((quorum.approvals for quorum in named), default=0):
            rest = max(rest, base)
        ours = [Quorum(approvals=rest, sources=self.approvers)] if rest else []
        return tuple(dict.fromkeys([*named, *ours]))

    def _outcomes(self, circumstances: Circumstances) -> list[tuple[Rule, Outcome]]:
        about = [rule for rule in self.rules if rule.names(circumstances.tool)]
        seen = seen_by_rules(circumstances, self.zone) if about else {}
        return [(rule, rule.outcome(seen)) for rule in about]

    def explain(self, circumstances: Circumstances) -> tuple[Explained, ...]:
        """What the tier and each rule about the tool say to it, in the file's order."""
        tier, outcomes = _tier(circumstances), self._outcomes(circumstances)
        raised = any(rule.raises and rule.counts(outcome) for rule, outcome in outcomes)
        ignored = _unlowered(tier, circumstances) or ("a rule that raises counts" if raised else "")
        first = explain_tier(tier, _base(tier, circumstances), circumstances)
        return (first, *(explain_rule(rule, outcome, ignored) for rule, outcome in outcomes))


def _tier(circumstances: Circumstances) -> Risk:
    subject, resource = circumstances.subject, circumstances.resource
    if circumstances.tool.risk is Risk.LOW:
        return Risk.LOW
    privileged = (subject and subject.privileged) or (resource and resource.privileged)
    return Risk.CRITICAL if privileged else circumstances.tool.risk


def _base(tier: Risk, circumstances: Circumstances) -> int:
    """Approvals that the tier alone asks for."""
    own = same_person(circumstances.requester, circumstances.subject) and not circumstances.tainted
    approvals = 0 if tier is Risk.MEDIUM and own else _APPROVALS[tier]
    return max(approvals, 1) if circumstances.unproven else approvals


def _unknown(circumstances: Circumstances) -> str | None:
    """Why nobody could judge the call or get what it delivers; None where they could."""
    tool, subject = circumstances.tool, circumstances.subject
    if tool.subject and subject is None:
        return "The person this would touch is not in the directory, so nobody can approve it: check the id."
    if tool.resource and circumstances.resource is None:
        return "The thing this would touch is not known here, so nobody can approve it: check its name or id."
    if tool.sealed and (subject is None or not subject.slack_user):
        who = subject.record if subject else "The person"
        return f"{who} cannot be reached in Slack, so the one-time link cannot be delivered. Ask IT to do it by hand."
    return None


def _unlowered(tier: Risk, circumstances: Circumstances) -> str:
    """Why no rule may lower what this call requires; empty where one may."""
    if tier not in (Risk.MEDIUM, Risk.HIGH):
        return f"nothing lowers {tier}"
    return "the call is tainted" if circumstances.tainted or circumstances.unproven else ""
