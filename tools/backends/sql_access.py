"""Memberships in the embedded directory's groups and the grants that hold them, in SQL."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, exists, insert, select, update

from tools.backends.access import MAX_LISTED, Granted, Lasting, Membership
from tools.backends.database import Database, ask, only_writer
from tools.backends.nesting import enclosing, privileged
from tools.backends.tables import access_grants, access_revocations, people, people_groups, people_memberships
from tools.spec import NotPossible, Resource, ToolFailed

_SYSTEM = "access system"
#: nine digits fit into any database's integer
_ID = re.compile(r"G-[0-9]{3,9}")
_ENCLOSING = enclosing(select(people_groups.c.number).where(people_groups.c.number == bindparam("number")))


class SqlAccess:
    """Access over the tables of people's groups and of grants."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def resolve(self, named: str) -> Resource | None:
        """See Access."""
        return await ask(self._database, _SYSTEM, lambda connection: _resolve(connection, named))

    async def grant(self, person: str, group_id: str, key: str, until: datetime | None, now: datetime) -> Granted:
        """See Access."""
        grant = {"key": key, "person_id": person, "group_number": _number(group_id), "until": until, "granted_at": now}
        return await ask(self._database, _SYSTEM, lambda connection: _grant(connection, grant))

    async def end(self, grant_key: str, now: datetime) -> bool:
        """See Access."""
        return await ask(self._database, _SYSTEM, lambda connection: _end(connection, grant_key, now))

    async def revoke(self, person: str, group_id: str, key: str, now: datetime) -> bool:
        """See Access."""
        revocation = {"key": key, "person_id": person, "group_number": _number(group_id), "at": now}
        return await ask(self._database, _SYSTEM, lambda connection: _revoke(connection, revocation))

    async def lasting(self) -> Sequence[Lasting]:
        """See Access."""
        return await ask(self._database, _SYSTEM, _lasting)

    async def of(self, person: str) -> Sequence[Membership]:
        """See Access."""
        return await ask(self._database, _SYSTEM, lambda connection: _memberships(connection, person))


def _resolve(connection: Connection, named: str) -> Resource | None:
    number = _number(named)
    either = (people_groups.c.number == number) | (people_groups.c.name == named)
    # An id is never a name's to take: a group that is called like another's id does not come before it.
    by_id_first = select(people_groups).where(either).order_by(people_groups.c.number != number).limit(1)
    row = connection.execute(by_id_first).one_or_none()
    return None if row is None else _resource(connection, row)


def _resource(connection: Connection, row: Row[Any]) -> Resource:
    reached = connection.execute(_ENCLOSING, {"number": row.number}).all()
    return Resource(kind="group", id=_id(row.number), name=row.name, privileged=privileged(reached), owner=row.owner_id)


def _grant(connection: Connection, grant: dict[str, Any]) -> Granted:
    only_writer(connection, access_grants)
    done = connection.execute(select(access_grants).where(access_grants.c.key == grant["key"])).one_or_none()
    if done is not None:
        _same(done, grant)
        return Granted(done.added, done.until)
    person, number = grant["person_id"], grant["group_number"]
    _existing(connection, person, number)
    granted = connection.scalar(select(people_memberships.c.granted).where(_here(people_memberships, person, number)))
    if granted is None:
        membership = {"person_id": person, "group_number": number, "granted": True}
        connection.execute(insert(people_memberships).values(membership))
    outcome = Granted(False, None) if granted is False else Granted(True, grant["until"])
    connection.execute(insert(access_grants).values(grant | {"added": outcome.added, "until": outcome.until}))
    return outcome


