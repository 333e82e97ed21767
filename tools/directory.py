"""Looking up people.

Promise: private fields are shown in a direct message alone, to the person they are about, and to whomever the policy
lets see them.
"""

from typing import Annotated, NotRequired, TypedDict

from pydantic import Field

from tools.backends.directory import ID_PATTERN, Directory, PersonRecord
from tools.spec import Context, OnFailure, Risk, TryAgain, Untrusted, tool

UserId = Annotated[
    str, Field(pattern=f"^{ID_PATTERN}$", description="Directory id, such as U-123, exactly as it was given")
]


class Person(TypedDict):
    """A person as the model sees them."""

    id: str
    name: str
    department: str | None
    location: str | None
    device: str | None
    email: NotRequired[str]
    #: the manager's name
    manager: NotRequired[str | None]
    groups: NotRequired[list[str]]


@tool(risk=Risk.LOW, read_only=True, cached_s=30, on_failure=OnFailure.RETRY)
async def lookup_user(user_id: UserId, *, directory: Directory, context: Context) -> Untrusted | Person | str:
    """Look up a person by directory id: name, department, location and device.

    Email address, manager and groups are added in direct messages, where people ask about themselves or the policy lets
    them see it.
    """
    record = await directory.find(user_id)
    if record is None:
        return f"Nobody in the directory has the id {user_id}. Ask the person to check it."
    person: Person = {
        "id": record.id,
        "name": record.name,
        "department": record.department,
        "location": record.location,
        "device": record.device,
    }
    own = context.requester == record.id
    if context.private and (own or await context.sight.person(record.id)):
        manager = await directory.find(record.manager) if record.manager else None
        person |= {
            "email": record.email,
            "manager": manager.name if manager else None,
            "groups": list(record.groups),
        }
        # what is somebody else's own is theirs, so that no note carries it to others
        return person if own else Untrusted(person, (record.id,))
    return person


async def known(directory: Directory, user_id: str) -> PersonRecord:
    """The record of the person a tool acts on. Raises TryAgain where there is none."""
    person = await directory.find(user_id)
    if person is None:
        raise TryAgain(f"Nobody in the directory has the id {user_id}. Ask the person to check it.")
    return person
