"""Groups inside groups, in SQL: what a membership reaches.

Promise: it ends for any nesting, circles too, and a group nested too deep to be followed counts as privileged.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, Select, func, literal, select

from tools.backends.directory import ADMIN_PREFIX
from tools.backends.tables import people_groups, people_nesting

#: levels that are followed upwards
MAX_NESTING = 20


def enclosing(direct: Select[tuple[int]]) -> Select[Any]:
    """The groups whose numbers `direct` selects and all they are nested in, each once: name, privileged, depth."""
    start = direct.subquery()
    # Rows differ by depth too, so a circle goes round until the limit and no further.
    reached = select(start.c[0].label("number"), literal(0).label("depth")).cte("reached", recursive=True)
    further = (
        select(people_nesting.c.parent_number, reached.c.depth + 1)
        .join(reached, reached.c.number == people_nesting.c.child_number)
        .where(reached.c.depth < MAX_NESTING)
    )
    reached = reached.union(further)
    return (
        select(people_groups.c.name, people_groups.c.privileged, func.min(reached.c.depth).label("depth"))
        .join(reached, reached.c.number == people_groups.c.number)
        .group_by(people_groups.c.number)
    )


def privileged(groups: Iterable[Row[Any]]) -> bool:
    """Whether one of these rows of `enclosing` gives administrators' rights, or may hide one that does."""
    return any(
        group.privileged or group.depth == MAX_NESTING or group.name.casefold().startswith(ADMIN_PREFIX)
        for group in groups
    )
