"""The embedded directory, in SQL."""

from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from tools.backends.database import Database, ask
from tools.backends.directory import PersonRecord
from tools.backends.failures import DIRECTORY
from tools.backends.nesting import enclosing, privileged
from tools.backends.tables import people, people_memberships

_memberships = people_memberships.c
# made once: making a statement takes ten times as long as running it
_BY_ID, _BY_EMAIL = (select(people).where(column == bindparam("wanted")) for column in (people.c.id, people.c.email))
_NAMES = select(people.c.name).order_by(people.c.id).limit(bindparam("most"))
_GROUPS = enclosing(select(_memberships.group_number).where(_memberships.person_id == bindparam("person")))


class SqlDirectory:
    """A Directory over the `people` tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, person: str) -> PersonRecord | None:
        """See Directory."""
        return await self._one(_BY_ID, person)

    async def find_by_email(self, email: str) -> PersonRecord | None:
        """See Directory."""
        return await self._one(_BY_EMAIL, email.strip().lower())

    async def names(self, most: int) -> list[str]:
        """The names of people, at most so many, so that logs can leave them out."""
        return await ask(self._database, DIRECTORY, lambda connection: [*connection.scalars(_NAMES, {"most": most})])

    async def _one(self, statement: Select[Any], wanted: str) -> PersonRecord | None:
        return await ask(self._database, DIRECTORY, lambda connection: _read(connection, statement, wanted))


def _read(connection: Connection, statement: Select[Any], wanted: str) -> PersonRecord | None:
    row = connection.execute(statement, {"wanted": wanted}).one_or_none()
    if row is None:
        return None
    groups = connection.execute(_GROUPS, {"person": row.id}).all()
    return PersonRecord(
        id=row.id,
        name=row.name,
        email=row.email,
        device=row.device,
        location=row.location,
        department=row.department,
        manager=row.manager_id,
        groups=tuple(sorted(group.name for group in groups)),
        privileged=privileged(groups),
    )