def _end(connection: Connection, key: str, now: datetime) -> bool:
    only_writer(connection, access_grants)
    grant = connection.execute(select(access_grants).where(access_grants.c.key == key)).one_or_none()
    if grant is None:
        return False
    still = (access_grants.c.key == key) & access_grants.c.ended_at.is_(None)
    connection.execute(update(access_grants).where(still).values(ended_at=now))
    lasting = access_grants.c.until.is_(None) | (access_grants.c.until > now)
    others = _holding(grant.person_id, grant.group_number) & lasting
    unheld = people_memberships.c.granted & ~exists().where(others)
    return _remove(connection, _here(people_memberships, grant.person_id, grant.group_number) & unheld)


def _revoke(connection: Connection, revocation: dict[str, Any]) -> bool:
    only_writer(connection, access_grants)
    mine = access_revocations.c.key == revocation["key"]
    done = connection.execute(select(access_revocations).where(mine)).one_or_none()
    if done is not None:
        _same(done, revocation)
        return bool(done.was_member)
    person, number = revocation["person_id"], revocation["group_number"]
    open_grants = _here(access_grants, person, number) & access_grants.c.ended_at.is_(None)
    connection.execute(update(access_grants).where(open_grants).values(ended_at=revocation["at"]))
    was_member = _remove(connection, _here(people_memberships, person, number))
    connection.execute(insert(access_revocations).values(revocation | {"was_member": was_member}))
    return was_member


def _remove(connection: Connection, membership: ColumnElement[bool]) -> bool:
    """Whether there was such a membership. Raises ToolFailed where it is there still, and nothing is kept then."""
    removed = connection.execute(delete(people_memberships).where(membership)).rowcount
    if connection.execute(select(people_memberships).where(membership)).first() is not None:
        raise ToolFailed("The membership was taken away and is there again. IT has to look at the directory.")
    return bool(removed)


def _lasting(connection: Connection) -> Sequence[Lasting]:
    held = access_grants.c.added & access_grants.c.ended_at.is_(None)
    rows = connection.execute(
        select(access_grants).where(held).order_by(access_grants.c.granted_at, access_grants.c.key)
    )
    return [Lasting(row.key, row.person_id, _id(row.group_number), row.until) for row in rows]


def _memberships(connection: Connection, person: str) -> Sequence[Membership]:
    rows = connection.execute(
        select(people_groups, people_memberships.c.granted)
        .join(people_memberships, people_memberships.c.group_number == people_groups.c.number)
        .where(people_memberships.c.person_id == person)
    ).all()
    # sorted here, because each database, and each locale, has an order of its own
    return [
        Membership(_resource(connection, row), _until(connection, person, row.number) if row.granted else None)
        for row in sorted(rows, key=lambda row: str(row.name))[:MAX_LISTED]
    ]


def _until(connection: Connection, person: str, number: int) -> datetime | None:
    ends = connection.execute(select(access_grants.c.until).where(_holding(person, number))).scalars().all()
    return None if None in ends else max(ends, default=None)


def _holding(person: str, number: int) -> ColumnElement[bool]:
    return _here(access_grants, person, number) & access_grants.c.added & access_grants.c.ended_at.is_(None)


def _here(table: Any, person: str, number: int) -> ColumnElement[bool]:
    found: ColumnElement[bool] = (table.c.person_id == person) & (table.c.group_number == number)
    return found


def _same(done: Row[Any], asked: dict[str, Any]) -> None:
    if (done.person_id, done.group_number) != (asked["person_id"], asked["group_number"]):
        raise ValueError("one key for two different changes")


def _existing(connection: Connection, person: str, number: int) -> None:
    if connection.execute(select(people.c.id).where(people.c.id == person)).first() is None:
        raise NotPossible(f"{person} is not in the directory any more.")
    if connection.execute(select(people_groups.c.number).where(people_groups.c.number == number)).first() is None:
        raise NotPossible(f"The group {_id(number)} does not exist any more.")


def _id(number: int) -> str:
    return f"G-{number:03d}"


def _number(group_id: str) -> int:
    """The row's number; for what is no group's id, as this module writes it, a number that no row has."""
    number = int(group_id[2:]) if _ID.fullmatch(group_id) else 0
    return number if group_id == _id(number) else 0
