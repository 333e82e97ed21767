"""Groups: an id that stays, nesting that is followed to its end, and who is privileged by it."""

from collections.abc import Sequence

import pytest
from sqlalchemy import delete, update

from tests.tools.groups import add_groups, do, join, nest, person, resolved
from tests.tools.rig import NOW, OwnDatabase
from tools.backends.nesting import MAX_NESTING
from tools.backends.sql_access import SqlAccess
from tools.backends.tables import people_groups, people_memberships
from tools.spec import NotPossible, Resource


async def test_a_group_is_found_by_exact_name_and_by_id(database: OwnDatabase) -> None:
    engineering = Resource(kind="group", id="G-002", name="engineering", owner="U-101")
    assert await resolved(database, "engineering") == engineering
    assert await resolved(database, "G-002") == engineering


@pytest.mark.parametrize(
    "unknown", ["Engineering", "engineering ", "eng%", "", "G-999", "G-0002", "G-2", "g-002", "G-000", "G-" + "9" * 16]
)
async def test_what_is_almost_a_name_or_an_id_is_no_group(database: OwnDatabase, unknown: str) -> None:
    assert await SqlAccess(database).resolve(unknown) is None


async def test_a_group_named_like_anothers_id_does_not_take_its_place(database: OwnDatabase) -> None:
    await add_groups(database, "G-002")
    assert (await resolved(database, "G-002")).name == "engineering"


@pytest.mark.parametrize(
    ("named", "privileged"),
    [("staff", False), ("vpn-users", False), ("it-admins", True), ("admin-db", True), ("db-oncall", True)],
)
async def test_a_group_is_privileged_by_itself_or_by_nesting(
    database: OwnDatabase, named: str, privileged: bool
) -> None:
    assert (await resolved(database, named)).privileged is privileged


@pytest.mark.parametrize("name", ["ADMIN-Mail", "admin-mail", "Admin-"])
async def test_an_admin_group_is_privileged_however_it_is_written(database: OwnDatabase, name: str) -> None:
    await add_groups(database, name)
    await join(database, "U-123", name)
    assert (await resolved(database, name)).privileged
    assert (await person(database, "U-123")).privileged


async def test_members_of_a_nested_group_are_members_all_the_way_up(database: OwnDatabase) -> None:
    await add_groups(database, "a", "b")
    await nest(database, "a", "b", "db-oncall")
    await join(database, "U-123", "a")
    alex = await person(database, "U-123")
    assert alex.groups == ("a", "admin-db", "b", "db-oncall", "engineering", "staff")
    assert alex.privileged
    assert not (await person(database, "U-456")).privileged


async def test_nesting_does_not_reach_down(database: OwnDatabase) -> None:
    assert "db-oncall" not in (await person(database, "U-301")).groups


@pytest.mark.parametrize("circle", [("a", "a"), ("a", "b", "a"), ("a", "b", "c", "a")])
async def test_groups_in_a_circle_are_each_counted_once(database: OwnDatabase, circle: Sequence[str]) -> None:
    await add_groups(database, "a", "b", "c")
    await nest(database, *circle)
    await join(database, "U-123", "a")
    alex = await person(database, "U-123")
    assert alex.groups == tuple(sorted({*circle, "engineering", "staff"}))
    assert not alex.privileged
    assert not (await resolved(database, "a")).privileged


@pytest.mark.parametrize(("levels", "privileged"), [(MAX_NESTING - 1, False), (MAX_NESTING, True)])
async def test_what_is_nested_too_deep_to_follow_counts_as_privileged(
    database: OwnDatabase, levels: int, privileged: bool
) -> None:
    chain = [f"n{level}" for level in range(levels + 1)]
    await add_groups(database, *chain)
    await nest(database, *chain)
    await join(database, "U-123", "n0")
    assert (await person(database, "U-123")).privileged is privileged
    assert (await resolved(database, "n0")).privileged is privileged


async def test_a_renamed_group_keeps_its_id_and_its_members(database: OwnDatabase) -> None:
    await do(database, update(people_groups).where(people_groups.c.name == "engineering").values(name="admin-eng"))
    assert await SqlAccess(database).resolve("engineering") is None
    assert (await resolved(database, "admin-eng")).id == "G-002"
    assert (await resolved(database, "G-002")).privileged
    assert (await person(database, "U-123")).groups == ("admin-eng", "staff")


async def test_a_group_made_again_under_its_name_is_another_group(database: OwnDatabase) -> None:
    """Given a grant and that its group, the newest, is removed and made again: the grant does not reach the new one."""
    access = SqlAccess(database)
    await add_groups(database, "project-x")
    before = await resolved(database, "project-x")
    await access.grant("U-456", before.id, "k1", None, NOW)
    await do(
        database,
        delete(people_memberships).where(people_memberships.c.person_id == "U-456"),
        delete(people_groups).where(people_groups.c.name == "project-x"),
    )
    await add_groups(database, "project-x")
    after = await resolved(database, "project-x")
    assert after.id != before.id
    await access.grant("U-456", after.id, "k2", None, NOW)
    assert not await access.end("k1", NOW)
    assert "project-x" in (await person(database, "U-456")).groups
    with pytest.raises(NotPossible, match=f"The group {before.id} does not exist any more"):
        await access.grant("U-456", before.id, "k3", None, NOW)
