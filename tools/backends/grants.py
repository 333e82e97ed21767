"""The books of access, in SQL: which grants hold a membership and until when, wherever the membership itself is.

Promise: one key stands for one change; what was given is on record before it is given elsewhere.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from tools.backends.access import Granted, Lasting
from tools.backends.tables import access_grants, access_revocations


def grant_of(connection: Connection, key: str, person: str | None = None, group_id: str = "") -> Row[Any] | None:
    """The grant of this key. Raises ValueError where it is not this person's for this group."""
    found = connection.execute(select(access_grants).where(access_grants.c.key == key)).one_or_none()
    return _same(found, person, group_id)


def revocation_of(connection: Connection, key: str, person: str, group_id: str) -> Row[Any] | None:
    """The revocation of this key. Raises as grant_of."""
    found = connection.execute(select(access_revocations).where(access_revocations.c.key == key)).one_or_none()
    return _same(found, person, group_id)


def record_grant(connection: Connection, outcome: Granted, *, settled: bool = True, **grant: Any) -> None:
    """Nothing; `settled`: False where the membership is still to be made."""
    row = grant | {"added": outcome.added, "until": outcome.until, "settled": settled}
    connection.execute(insert(access_grants).values(row))


def record_revocation(connection: Connection, *, settled: bool = True, **revocation: Any) -> None:
    """Nothing; all grants of the person for the group are over from then on."""
    pair = here(access_grants, revocation["person_id"], revocation["group_id"])
    still = pair & access_grants.c.ended_at.is_(None)
    connection.execute(update(access_grants).where(still).values(ended_at=revocation["at"]))
    connection.execute(insert(access_revocations).values(revocation | {"settled": settled}))


def end_grant(connection: Connection, key: str, now: datetime, **values: Any) -> None:
    """Nothing; a grant that was over stays over since when it was."""
    still = (access_grants.c.key == key) & access_grants.c.ended_at.is_(None)
    connection.execute(update(access_grants).where(still).values(ended_at=now, **values))


def lasting(connection: Connection) -> Sequence[Lasting]:
    """See Access."""
    held = access_grants.c.added & access_grants.c.ended_at.is_(None)
    rows = connection.execute(
        select(access_grants).where(held).order_by(access_grants.c.granted_at, access_grants.c.key)
    )
    return [Lasting(row.key, row.person_id, row.group_id, row.until) for row in rows]


def until(connection: Connection, person: str, group_id: str) -> datetime | None:
    """When the last grant that holds the membership ends; None: never, or none does."""
    ends = connection.execute(select(access_grants.c.until).where(holding(person, group_id))).scalars().all()
    return None if None in ends else max(ends, default=None)


def holding(person: str, group_id: str) -> ColumnElement[bool]:
    """Grants that hold the membership, due ones too."""
    return here(access_grants, person, group_id) & access_grants.c.added & access_grants.c.ended_at.is_(None)


def lasts(now: datetime) -> ColumnElement[bool]:
    """Grants that are not due."""
    return access_grants.c.until.is_(None) | (access_grants.c.until > now)


def here(table: Any, person: str, group_id: str) -> ColumnElement[bool]:
    """Rows about this person and this group."""
    found: ColumnElement[bool] = (table.c.person_id == person) & (table.c.group_id == group_id)
    return found


def _same(found: Row[Any] | None, person: str | None, group_id: str) -> Row[Any] | None:
    if found and person is not None and (found.person_id, found.group_id) != (person, group_id):
        raise ValueError("one key for two different changes")
    return found
