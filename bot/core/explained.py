"""Why a call requires what it requires, in words for people who write a policy."""

from dataclasses import dataclass

from bot.core.known import Source
from bot.core.lengths import spelled
from bot.core.rules import Circumstances, Outcome, Rule
from tools.spec import Risk


@dataclass(frozen=True, slots=True)
class Explained:
    """What became of the tier or of one rule."""

    name: str
    outcome: Outcome
    #: the condition, as it stands in the file; None: always
    when: str | None
    #: what it asks for, in words
    asked: str
    #: why it counts although it failed, or lowers nothing although it matched
    note: str = ""


def explain_tier(tier: Risk, approvals: int, circumstances: Circumstances) -> Explained:
    """The row of the tier, which always matches."""
    note = ""
    if tier is not circumstances.tool.risk:
        note = "it touches a privileged person or thing"
    elif tier is Risk.MEDIUM:
        note = "for somebody else, by somebody unknown, or tainted" if approvals else "for oneself"
    return Explained(f"base:{tier}", Outcome.MATCHED, None, _demand(approvals, ()), note)


def explain_rule(rule: Rule, outcome: Outcome, ignored: str) -> Explained:
    """The row of a rule; `ignored` says why rules that lower do not count here, if so."""
    note = ""
    if outcome is Outcome.FAILED:
        note = "counts as not matched: it lowers" if rule.relax else "counts as matched"
    elif outcome is Outcome.MATCHED and rule.relax and ignored:
        note = f"lowers nothing: {ignored}"
    return Explained(rule.name, outcome, rule.when, _wanted(rule), note)


def _wanted(rule: Rule) -> str:
    if rule.forbid:
        return f"forbidden: {rule.forbid}"
    wanted = [_demand(rule.asked, rule.sources)] if rule.relax or rule.raises else []
    wanted += ["each of another source"] * rule.distinct
    wanted += ["with a code"] * rule.step_up
    wanted += ["saying how people were verified"] * rule.verified
    wanted += [f"within {spelled(rule.expires_after)}"] if rule.expires_after else []
    return ", ".join(wanted)


def _demand(approvals: int, sources: tuple[Source, ...]) -> str:
    if not approvals:
        return "no approval"
    return f"{approvals} approval{'s' * (approvals > 1)} from {', '.join(sources) or 'approvers'}"
