"""Groups inside groups on a SCIM server: what a membership reaches.

Promise: it ends for any nesting, circles too, and a group nested too deep to be followed counts as privileged.
"""

from collections.abc import Collection, Iterable

from tools.backends.directory import ADMIN_PREFIX
from tools.backends.scim.client import unreadable
from tools.backends.scim.models import Group
from tools.backends.scim.server import Server, equal

#: levels that are followed upwards, each with a question or more; and groups that are
MAX_NESTING, MAX_GROUPS = 10, 500


async def around(server: Server, inner: Iterable[Group]) -> tuple[list[Group], bool]:
    """These groups and all they are nested in; True: there may be more, too deep to be followed.

    Raises ToolFailed.
    """
    found = {str(each.id): each for each in inner}
    level = list(found)
    for _ in range(MAX_NESTING):
        if not level:
            return list(found.values()), False
        if len(found) > MAX_GROUPS:
            raise unreadable("there are too many groups in groups", limit=MAX_GROUPS)
        above = await server.groups([equal("members.value", each) for each in level])
        level = [str(each.id) for each in above if str(each.id) not in found]
        found |= {str(each.id): each for each in above}
    return list(found.values()), bool(level)


def privileged(groups: Iterable[Group], named: Collection[str]) -> bool:
    """Whether one of them gives administrators' rights; `named` in lower case. One without a name may."""
    names = [(each.display_name or ADMIN_PREFIX).casefold() for each in groups]
    return any(each.startswith(ADMIN_PREFIX) or each in named for each in names)
