"""One rule of the policy file, and all that a rule can see of a call.

Promise: what a rule names is always there, empty where it is unknown; a rule that cannot be evaluated counts as its
strictest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from bot.core.known import Person, Recent, Source
from bot.core.quorum import Quorum
from tools.spec import Resource, Risk, Tool

#: stands for every tool above low risk
EVERY_TOOL = "*"

#: whether a rule applies to a call that looks like this; raises whatever it likes where it cannot say
Condition = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """A call, and what was looked up about it."""

    tool: Tool
    #: as JSON says them: text, numbers, booleans, None, lists and maps
    arguments: Mapping[str, Any]
    requester: Person | None
    subject: Person | None
    resource: Resource | None
    #: Slack id
    channel: str
    #: in a direct message
    private: bool
    #: the model had read text that nobody vouches for when it made the call
    tainted: bool
    #: nobody can say that the requester asks for it
    unproven: bool = False
    recent: Recent
    #: aware UTC
    now: datetime


class Outcome(StrEnum):
    """What became of a rule."""

    MATCHED = "matched"
    NOT_MATCHED = "not matched"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the file: for these tools, under this condition, this is required."""

    name: str
    #: names, or EVERY_TOOL
    tools: tuple[str, ...]
    #: as it stands in the file; None: always
    when: str | None = None
    condition: Condition | None = field(default=None, compare=False, repr=False)
    #: 0: asks for none
    approvals: int = 0
    #: who is asked; empty: the approvers of the policy
    sources: tuple[Source, ...] = ()
    distinct: bool = False
    step_up: bool = False
    verified: bool = False
    expires_after: timedelta | None = None
    #: lowers what medium and high require; needs the tool's name
    relax: bool = False
    #: the reason why nobody may do it
    forbid: str | None = None

    @property
    def raises(self) -> bool:
        """It may require more than there was."""
        asks = self.forbid or self.approvals or self.sources or self.step_up or self.verified
        return not self.relax and bool(asks)

    def names(self, tool: Tool) -> bool:
        """Whether it is about this tool."""
        return tool.name in self.tools or (EVERY_TOOL in self.tools and not self.relax and tool.risk is not Risk.LOW)

    def outcome(self, seen: Mapping[str, Any]) -> Outcome:
        """Whether its condition holds. Never raises."""
        return outcome(self.condition, seen) if self.condition else Outcome.MATCHED

    def counts(self, outcome: Outcome) -> bool:
        """Whether it has its say: where it failed, a rule that lowers is silent and any other speaks."""
        return outcome is Outcome.MATCHED or (outcome is Outcome.FAILED and not self.relax)

    @property
    def asked(self) -> int:
        """How many approvals it asks for; at least one where it raises, or says who."""
        return max(self.approvals, 1) if self.raises or self.sources else self.approvals

    def quorum(self) -> Quorum:
        """The people it wants, of its own sources, which it must have."""
        return Quorum(approvals=self.asked, sources=self.sources, distinct=self.distinct)


def outcome(condition: Condition, seen: Mapping[str, Any]) -> Outcome:
    """What the condition says of what it sees. Never raises."""
    try:
        holds = condition(seen)
    except Exception:  # noqa: BLE001 -- whatever went wrong, the condition could not say
        return Outcome.FAILED
    if not isinstance(holds, bool):
        return Outcome.FAILED
    return Outcome.MATCHED if holds else Outcome.NOT_MATCHED


#: what a condition may name: fields of each, or none where it is a value itself
OBJECTS: Mapping[str, tuple[str, ...]] = {
    "requester": ("id", "name", "department", "manager", "groups", "privileged", "known"),
    "subject": ("id", "name", "department", "manager", "groups", "privileged", "known"),
    "resource": ("kind", "id", "name", "privileged", "owner", "known"),
    "channel": ("id", "private"),
    "recent": ("tool_hour", "tool_day", "subject_day"),
    "time": ("hour", "minute", "weekday", "date"),
}
VALUES = ("tainted", "same_person", "same_manager", "manages_subject", "owns_resource")


def seen_by_rules(circumstances: Circumstances, zone: tzinfo) -> Mapping[str, Any]:
    """`args`, everything of OBJECTS and of VALUES, as plain values; hours and days are of the zone."""
    requester, resource = circumstances.requester, circumstances.resource
    return {
        "args": circumstances.arguments,
        **seen_of_people(requester, circumstances.subject),
        "resource": _resource(resource),
        "channel": {"id": circumstances.channel, "private": circumstances.private},
        "recent": circumstances.recent.model_dump(),
        "time": seen_of_time(circumstances.now, zone),
        "tainted": circumstances.tainted,
        "owns_resource": bool(requester and resource and resource.owner == requester.record),
    }


def seen_of_people(requester: Person | None, subject: Person | None) -> dict[str, Any]:
    """Who asks, about whom, and what one is to the other."""
    return {
        "requester": _person(requester),
        "subject": _person(subject),
        "same_person": same_person(requester, subject),
        "same_manager": bool(requester and subject and requester.manager and requester.manager == subject.manager),
        "manages_subject": bool(requester and subject and subject.manager == requester.record),
    }


def seen_of_time(now: datetime, zone: tzinfo) -> dict[str, Any]:
    """The clock of the zone."""
    at = now.astimezone(zone)
    return {"hour": at.hour, "minute": at.minute, "weekday": at.isoweekday(), "date": at.date().isoformat()}


def same_person(one: Person | None, other: Person | None) -> bool:
    """Both are known and share a directory record."""
    return bool(one and other and one.record == other.record)


def _person(person: Person | None) -> dict[str, Any]:
    return {
        "id": person.record if person else "",
        "name": person.name if person else "",
        "department": (person and person.department) or "",
        "manager": (person and person.manager) or "",
        "groups": list(person.groups) if person else [],
        "privileged": bool(person and person.privileged),
        "known": person is not None,
    }


def _resource(resource: Resource | None) -> dict[str, Any]:
    return {
        "kind": resource.kind if resource else "",
        "id": resource.id if resource else "",
        "name": resource.name if resource else "",
        "privileged": bool(resource and resource.privileged),
        "owner": (resource and resource.owner) or "",
        "known": resource is not None,
    }
