"""The embedded directory, in SQL."""

from sqlalchemy import ColumnElement, Connection, bindparam, select

from tools.backends.database import Database, ask
from tools.backends.directory import PersonRecord
from tools.backends.nesting import enclosing, privileged
from tools.backends.tables import people, people_memberships

_memberships = people_memberships.c
_GROUPS = enclosing(select(_memberships.group_number).where(_memberships.person_id == bindparam("person")))


class SqlDirectory:
    """A Directory over the `people` tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, person: str) -> PersonRecord | None:
        """See Directory."""
        return await self._one(people.c.id == person)

    async def find_by_email(self, email: str) -> PersonRecord | None:
        """See Directory."""
        return await self._one(people.c.email == email.strip().lower())

    async def _one(self, condition: ColumnElement[bool]) -> PersonRecord | None:
        return await ask(self._database, "directory", lambda connection: _read(connection, condition))


def _read(connection: Connection, condition: ColumnElement[bool]) -> PersonRecord | None:
    row = connection.execute(select(people).where(condition)).one_or_none()
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
