"""Access on a SCIM server where answers are lost, changes do not show, and several change the same."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.tools.office import ScimOffice, scim_office
from tests.tools.rig import NOW, Desk, OwnDatabase
from tests.tools.scim import Fault
from tools.backends.access import THERE_AGAIN, Granted
from tools.backends.failures import DIRECTORY, DOWN, REFUSED
from tools.spec import NotPossible, ToolFailed

SAM, VPN = "U-456", "G-009"
LATER = NOW + timedelta(hours=8)
GIVEN = Granted(True, LATER)

LOST = Fault(status="502 Bad Gateway")
PRETENDED = Fault(made=False, status="204 No Content")
FORBIDDEN = Fault(made=False, status="403 Forbidden")


@pytest.fixture
async def office(database: OwnDatabase, desk: Desk) -> AsyncIterator[ScimOffice]:
    async with scim_office(database, desk) as made:
        yield made


async def grant(office: ScimOffice, key: str = "k1") -> Granted:
    return await office.access.grant(SAM, VPN, key, LATER, NOW)


def is_member(office: ScimOffice) -> bool:
    return SAM in office.world.members("vpn-users")


def changes(office: ScimOffice) -> int:
    return sum(each.startswith("PATCH") for each in office.world.asked)


async def test_a_group_that_somebody_changes_meanwhile_is_read_again(office: ScimOffice) -> None:
    """Given that, then the server refuses our first change, by its version, and nobody's change is lost."""
    office.world.faults = [Fault(before=lambda: office.world.join("U-303", "vpn-users"))]
    assert await grant(office) == GIVEN
    assert changes(office) == 2
    assert {SAM, "U-303"} <= office.world.members("vpn-users")


async def test_a_change_whose_answer_is_lost_is_read_back(office: ScimOffice) -> None:
    office.world.faults = [LOST]
    assert await grant(office) == GIVEN
    assert changes(office) == 1
    office.world.faults = [LOST]
    assert await office.access.end("k1", LATER)
    assert not is_member(office)


async def test_of_a_membership_that_does_not_show_nobody_knows(office: ScimOffice) -> None:
    """Given that, then it is no failure, the same call makes it once it works, and it ends."""
    office.world.faults = [PRETENDED] * 8
    with pytest.raises(TimeoutError):
        await grant(office)
    office.world.faults = []
    assert await grant(office) == GIVEN
    assert is_member(office)
    assert await office.access.end("k1", LATER)
    assert not is_member(office)


async def test_who_was_made_a_member_before_the_server_went_away_is_no_permanent_member(office: ScimOffice) -> None:
    def goes() -> None:
        office.world.join(SAM, "vpn-users")
        office.world.down = True

    office.world.faults = [Fault(before=goes, made=False, status="502 Bad Gateway")]
    with pytest.raises(TimeoutError):
        await grant(office)
    office.world.down = False
    assert await grant(office) == GIVEN
    assert await office.access.end("k1", LATER)
    assert not is_member(office)


async def test_a_bot_that_dies_over_a_change_finds_it_again(office: ScimOffice) -> None:
    """Given that it stopped as its change was made, then whoever takes over knows the membership for its own."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(grant(office))
    office.world.faults = [Fault(before=lambda: loop.call_soon_threadsafe(task.cancel))]
    with pytest.raises(asyncio.CancelledError):
        await task
    office.world.join(SAM, "vpn-users")
    assert await grant(office) == GIVEN
    assert await grant(office, "k2") == GIVEN
    for key in ("k1", "k2"):
        await office.access.end(key, LATER)
    assert not is_member(office)


async def test_what_was_never_sent_leaves_nothing_behind(office: ScimOffice) -> None:
    office.world.down = True
    with pytest.raises(ToolFailed, match=DIRECTORY.says(DOWN)):
        await grant(office)
    office.world.down, office.world.faults = False, [FORBIDDEN]
    with pytest.raises(ToolFailed, match=DIRECTORY.says(REFUSED)):
        await grant(office)
    assert await office.access.lasting() == []
    await office.join(SAM, "vpn-users")
    assert await grant(office) == Granted(False, None)


async def test_a_membership_that_comes_back_is_a_failure_until_it_is_gone(office: ScimOffice) -> None:
    await grant(office)
    for _ in range(2):
        office.world.faults = [PRETENDED] * 4
        with pytest.raises(ToolFailed, match=THERE_AGAIN):
            await office.access.revoke(SAM, VPN, "k2", NOW)
    office.world.faults = []
    assert await office.access.revoke(SAM, VPN, "k2", NOW)
    assert not is_member(office)


async def test_an_end_does_not_take_what_is_granted_at_the_same_moment(office: ScimOffice) -> None:
    """Given a grant between the end's look and its change, then the membership is put back."""
    await grant(office)
    loop = asyncio.get_running_loop()

    def granted_now() -> None:
        again = office.access.grant(SAM, VPN, "k2", LATER + timedelta(hours=1), LATER)
        asyncio.run_coroutine_threadsafe(again, loop).result(10)

    office.world.faults = [Fault(before=granted_now)]
    assert not await office.access.end("k1", LATER)
    assert is_member(office)
    assert await office.access.end("k2", LATER + timedelta(hours=1))
    assert not is_member(office)


async def test_what_was_taken_back_before_it_was_given_is_not_given(office: ScimOffice) -> None:
    office.world.faults = [PRETENDED] * 8
    with pytest.raises(TimeoutError):
        await grant(office)
    office.world.faults = []
    await office.access.revoke(SAM, VPN, "k2", NOW)
    with pytest.raises(NotPossible):
        await grant(office)
    assert not is_member(office)


async def test_a_group_that_is_gone_ends_what_was_granted(office: ScimOffice) -> None:
    await grant(office)
    office.world.remove("vpn-users")
    assert not await office.access.end("k1", LATER)
    assert await office.access.lasting() == []
    assert not await office.access.revoke(SAM, VPN, "k2", LATER)


async def test_two_groups_of_one_name_are_none(office: ScimOffice) -> None:
    office.world.add_group("vpn-users")
    assert await office.access.resolve("vpn-users") is None
    assert await office.access.resolve(VPN) is not None
