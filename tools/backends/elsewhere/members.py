"""What a server has to say of groups and members, so that access can be given there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Group:
    """A group as the server knows it now."""

    #: never changed
    id: str
    name: str | None
    #: what the server needs to find it again as it was read: a version, a place
    handle: str = ""

    def __str__(self) -> str:
        return self.name or self.id


class Members(Protocol):
    """A server with people in groups, by ids. Its methods raise ToolFailed where it does not answer."""

    async def active(self, person: str) -> bool:
        """There is a person with exactly this id, who has not left."""

    async def group(self, key: str) -> Group | None:
        """The group with exactly this id, or None."""

    async def groups_named(self, named: str) -> list[Group]:
        """The groups with this id or this name, in whatever case."""

    async def groups_of(self, person: str) -> list[Group]:
        """Those that the person is a direct member of."""

    async def groups_around(self, inner: Sequence[Group]) -> list[Group]:
        """Those that one of these is a direct member of, each once."""

    async def has(self, group_id: str, person: str) -> bool:
        """The person, active or not, is a direct member of the group."""

    async def put(self, group: Group, person: str, *, member: bool) -> bool:
        """Make the person a direct member or none; False: the group is another one or gone since it was read.

        Raises NoAnswer where nobody knows whether it was done.
        """
