"""Who works here: the record of a person, and how to find it. Promise: someone unknown is None, never a guess."""

import re
from dataclasses import dataclass
from typing import Protocol

#: what a directory may call its people and groups: no more can stand in a prompt or a card and mean something else
ID_PATTERN = "[A-Za-z0-9][A-Za-z0-9._@:-]{0,63}"
ID = re.compile(ID_PATTERN)

#: groups whose members are privileged whatever the directory says of the group
ADMIN_PREFIX = "admin-"


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person as the directory knows them. Public: id, name, department, location, device. The rest is private."""

    #: as ID, never changed and never reused; U-NNN in the embedded directory
    id: str
    name: str
    #: lower case
    email: str
    #: model of the laptop, such as "MacBook Pro M3"; None where none is assigned
    device: str | None
    location: str | None
    department: str | None
    #: id of the person's manager
    manager: str | None
    #: names of all groups the person is in, by nesting too; sorted
    groups: tuple[str, ...]
    #: a member of a privileged group, by nesting too: calls that touch this person are critical
    privileged: bool


class Directory(Protocol):
    """The people of the company. Its methods raise ToolFailed where the directory does not answer."""

    async def find(self, person: str) -> PersonRecord | None:
        """The person with this id (case matters), or None; whatever else the directory knows people by may do, too.

        Who is no longer active is nobody.
        """

    async def find_by_email(self, email: str) -> PersonRecord | None:
        """The one person with this address in any case, or None."""
