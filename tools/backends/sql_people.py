"""Bringing people into the embedded directory, all of a file in one transaction.

Promise: who is in the file is as the file says; access that was granted for a time is left to its clock.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import BindParameter, Connection, Executable, bindparam, delete, insert, select, update

from tools.backends.database import Database, ask, only_writer
from tools.backends.failures import DIRECTORY
from tools.backends.people_file import BadPeopleError, Imported
from tools.backends.tables import accounts, people, people_groups, people_memberships

#: ids that are named where something is wrong
MAX_NAMED = 20

_members = people_memberships.c
_ID: BindParameter[str] = bindparam("of_id")
_GROUP: BindParameter[int] = bindparam("of_group")
_OF = people.c.id == _ID
_ASIDE = update(people).where(_OF).values(email=bindparam("aside"))
_CHANGE = update(people).where(_OF)
_UNMANAGED = update(people).where(people.c.manager_id == _ID).values(manager_id=None)
_UNOWNED = update(people_groups).where(people_groups.c.owner_id == _ID).values(owner_id=None)
_PERMANENT = delete(people_memberships).where(_members.person_id == _ID, ~_members.granted)
_ALL = delete(people_memberships).where(_members.person_id == _ID)
_LASTING = update(people_memberships).where(_members.person_id == _ID, _members.group_number == _GROUP)
_GONE = delete(people).where(_OF)


@dataclass(frozen=True, slots=True)
class Counts:
    """What an import did, in people; `missing` are in the directory and not in the file."""

    added: int
    known: int
    missing: int


class _Tried(Exception):
    """All of it would work; nothing of it is kept."""


async def import_people(
    database: Database, found: Sequence[Imported], *, remove_missing: bool = False, dry_run: bool = False
) -> Counts:
    """What it did. `remove_missing`: who is not in the file is nobody any more. `dry_run`: nothing is kept.

    Raises BadPeopleError where a manager or an address is somebody else's, and ToolFailed where the directory is down.
    """
    counts: list[Counts] = []

    def work(connection: Connection) -> None:
        counts[:] = [_import(connection, found, remove=remove_missing)]
        if dry_run:
            raise _Tried

    with suppress(_Tried):
        await ask(database, DIRECTORY, work)
    return counts[0]


def _import(connection: Connection, found: Sequence[Imported], *, remove: bool) -> Counts:
    only_writer(connection, people)
    before = {row.id: row.email for row in connection.execute(select(people.c.id, people.c.email))}
    missing = sorted(before.keys() - {each.id for each in found})
    if remove:
        _remove(connection, missing)
    _check(found, {} if remove else {before[each]: each for each in missing})
    known = [each for each in found if each.id in before]
    new = [each for each in found if each.id not in before]
    # two may have changed addresses with each other
    _all(connection, _ASIDE, [{"of_id": each.id, "aside": f"{each.id.lower()}@aside.invalid"} for each in known])
    _all(connection, insert(people), [{"id": each.id, **_said(each)} for each in new])
    for each in known:
        connection.execute(_CHANGE, {"of_id": each.id, **_said(each)})
    managed = [each for each in found if each.manager is not None]
    _all(connection, _CHANGE, [{"of_id": each.id, "manager_id": each.manager or None} for each in managed])
    _join(connection, [each for each in found if each.groups is not None])
    _all(connection, insert(accounts), [{"person_id": each, "locked": False} for each in _without_account(connection)])
    return Counts(len(new), len(known), len(missing))


def _check(found: Sequence[Imported], others: Mapping[str, str]) -> None:
    """`others` are those who are not in the file and stay, by their addresses."""
    there = {each.id for each in found} | {*others.values()}
    wrong = [
        f"{each.id}: nobody has the id of the manager" for each in found if each.manager and each.manager not in there
    ]
    wrong += [f"{each.id}: {others[each.email]} has that address" for each in found if each.email in others]
    if wrong:
        raise BadPeopleError("\n".join(wrong[:MAX_NAMED]))


def _said(person: Imported) -> dict[str, str | None]:
    """What the file says of them; an empty field is none, a column that is not there leaves what is known."""
    optional = {name: getattr(person, name) for name in ("department", "location", "device")}
    said = {name: value or None for name, value in optional.items() if value is not None}
    return {"name": person.name, "email": person.email, **said}


def _join(connection: Connection, found: Sequence[Imported]) -> None:
    """Their permanent memberships are those of the file; groups that nobody knows are made."""
    wanted = {each.id: each.groups or () for each in found}
    number = _numbers(connection)
    fresh = dict.fromkeys(name for groups in wanted.values() for name in groups if name not in number)
    _all(connection, insert(people_groups), [{"name": name, "privileged": False} for name in fresh])
    number = _numbers(connection)
    _all(connection, _PERMANENT, [{"of_id": each} for each in wanted])
    granted = {(row.person_id, row.group_number) for row in connection.execute(select(people_memberships))}
    rows = [(each, number[name]) for each, groups in wanted.items() for name in groups]
    _all(connection, insert(people_memberships), [_membership(*row) for row in rows if row not in granted])
    lasting = [{"of_id": each, "of_group": group} for each, group in rows if (each, group) in granted]
    _all(connection, _LASTING.values(granted=False), lasting)


def _membership(person: str, group: int) -> dict[str, object]:
    return {"person_id": person, "group_number": group, "granted": False}


def _remove(connection: Connection, ids: Sequence[str]) -> None:
    rows = [{"of_id": each} for each in ids]
    for statement in (_ALL, _UNMANAGED, _UNOWNED, _GONE):
        _all(connection, statement, rows)


def _without_account(connection: Connection) -> list[str]:
    has = select(accounts.c.person_id)
    return list(connection.scalars(select(people.c.id).where(people.c.id.not_in(has))))


def _numbers(connection: Connection) -> dict[str, int]:
    return {row.name: row.number for row in connection.execute(select(people_groups.c.name, people_groups.c.number))}


def _all(connection: Connection, statement: Executable, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        connection.execute(statement, rows)
