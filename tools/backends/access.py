"""Membership in groups, given for a time and taken back.

Promise: a key acts at most once; a permanent membership is touched by nothing but `revoke`; one that was granted
lasts as long as a grant holds it and no longer than the end of the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tools.spec import Resolves, Resource

#: memberships of one person that are listed
MAX_LISTED = 200

NO_PERSON = "{} is not in the directory any more."
NO_GROUP = "The group {} does not exist any more."
THERE_AGAIN = "The membership was taken away and is there again. IT has to look at the directory."


@dataclass(frozen=True, slots=True)
class Granted:
    """What a grant did."""

    #: it holds the membership, alone or beside other grants; False: a permanent member already, nothing will end
    added: bool
    #: aware UTC; None: without end
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's direct membership in a group."""

    group: Resource
    #: aware UTC, when the last grant ends; None: permanent or without end
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Lasting:
    """A grant that holds a membership and is not over."""

    key: str
    #: directory id
    person: str
    group_id: str
    #: aware UTC; None: without end
    until: datetime | None


class Access(Resolves, Protocol):
    """Who is in which group. Its methods raise ToolFailed where it does not answer or a change did not hold."""

    async def resolve(self, named: str) -> Resource | None:
        """The group with this id or else exactly this name, or None; privileged by what it is nested in, too."""

    async def grant(self, person: str, group_id: str, key: str, until: datetime | None, now: datetime) -> Granted:
        """What it did; afterwards the person is a member. A repeated key answers as before and changes nothing."""

    async def end(self, grant_key: str, now: datetime) -> bool:
        """True where the person is no member any more because of it; the grant of this key is over now in any case.

        The membership goes with it only if grants alone gave it and none that still lasts holds it.
        """

    async def revoke(self, person: str, group_id: str, key: str, now: datetime) -> bool:
        """True where the person was a direct member; they are none now, and all their grants for it are over.

        A repeated key answers as before and changes nothing.
        """

    async def lasting(self) -> Sequence[Lasting]:
        """All grants that hold a membership and are not over, oldest first."""

    async def of(self, person: str) -> Sequence[Membership]:
        """The direct memberships of a person by name of group, the first MAX_LISTED of them."""
