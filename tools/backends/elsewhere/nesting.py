"""Groups inside groups on a server: what a membership reaches.

Promise: it ends for any nesting, circles too, and a group nested too deep to be followed counts as privileged.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from tools.backends.directory import ADMIN_PREFIX
from tools.backends.elsewhere.members import Group, Members
from tools.backends.failures import DIRECTORY

#: levels that are followed upwards, each with a question or more; and groups that are
MAX_NESTING, MAX_GROUPS = 10, 500


class Reach(NamedTuple):
    """Groups and all they are nested in; whether one gives administrators' rights, or may hide one that does."""

    groups: list[Group]
    privileged: bool


async def reach(server: Members, inner: Iterable[Group], admins: Collection[str]) -> Reach:
    """What these groups reach; `admins` are names of groups, in lower case. Raises ToolFailed."""
    found = {each.id: each for each in inner}
    level = list(found.values())
    for _ in range(MAX_NESTING):
        if not level:
            break
        if len(found) > MAX_GROUPS:
            raise DIRECTORY.unreadable("there are too many groups in groups", limit=MAX_GROUPS)
        above = await server.groups_around(level)
        level = [each for each in above if each.id not in found]
        found |= {each.id: each for each in above}
    return Reach([*found.values()], bool(level) or any(_gives_rights(each, admins) for each in found.values()))


def _gives_rights(group: Group, admins: Collection[str]) -> bool:
    """One without a name may."""
    name = (group.name or ADMIN_PREFIX).casefold()
    return name.startswith(ADMIN_PREFIX) or name in admins
