"""What of others the policy lets somebody see.

Promise: only a condition that holds shows anything; where there is none, or it cannot be evaluated, nothing is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from bot.core.known import Person
from bot.core.rules import Condition, Outcome, outcome, seen_of_people, seen_of_time

#: what a condition about tickets may name, and one about people: the same things as in rules
OF_TICKETS = ("requester", "time", "tainted")
OF_PEOPLE = (*OF_TICKETS, "subject", "same_person", "same_manager", "manages_subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Who wants to see something of others, and of whom, as they are now."""

    requester: Person
    #: None: it is about nobody in particular
    subject: Person | None = None
    #: the model had read text that nobody vouches for
    tainted: bool
    #: aware UTC
    now: datetime

    def seen(self, zone: tzinfo) -> Mapping[str, Any]:
        """What conditions look at; hours and days are of the zone."""
        people = seen_of_people(self.requester, self.subject)
        return {**people, "time": seen_of_time(self.now, zone), "tainted": self.tainted}


@dataclass(frozen=True, slots=True)
class Clause:
    """When something is seen."""

    #: as it stands in the file
    when: str
    condition: Condition = field(compare=False, repr=False)

    def outcome(self, look: Look, zone: tzinfo) -> Outcome:
        """Only Outcome.MATCHED shows anything. Never raises."""
        return outcome(self.condition, look.seen(zone))


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of others, and when; None: never."""

    #: address, manager and groups
    people: Clause | None = None
    tickets: Clause | None = None
