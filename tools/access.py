"""Access to what a group opens: given for some hours, taken back, and listed for the person who has it.

Promise: what was granted ends with its hours; nothing a person had before is taken by that end.
"""

from datetime import timedelta
from typing import Annotated, TypedDict

from pydantic import Field

from tools.backends.access import MAX_LISTED, Access
from tools.backends.directory import Directory
from tools.directory import UserId, known
from tools.spec import VISIBLE, Context, OnFailure, Resource, Risk, TryAgain, Undo, Untrusted, tool

#: longest time for which access is granted: 30 days
MAX_HOURS = 720

Group = Annotated[
    str, Field(pattern=VISIBLE, max_length=200, description="Exact name of the group, or its id, such as G-001")
]
Hours = Annotated[int, Field(ge=1, le=MAX_HOURS, description=f"For how many hours, 1 to {MAX_HOURS}")]
Reason = Annotated[
    str, Field(pattern=VISIBLE, max_length=500, description="What the access is for, as the person who asks puts it")
]


class AccessGranted(TypedDict):
    """What granting did."""

    user_id: str
    group_id: str
    #: False: a permanent member already, so nothing was changed and nothing will end
    added: bool
    #: when it ends by itself: ISO 8601, UTC
    until: str | None


class AccessHeld(TypedDict):
    """A group that a person is in."""

    group: str
    group_id: str
    #: when it ends by itself: ISO 8601, UTC; None where it does not
    until: str | None


class AccessShown(TypedDict):
    """The groups that a person was put into directly, by name."""

    groups: list[AccessHeld]
    #: False: there may be more than are listed
    complete: bool


@tool(
    risk=Risk.HIGH,
    subject="user_id",
    resource="group",
    resolved_by=Access,
    idempotent=True,
    undo="Revoke the access again.",
    undone_by=Undo("revoke_access", ("user_id", "group")),
    ends_after="duration_hours",
    narrow=("duration_hours",),
    trusted=True,
    on_failure=OnFailure.RETRY,
)
async def grant_access(
    user_id: UserId,
    group: Group,
    duration_hours: Hours,
    reason: Reason,  # noqa: ARG001 -- for the approver and the log, who read it in the call
    *,
    directory: Directory,
    access: Access,
    context: Context,
) -> AccessGranted:
    """Put a person into a group for some hours; then the access ends by itself.

    Ask for how long and what for, where that was not said. Who is a permanent member already stays one.
    """
    person, found = await known(directory, user_id), context.resource or await _group(access, group)
    until = context.now + timedelta(hours=duration_hours)
    granted = await access.grant(person.id, found.id, context.key, until, context.now)
    return {
        "user_id": person.id,
        "group_id": found.id,
        "added": granted.added,
        "until": granted.until.isoformat() if granted.until else None,
    }


@tool(
    risk=Risk.MEDIUM,
    subject="user_id",
    resource="group",
    resolved_by=Access,
    idempotent=True,
    undo="Grant it again; that needs a new approval.",
    trusted=True,
    on_failure=OnFailure.RETRY,
)
async def revoke_access(
    user_id: UserId, group: Group, *, directory: Directory, access: Access, context: Context
) -> str | None:
    """Take a person out of a group at once, whether they are in it for good or for some hours."""
    if context.ends is not None:
        # Whatever became of the person's and the group's names meanwhile, this ends what its key gave.
        ended = await access.end(context.ends, context.now)
        return f"What was granted to {user_id} has ended." if ended else None
    person, found = await known(directory, user_id), context.resource or await _group(access, group)
    was_member = await access.revoke(person.id, found.id, context.key, context.now)
    name = f"the group {found.id}"
    if found.name in (await known(directory, user_id)).groups:
        end = "was taken out, but still is" if was_member else "was not taken out: they are"
        return f"{person.id} {end} a member of {name} through a group that is nested in it."
    return f"{person.id} {'is no longer' if was_member else 'was not'} a member of {name}."


@tool(risk=Risk.LOW, read_only=True, trusted=True, on_failure=OnFailure.RETRY)
async def list_my_access(*, access: Access, context: Context) -> Untrusted | str:
    """List the groups of the person you talk to, and until when they are in each. Works in direct messages only."""
    if not context.private:
        return "What access somebody has is shown in a direct message only. Please ask me there."
    if context.requester is None:
        return "Nobody in the directory matches the person who asks, so no access is known."
    held = await access.of(context.requester)
    groups: list[AccessHeld] = [
        {"group": each.group.name, "group_id": each.group.id, "until": each.until.isoformat() if each.until else None}
        for each in held
    ]
    shown: AccessShown = {"groups": groups, "complete": len(groups) < MAX_LISTED}
    return Untrusted(shown)  # names of groups are what people called them


async def _group(access: Access, named: str) -> Resource:
    found = await access.resolve(named)
    if found is None:
        raise TryAgain("There is no group of that name or id. Names must be exact: ask the person to check it.")
    return found
