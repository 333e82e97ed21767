"""Groups inside groups on a server: what a membership reaches.

Promise: it ends for any nesting, circles too, and a group nested too deep to be followed counts as privileged.
"""

from collections.abc import Collection, Iterable

from tools.backends.directory import ADMIN_PREFIX
from tools.backends.elsewhere.members import Group, Members
from tools.backends.failures import DIRECTORY

#: levels that are followed upwards, each with a question or more; and groups that are
MAX_NESTING, MAX_GROUPS = 10, 500


async def around(server: Members, inner: Iterable[Group]) -> tuple[list[Group], bool]:
    """These groups and all they are nested in; True: there may be more, too deep to be followed.

    Raises ToolFailed.
    """
    found = {each.id: each for each in inner}
    level = list(found.values())
    for _ in range(MAX_NESTING):
        if not level:
            return list(found.values()), False
        if len(found) > MAX_GROUPS:
            raise DIRECTORY.unreadable("there are too many groups in groups", limit=MAX_GROUPS)
        above = await server.groups_around(level)
        level = [each for each in above if each.id not in found]
        found |= {each.id: each for each in above}
    return list(found.values()), bool(level)


def privileged(groups: Iterable[Group], named: Collection[str]) -> bool:
    """Whether one of them gives administrators' rights; `named` in lower case. One without a name may."""
    names = [(each.name or ADMIN_PREFIX).casefold() for each in groups]
    return any(each.startswith(ADMIN_PREFIX) or each in named for each in names)
