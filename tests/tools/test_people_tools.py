"""The directory, and who is shown what of it."""

import sqlite3

import pytest
from sqlalchemy import delete, insert, update

from tests.tools.rig import Desk, SqliteFile
from tools.backends.directory import PersonRecord
from tools.backends.seed import GROUPS, PEOPLE, seed
from tools.backends.sql_directory import SqlDirectory
from tools.backends.tables import accounts, people_groups, people_memberships
from tools.directory import lookup_user
from tools.spec import BadArguments, ToolFailed


async def test_a_person_is_found_by_id_and_by_address(database: SqliteFile) -> None:
    alex = PersonRecord(
        id="U-123",
        name="Alex Chen",
        email="alex.chen@example.com",
        device="MacBook Pro M3",
        location="London",
        department="Engineering",
        manager="U-101",
        groups=("engineering", "staff"),
        privileged=False,
    )
    directory = SqlDirectory(database)
    assert await directory.find("U-123") == alex
    assert await directory.find_by_email(" Alex.CHEN@example.com ") == alex


@pytest.mark.parametrize("unknown", ["U-999", "u-123", "", "U-123' OR '1'='1", "%", "\0"])
async def test_who_is_unknown_is_nobody(database: SqliteFile, unknown: str) -> None:
    directory = SqlDirectory(database)
    assert await directory.find(unknown) is None
    assert await directory.find_by_email(unknown) is None


async def test_members_of_privileged_groups_are_privileged(database: SqliteFile) -> None:
    directory = SqlDirectory(database)
    records = [await directory.find(each.id) for each in PEOPLE]
    assert {each.name for each in records if each and each.privileged} == {"Dana Kim", "Omar Haddad", "Ravi Menon"}


async def test_an_admin_group_is_privileged_however_it_is_written(database: SqliteFile) -> None:
    await database.run(lambda c: c.execute(insert(people_groups).values(name="ADMIN-Mail", privileged=False)).close())
    membership = {"person_id": "U-123", "group_name": "ADMIN-Mail"}
    await database.run(lambda c: c.execute(insert(people_memberships).values(membership)).close())
    alex = await SqlDirectory(database).find("U-123")
    assert alex is not None
    assert alex.privileged


async def test_everybody_has_a_manager_who_exists_but_one(database: SqliteFile) -> None:
    directory = SqlDirectory(database)
    without = [each.id for each in PEOPLE if each.manager is None or await directory.find(each.manager) is None]
    assert without == ["U-100"]
    assert {name for each in PEOPLE for name in each.groups} <= GROUPS.keys()


async def test_seeding_again_undoes_nothing(database: SqliteFile) -> None:
    """Given an account that was unlocked and a group that was taken away, then both stay so."""
    left = people_memberships.c.group_name == "admin-db"
    await database.run(lambda c: c.execute(update(accounts).values(locked=False)).close())
    await database.run(lambda c: c.execute(delete(people_memberships).where(left)).close())
    await seed(database)
    ravi = await SqlDirectory(database).find("U-301")
    assert ravi is not None
    assert ravi.groups == ("engineering", "staff")
    assert not await database.run(lambda c: c.execute(accounts.select().where(accounts.c.locked)).all())


async def test_about_oneself_in_a_direct_message_everything_is_shown(desk: Desk) -> None:
    assert await desk.use(lookup_user, {"user_id": "U-123"}) == {
        "id": "U-123",
        "name": "Alex Chen",
        "department": "Engineering",
        "location": "London",
        "device": "MacBook Pro M3",
        "email": "alex.chen@example.com",
        "manager": "Maria Lopez",
        "groups": ["engineering", "staff"],
    }


@pytest.mark.parametrize(
    ("requester", "private"), [("U-456", True), ("U-123", False), ("U-456", False), (None, True), (None, False)]
)
async def test_to_others_and_in_channels_only_public_fields(desk: Desk, requester: str | None, private: bool) -> None:
    shown = await desk.use(lookup_user, {"user_id": "U-123"}, requester=requester, private=private)
    assert set(shown) == {"id", "name", "department", "location", "device"}


async def test_an_unknown_id_gets_a_plain_sentence(desk: Desk) -> None:
    assert await desk.use(lookup_user, {"user_id": "U-999"}) == (
        "Nobody in the directory has the id U-999. Ask the person to check it."
    )


@pytest.mark.parametrize("user_id", ["U-12", "123", "u-123", "U-123 ", "U-123\n", "U-١٢٣", "U-1;DROP TABLE people"])
async def test_what_is_no_id_is_refused(desk: Desk, user_id: str) -> None:
    with pytest.raises(BadArguments, match="user_id"):
        await desk.use(lookup_user, {"user_id": user_id})


async def test_a_database_that_does_not_answer_is_told_in_words(desk: Desk, database: SqliteFile) -> None:
    """Given another process that holds the database, then people get a sentence and no driver's text."""
    other = sqlite3.connect(database.path)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ToolFailed, match=r"^The directory did not answer. Please try again in a minute.$"):
        await desk.use(lookup_user, {"user_id": "U-123"})
    other.close()
    assert (await desk.use(lookup_user, {"user_id": "U-123"}))["name"] == "Alex Chen"
