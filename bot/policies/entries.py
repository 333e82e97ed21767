"""The form of a policy file: its keys, what each takes, and their defaults. An unknown key is refused."""

import re
from datetime import timedelta, tzinfo
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.core.lengths import length
from bot.core.policy import EXPIRES_AFTER, MAX_OPEN

#: a period is between these
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=30)

#: stands for the list of approvers
APPROVERS = "approvers"

#: sources that are one person each, found when somebody asks
PERSONS = ("requester.manager", "subject.manager", "resource.owner")


def _period(value: Any) -> Any:
    period = length(value) if isinstance(value, str) else None
    if period is None or not SHORTEST <= period <= LONGEST:
        raise ValueError("takes a number and m, h, d or w, such as 30m, 4h or 2d; from 1m to 30d")
    return period


def _source(value: str) -> str:
    if value not in (*PERSONS, APPROVERS) and not re.fullmatch(r"[UWS][A-Z0-9]{1,30}", value):
        names = ", ".join(PERSONS)
        raise ValueError(f"takes a Slack id of a user (U…, W…) or user group (S…), approvers, {names}; never a name")
    return value


def _slug(value: str) -> str:
    if not re.fullmatch("[a-z0-9][a-z0-9-]{0,39}", value):
        raise ValueError("takes small letters, digits and -, 40 at most")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError):
        raise ValueError("takes the IANA name of a time zone, such as Europe/Berlin") from None
    return value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Period = Annotated[timedelta, BeforeValidator(_period)]
Source = Annotated[str, AfterValidator(_source)]
Sources = Annotated[list[Source], Field(max_length=20)]


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Require(Entry):
    """Who must agree."""

    approvals: int = Field(default=1, ge=0, le=5)
    from_: Sources = Field(default=[], alias="from")
    distinct_groups: bool = False
    step_up: bool = False
    verified: bool = False


class RuleEntry(Entry):
    """One rule."""

    name: Annotated[str, AfterValidator(_slug)]
    tool: Annotated[list[str], BeforeValidator(_listed), Field(min_length=1, max_length=100)]
    when: Annotated[str, Field(min_length=1)] | None = None
    require: Require | None = None
    expires: Period | None = None
    relax: bool = False
    forbid: Annotated[str, Field(min_length=1, max_length=300)] | None = None


class Escalate(Entry):
    """Who is asked as well where nobody answered."""

    after: Period
    to: Annotated[Sources, Field(min_length=1)]


class See(Entry):
    """When people see of others what else only they see themselves."""

    people: Annotated[str, Field(min_length=1)] | None = None
    tickets: Annotated[str, Field(min_length=1)] | None = None


class PolicyFile(Entry):
    """The whole file."""

    version: Literal[1]
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    #: None: those of the settings
    approvers: Sources | None = None
    fallback: Sources = []
    expires: Period = EXPIRES_AFTER
    remind: Period | None = None
    escalate: Escalate | None = None
    max_open: int = Field(default=MAX_OPEN, ge=1, le=1_000)
    allow_self_approval: bool = False
    see: See = See()
    rules: list[RuleEntry] = Field(default=[], max_length=100)

    @property
    def clock(self) -> tzinfo:
        """Where rules read the time."""
        return ZoneInfo(self.zone)
