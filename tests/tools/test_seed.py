"""The demo's people: seeded once, and never undone."""

import pytest
from sqlalchemy import delete, update

from tests.tools.groups import do, resolved
from tests.tools.rig import OwnDatabase, everything
from tools.backends.seed import GROUPS, PEOPLE, seed
from tools.backends.sql_devices import SqlDevices
from tools.backends.tables import accounts, devices, people_groups, people_memberships, people_nesting


async def test_every_person_has_a_laptop_and_a_manager_who_exists_but_one(database: OwnDatabase) -> None:
    for each in PEOPLE:
        assert [found.model for found in await SqlDevices(database).find(each.id)] == [each.device]
    known = {each.id for each in PEOPLE}
    assert [each.id for each in PEOPLE if each.manager not in known] == ["U-100"]
    assert {name for each in PEOPLE for name in each.groups} <= GROUPS.keys()


@pytest.mark.parametrize(
    ("named", "owner"),
    [("engineering", "U-101"), ("finance-reports", "U-103"), ("admin-db", "U-301"), ("vpn-users", None)],
)
async def test_groups_have_their_owners(database: OwnDatabase, named: str, owner: str | None) -> None:
    assert (await resolved(database, named)).owner == owner


async def test_seeding_again_undoes_nothing(database: OwnDatabase) -> None:
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
