"""Memberships in the embedded directory's groups and the grants that hold them, in SQL."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, exists, insert, select

from tools.backends import grants
from tools.backends.access import MAX_LISTED, NO_GROUP, NO_PERSON, THERE_AGAIN, Granted, Lasting, Membership
from tools.backends.database import Database, ask, only_writer
from tools.backends.failures import ACCESS
from tools.backends.nesting import enclosing, privileged
from tools.backends.tables import access_grants, people, people_groups, people_memberships
from tools.spec import NotPossible, Resource, ToolFailed

#: nine digits fit into any database's integer
_ID = re.compile(r"G-[0-9]{3,9}")
_ENCLOSING = enclosing(select(people_groups.c.number).where(people_groups.c.number == bindparam("number")))


class SqlAccess:
    """Access over the tables of people's groups and of grants."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def resolve(self, named: str) -> Resource | None:
        """See Access."""
        return await ask(self._database, ACCESS, lambda connection: _resolve(connection, named))

    async def grant(self, person: str, group_id: str, key: str, until: datetime | None, now: datetime) -> Granted:
        """See Access."""
        grant = {"key": key, "person_id": person, "group_id": group_id, "until": until, "granted_at": now}
        return await ask(self._database, ACCESS, lambda connection: _grant(connection, grant))

    async def end(self, grant_key: str, now: datetime) -> bool:
        """See Access."""
        return await ask(self._database, ACCESS, lambda connection: _end(connection, grant_key, now))

    async def revoke(self, person: str, group_id: str, key: str, now: datetime) -> bool:
        """See Access."""
        revocation = {"key": key, "person_id": person, "group_id": group_id, "at": now}
        return await ask(self._database, ACCESS, lambda connection: _revoke(connection, revocation))

    async def lasting(self) -> Sequence[Lasting]:
        """See Access."""
        return await ask(self._database, ACCESS, grants.lasting)

    async def of(self, person: str) -> Sequence[Membership]:
        """See Access."""
        return await ask(self._database, ACCESS, lambda connection: _memberships(connection, person))


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
    person, group_id = grant["person_id"], grant["group_id"]
    done = grants.grant_of(connection, grant["key"], person, group_id)
    if done is not None:
        return Granted(done.added, done.until)
    number = _number(group_id)
    _existing(connection, person, number, group_id)
    granted = connection.scalar(select(people_memberships.c.granted).where(_here(person, number)))
    if granted is None:
        membership = {"person_id": person, "group_number": number, "granted": True}
        connection.execute(insert(people_memberships).values(membership))
    outcome = Granted(False, None) if granted is False else Granted(True, grant["until"])
    grants.record_grant(connection, outcome, **grant)
    return outcome


def _end(connection: Connection, key: str, now: datetime) -> bool:
    only_writer(connection, access_grants)
    grant = grants.grant_of(connection, key)
    if grant is None:
        return False
    grants.end_grant(connection, key, now)
    others = grants.holding(grant.person_id, grant.group_id) & grants.lasts(now)
    unheld = people_memberships.c.granted & ~exists().where(others)
    return _remove(connection, _here(grant.person_id, _number(grant.group_id)) & unheld)


def _revoke(connection: Connection, revocation: dict[str, Any]) -> bool:
    only_writer(connection, access_grants)
    person, group_id = revocation["person_id"], revocation["group_id"]
    done = grants.revocation_of(connection, revocation["key"], person, group_id)
    if done is not None:
        return bool(done.was_member)
    was_member = _remove(connection, _here(person, _number(group_id)))
    grants.record_revocation(connection, **revocation, was_member=was_member)
    return was_member


def _remove(connection: Connection, membership: ColumnElement[bool]) -> bool:
    """Whether there was such a membership. Raises ToolFailed where it is there still, and nothing is kept then."""
    removed = connection.execute(delete(people_memberships).where(membership)).rowcount
    if connection.execute(select(people_memberships).where(membership)).first() is not None:
        raise ToolFailed(THERE_AGAIN)
    return bool(removed)


def _memberships(connection: Connection, person: str) -> Sequence[Membership]:
    rows = connection.execute(
        select(people_groups, people_memberships.c.granted)
        .join(people_memberships, people_memberships.c.group_number == people_groups.c.number)
        .where(people_memberships.c.person_id == person)
    ).all()
    # sorted here, because each database, and each locale, has an order of its own
    return [
        Membership(
            _resource(connection, row), grants.until(connection, person, _id(row.number)) if row.granted else None
        )
        for row in sorted(rows, key=lambda row: str(row.name))[:MAX_LISTED]
    ]


def _here(person: str, number: int) -> ColumnElement[bool]:
    return (people_memberships.c.person_id == person) & (people_memberships.c.group_number == number)


def _existing(connection: Connection, person: str, number: int, group_id: str) -> None:
    if connection.execute(select(people.c.id).where(people.c.id == person)).first() is None:
        raise NotPossible(NO_PERSON.format(person))
    if connection.execute(select(people_groups.c.number).where(people_groups.c.number == number)).first() is None:
        raise NotPossible(NO_GROUP.format(group_id))


def _id(number: int) -> str:
    return f"G-{number:03d}"


def _number(group_id: str) -> int:
    """The row's number; for what is no group's id, as this module writes it, a number that no row has."""
    number = int(group_id[2:]) if _ID.fullmatch(group_id) else 0
    return number if group_id == _id(number) else 0
