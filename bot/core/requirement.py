"""What a call can require, and whether one requirement covers another."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from bot.core.known import Source
from bot.core.quorum import Quorum


@dataclass(frozen=True, slots=True)
class Free:
    """The call may run."""


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """`approvals` different people must approve first, and each quorum must be met as well."""

    approvals: int
    quorums: tuple[Quorum, ...]
    #: every vote needs a code of an authenticator
    step_up: bool
    expires_after: timedelta
    #: names of the rules that ask for it, `base:high` and the like among them
    rules: tuple[str, ...]
    #: every vote needs to say how people were verified
    verified: bool = False

    @property
    def sources(self) -> tuple[Source, ...]:
        """Who may vote."""
        return union(quorum.sources for quorum in self.quorums)


@dataclass(frozen=True, slots=True)
class Forbidden:
    """The call is not run; `reason` says why and what to do instead. The model reads it, so it holds no names."""

    reason: str


Requirement = Free | NeedsApproval | Forbidden


def stricter(now: Requirement, asked: NeedsApproval) -> bool:
    """False only where everything that is required now was certainly part of what was asked for."""
    match now:
        case Free():
            return False
        case Forbidden():
            return True
    return (
        now.approvals > asked.approvals
        or now.expires_after < asked.expires_after
        or (now.step_up and not asked.step_up)
        or (now.verified and not asked.verified)
        or not all(any(_implies(held, quorum) for held in asked.quorums) for quorum in now.quorums)
    )


def _implies(held: Quorum, quorum: Quorum) -> bool:
    """Whoever meets the first certainly meets the second."""
    return (
        held.approvals >= quorum.approvals
        and set(held.sources) <= set(quorum.sources)
        and (held.distinct or not quorum.distinct)
    )


def union(several: Iterable[tuple[Source, ...]]) -> tuple[Source, ...]:
    """All of them, each once, in the order they come."""
    return tuple(dict.fromkeys(source for sources in several for source in sources))
