"""The demo's people: seeded once, into a new database as into one of the first version, and never undone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, delete, insert, select, text, update

from bot.store import schema
from tests.tools.groups import do, person, resolved
from tests.tools.rig import SqliteFile
from tools.backends.seed import GROUPS, PEOPLE, seed
from tools.backends.sql_devices import SqlDevices
from tools.backends.tables import accounts, devices, metadata, people_groups, people_memberships, people_nesting

#: what the first version's seed left, and an administrator's change since: Sam is in engineering, finance is gone
FIRST_VERSION = (
    "INSERT INTO people_groups VALUES ('staff', 0), ('engineering', 0), ('sales', 0), ('people-team', 0)",
    "INSERT INTO people_groups VALUES ('it-admins', 1), ('admin-db', 1)",
    "INSERT INTO people_memberships VALUES ('U-456', 'staff'), ('U-456', 'engineering'), ('U-301', 'admin-db')",
)


def everything(connection: Connection) -> dict[str, list[Any]]:
    """Every row of every table."""
    return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in metadata.sorted_tables}


def first_version(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    for each in PEOPLE:
        values = {"id": each.id, "name": each.name, "email": each.email, "manager": each.manager}
        connection.execute(
            text("INSERT INTO people (id, name, email, manager_id) VALUES (:id, :name, :email, :manager)"), values
        )
        connection.execute(insert(accounts).values(person_id=each.id, locked=False))
    for statement in FIRST_VERSION:
        connection.execute(text(statement))


@pytest.fixture
async def migrated(tmp_path: Path) -> AsyncIterator[SqliteFile]:
    database = SqliteFile(tmp_path / "first.db")
    await database.run(first_version)
    await database.run(schema.upgrade)
    yield database
    database.close()


async def test_a_migrated_group_keeps_its_members_and_gets_an_id_by_its_name(migrated: SqliteFile) -> None:
    rows = await migrated.run(lambda c: c.execute(select(people_groups).order_by(people_groups.c.number)).all())
    assert [(row.number, row.name, row.privileged) for row in rows] == [
        (1, "admin-db", True),
        (2, "engineering", False),
        (3, "it-admins", True),
        (4, "people-team", False),
        (5, "sales", False),
        (6, "staff", False),
    ]
    assert (await person(migrated, "U-456")).groups == ("engineering", "staff")
    assert (await person(migrated, "U-301")).privileged
    kept = await migrated.run(lambda c: c.execute(select(people_memberships.c.granted)).scalars().all())
    assert kept == [False, False, False]
    assert await migrated.run(lambda c: c.execute(text("PRAGMA foreign_key_check")).all()) == []


async def test_seeding_fills_a_database_of_the_first_version_and_undoes_nothing(migrated: SqliteFile) -> None:
    await seed(migrated)
    assert (await person(migrated, "U-456")).groups == ("engineering", "staff")
    assert (await resolved(migrated, "engineering")).owner == "U-101"
    assert (await resolved(migrated, "db-oncall")).privileged
    assert [each.model for each in await SqlDevices(migrated).find("U-123")] == ["MacBook Pro M3"]
    before = await migrated.run(everything)
    await seed(migrated)
    assert await migrated.run(everything) == before


async def test_every_person_has_a_laptop_and_a_manager_who_exists_but_one(database: SqliteFile) -> None:
    for each in PEOPLE:
        assert [found.model for found in await SqlDevices(database).find(each.id)] == [each.device]
    known = {each.id for each in PEOPLE}
    assert [each.id for each in PEOPLE if each.manager not in known] == ["U-100"]
    assert {name for each in PEOPLE for name in each.groups} <= GROUPS.keys()


@pytest.mark.parametrize(
    ("named", "owner"),
    [("engineering", "U-101"), ("finance-reports", "U-103"), ("admin-db", "U-301"), ("vpn-users", None)],
)
async def test_groups_have_their_owners(database: SqliteFile, named: str, owner: str | None) -> None:
    assert (await resolved(database, named)).owner == owner


async def test_seeding_again_undoes_nothing(database: SqliteFile) -> None:
    """Given an unlocked account, a group taken away, one renamed, another owner and no nesting, then all stay so."""
    await do(
        database,
        update(accounts).values(locked=False),
        delete(people_memberships).where(people_memberships.c.person_id == "U-301"),
        update(people_groups).where(people_groups.c.name == "vpn-users").values(name="remote"),
        update(people_groups).where(people_groups.c.name == "engineering").values(owner_id=None),
        delete(people_nesting),
        delete(devices).where(devices.c.person_id == "U-123"),
    )
    before = await database.run(everything)
    await seed(database)
    assert await database.run(everything) == before
