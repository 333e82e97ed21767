"""Groups as an administrator sets them up in the directory itself, and what is read back of them."""

from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from tests.tools.rig import OwnDatabase
from tools.backends.directory import PersonRecord
from tools.backends.sql_access import SqlAccess
from tools.backends.sql_directory import SqlDirectory
from tools.backends.tables import people_groups, people_memberships, people_nesting
from tools.spec import Resource


async def do(database: OwnDatabase, *statements: Any) -> None:
    """Nothing; afterwards these are executed."""

    def work(connection: Connection) -> None:
        for each in statements:
            connection.execute(each)

    await database.run(work)


async def add_groups(database: OwnDatabase, *names: str, privileged: bool = False) -> None:
    """Nothing; afterwards there are such groups."""
    await do(database, *(insert(people_groups).values(name=name, privileged=privileged) for name in names))


async def nest(database: OwnDatabase, *names: str) -> None:
    """Nothing; afterwards each of these groups is nested in the next."""

    def work(connection: Connection) -> None:
        number = {row.name: row.number for row in connection.execute(select(people_groups))}
        for child, parent in pairwise(names):
            connection.execute(insert(people_nesting).values(child_number=number[child], parent_number=number[parent]))

    await database.run(work)


async def join(database: OwnDatabase, person: str, group: str) -> None:
    """Nothing; afterwards the person is a permanent member."""
    number = select(people_groups.c.number).where(people_groups.c.name == group).scalar_subquery()
    await do(database, insert(people_memberships).values(person_id=person, group_number=number))


async def leave(database: OwnDatabase, person: str, group: str) -> None:
    """Nothing; afterwards the person is no direct member, and no grant knows of it."""
    number = select(people_groups.c.number).where(people_groups.c.name == group).scalar_subquery()
    membership = (people_memberships.c.person_id == person) & (people_memberships.c.group_number == number)
    await do(database, delete(people_memberships).where(membership))


async def resolved(database: OwnDatabase, named: str) -> Resource:
    """The group of this name or id, which there is."""
    found = await SqlAccess(database).resolve(named)
    assert found is not None
    return found


async def person(database: OwnDatabase, key: str) -> PersonRecord:
    """The person of this id, whom there is."""
    found = await SqlDirectory(database).find(key)
    assert found is not None
    return found
