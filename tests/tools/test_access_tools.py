"""Granting, revoking and listing access: for whom, for how long, and what is said of it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.tools.groups import add_groups, do, join, nest, person
from tests.tools.rig import NOW, Desk, OwnDatabase
from tools.access import MAX_HOURS, grant_access, list_my_access, revoke_access
from tools.backends.tables import access_grants, people_groups
from tools.spec import BadArguments, Tool, TryAgain, Untrusted

VPN = {"user_id": "U-456", "group": "vpn-users"}
GRANT = VPN | {"duration_hours": 8, "reason": "On call this weekend"}
LATER = NOW + timedelta(hours=8)


async def in_vpn(database: OwnDatabase) -> bool:
    return "vpn-users" in (await person(database, "U-456")).groups


async def test_a_group_may_be_named_by_its_id(desk: Desk) -> None:
    granted = await desk.use(grant_access, GRANT | {"group": "G-009"})
    assert granted["group_id"] == "G-009"


async def test_the_clock_ends_a_grant_whatever_the_group_is_called_now(desk: Desk, database: OwnDatabase) -> None:
    await desk.use(grant_access, GRANT)
    await do(database, update(people_groups).where(people_groups.c.name == "vpn-users").values(name="remote"))
    await desk.use(revoke_access, VPN, key="k2", ends="k1", now=LATER)
    assert "remote" not in (await person(database, "U-456")).groups


async def test_an_end_that_finds_nothing_to_end_says_nothing(desk: Desk, database: OwnDatabase) -> None:
    await join(database, "U-456", "vpn-users")
    said = await desk.use(revoke_access, VPN, ends="k0")
    assert said is None
    assert await in_vpn(database)


async def test_revoking_takes_grants_and_permanent_membership(desk: Desk, database: OwnDatabase) -> None:
    for how in ("granted", "permanent"):
        if how == "granted":
            await desk.use(grant_access, GRANT, key="k1")
        else:
            await join(database, "U-456", "vpn-users")
        said = await desk.use(revoke_access, VPN, key=how)
        assert said == "U-456 is no longer a member of the group G-009."
        assert not await in_vpn(database)
    said = await desk.use(revoke_access, VPN, key="k9")
    assert said == "U-456 was not a member of the group G-009."


async def test_who_stays_a_member_through_another_group_is_told_so(desk: Desk, database: OwnDatabase) -> None:
    await add_groups(database, "contractors")
    await nest(database, "contractors", "vpn-users")
    await join(database, "U-456", "contractors")
    await desk.use(grant_access, GRANT)
    through = "a member of the group G-009 through a group that is nested in it."
    assert await desk.use(revoke_access, VPN, key="k2") == f"U-456 was taken out, but still is {through}"
    assert await desk.use(revoke_access, VPN, key="k3") == f"U-456 was not taken out: they are {through}"


@pytest.mark.parametrize("tool", [grant_access, revoke_access], ids=lambda each: each.name)
async def test_who_and_what_is_unknown_is_the_models_mistake(desk: Desk, tool: Tool) -> None:
    arguments = GRANT if tool is grant_access else VPN
    with pytest.raises(TryAgain, match="U-999"):
        await desk.use(tool, {**arguments, "user_id": "U-999"})
    with pytest.raises(TryAgain, match="no group of that name or id"):
        await desk.use(tool, {**arguments, "group": "VPN-users"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration_hours": 0},
        {"duration_hours": MAX_HOURS + 1},
        {"duration_hours": 1.5},
        {"duration_hours": "8"},
        {"duration_hours": True},
        {"duration_hours": None},
        {"reason": " "},
        {"reason": "\u200b"},
        {"reason": "x" * 501},
        {"group": ""},
        {"group": "x" * 201},
        {"until": "2030-01-01"},
    ],
)
async def test_a_grant_says_for_how_long_and_why(desk: Desk, wrong: Mapping[str, Any]) -> None:
    with pytest.raises(BadArguments):
        await desk.use(grant_access, {**GRANT, **wrong})


async def test_the_longest_time_is_thirty_days(desk: Desk) -> None:
    granted = await desk.use(grant_access, GRANT | {"duration_hours": MAX_HOURS})
    assert granted["until"] == "2026-12-21T09:00:00+00:00"


async def test_one_sees_ones_own_groups_and_when_the_last_grant_ends(desk: Desk) -> None:
    for hours, key in ((2, "k1"), (8, "k2"), (4, "k3")):
        await desk.use(grant_access, {**GRANT, "user_id": "U-123", "duration_hours": hours}, key=key)
    assert await desk.use(list_my_access, {}) == {
        "groups": [
            {"group": "engineering", "group_id": "G-002", "until": None},
            {"group": "staff", "group_id": "G-001", "until": None},
            {"group": "vpn-users", "group_id": "G-009", "until": "2026-11-21T17:00:00+00:00"},
        ],
        "complete": True,
    }


async def test_in_a_channel_and_to_nobody_in_particular_no_access_is_shown(desk: Desk) -> None:
    assert "Please ask me there" in await desk.use(list_my_access, {}, private=False)
    assert "Please ask me there" in await desk.use(list_my_access, {}, private=False, requester=None)
    assert "Nobody in the directory" in await desk.use(list_my_access, {}, requester=None)


async def test_a_long_list_is_cut_and_says_so(desk: Desk, database: OwnDatabase) -> None:
    names = [f"g{number}" for number in range(250)]
    await add_groups(database, *names)
    for name in names:
        await join(database, "U-123", name)
    listed = await desk.use(list_my_access, {})
    assert (len(listed["groups"]), listed["complete"]) == (200, False)


async def test_no_text_that_people_wrote_is_in_a_result(desk: Desk, database: OwnDatabase) -> None:
    granted = await desk.result(grant_access, GRANT)
    assert not isinstance(granted, Untrusted)
    assert "On call" not in str(granted)
    rows = await database.run(lambda c: c.execute(select(access_grants)).all())
    assert "On call" not in str(rows)
