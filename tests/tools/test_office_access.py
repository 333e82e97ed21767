"""Access given and taken, wherever it is kept: on the embedded tables, by SCIM or by LDAP."""

from datetime import timedelta

import pytest

from tests.tools.office import Office, groups_of
from tests.tools.rig import NOW
from tools.access import grant_access, list_my_access, revoke_access
from tools.backends.access import Lasting
from tools.spec import NotPossible, TryAgain

VPN = {"user_id": "U-456", "group": "vpn-users"}
GRANT = VPN | {"duration_hours": 8, "reason": "On call this weekend"}
LATER = NOW + timedelta(hours=8)


async def in_vpn(office: Office) -> bool:
    return "vpn-users" in await groups_of(office, "U-456")


async def test_access_is_granted_until_a_time_and_ends_by_the_clock(office: Office) -> None:
    assert await office.desk.use(grant_access, GRANT) == {
        "user_id": "U-456",
        "group_id": "G-009",
        "added": True,
        "until": "2026-11-21T17:00:00+00:00",
    }
    assert await in_vpn(office)
    assert await office.access.lasting() == [Lasting("k1", "U-456", "G-009", LATER)]
    said = await office.desk.use(revoke_access, VPN, key="k2", ends="k1", now=LATER)
    assert said == "What was granted to U-456 has ended."
    assert not await in_vpn(office)
    assert await office.access.lasting() == []
    assert await office.desk.use(revoke_access, VPN, key="k2", ends="k1", now=LATER) is None


async def test_a_repeated_key_grants_for_no_longer(office: Office) -> None:
    first = await office.desk.use(grant_access, GRANT)
    assert await office.desk.use(grant_access, GRANT, now=LATER) == first
    await office.desk.use(revoke_access, VPN, key="k2")
    assert await office.desk.use(grant_access, GRANT, now=LATER) == first
    assert not await in_vpn(office)


async def test_a_permanent_member_stays_one_and_is_told_so(office: Office) -> None:
    await office.join("U-456", "vpn-users")
    granted = await office.desk.use(grant_access, GRANT)
    assert (granted["added"], granted["until"]) == (False, None)
    await office.desk.use(revoke_access, VPN, key="k2", ends="k1", now=LATER)
    assert await in_vpn(office)


async def test_the_clock_ends_one_grant_and_not_another(office: Office) -> None:
    await office.desk.use(grant_access, GRANT)
    await office.desk.use(grant_access, GRANT | {"duration_hours": 20}, key="k2")
    await office.desk.use(revoke_access, VPN, key="k3", ends="k1", now=LATER)
    assert await in_vpn(office)
    await office.desk.use(revoke_access, VPN, key="k4", ends="k2", now=NOW + timedelta(hours=20))
    assert not await in_vpn(office)


async def test_what_is_over_holds_no_later_grant(office: Office) -> None:
    """Given one grant that was revoked, and one that gave nothing since, then a third alone holds the membership."""
    await office.desk.use(grant_access, GRANT | {"duration_hours": 100})
    await office.desk.use(revoke_access, VPN, key="k2")
    await office.join("U-456", "vpn-users")
    await office.desk.use(grant_access, GRANT | {"duration_hours": 100}, key="k3")
    await office.leave("U-456", "vpn-users")
    await office.desk.use(grant_access, GRANT, key="k4")
    await office.desk.use(revoke_access, VPN, key="k5", ends="k4", now=LATER)
    assert not await in_vpn(office)


async def test_revoking_takes_grants_and_permanent_membership(office: Office) -> None:
    await office.desk.use(grant_access, GRANT)
    assert "is no longer" in await office.desk.use(revoke_access, VPN, key="k2")
    await office.join("U-456", "vpn-users")
    assert "is no longer" in await office.desk.use(revoke_access, VPN, key="k3")
    assert "was not a member" in await office.desk.use(revoke_access, VPN, key="k4")
    assert not await in_vpn(office)


async def test_a_repeated_revocation_does_not_take_what_was_granted_since(office: Office) -> None:
    await office.desk.use(revoke_access, VPN, key="k1")
    await office.desk.use(grant_access, GRANT, key="k2")
    await office.desk.use(revoke_access, VPN, key="k1")
    assert await in_vpn(office)


async def test_the_end_of_a_grant_is_no_matter_where_the_membership_is_gone(office: Office) -> None:
    await office.desk.use(grant_access, GRANT)
    await office.leave("U-456", "vpn-users")
    assert not await office.access.end("k1", LATER)
    assert not await in_vpn(office)


async def test_who_stays_a_member_through_another_group_is_told_so(office: Office) -> None:
    await office.add_group("contractors")
    await office.nest("contractors", "vpn-users")
    await office.join("U-456", "contractors")
    await office.desk.use(grant_access, GRANT)
    through = "a member of the group G-009 through a group that is nested in it."
    assert await office.desk.use(revoke_access, VPN, key="k2") == f"U-456 was taken out, but still is {through}"


async def test_one_sees_ones_own_groups_and_when_the_last_grant_ends(office: Office) -> None:
    for hours, key in ((2, "k1"), (8, "k2"), (4, "k3")):
        await office.desk.use(grant_access, {**GRANT, "user_id": "U-123", "duration_hours": hours}, key=key)
    held = (await office.desk.use(list_my_access, {}))["groups"]
    assert [(each["group"], each["until"]) for each in held] == [
        ("engineering", None),
        ("staff", None),
        ("vpn-users", "2026-11-21T17:00:00+00:00"),
    ]


async def test_who_and_what_is_unknown_gets_nothing(office: Office) -> None:
    with pytest.raises(TryAgain, match="U-999"):
        await office.desk.use(grant_access, {**GRANT, "user_id": "U-999"})
    with pytest.raises(TryAgain, match="no group of that name or id"):
        await office.desk.use(grant_access, {**GRANT, "group": "VPN-users"})
    with pytest.raises(NotPossible, match="U-999 is not in the directory any more"):
        await office.access.grant("U-999", "G-009", "k1", None, NOW)
    with pytest.raises(NotPossible, match="The group G-999 does not exist any more"):
        await office.access.grant("U-456", "G-999", "k2", None, NOW)
    assert await office.access.lasting() == []


async def test_one_key_for_two_changes_is_our_bug(office: Office) -> None:
    await office.access.grant("U-456", "G-009", "k1", None, NOW)
    await office.access.revoke("U-456", "G-009", "k2", NOW)
    with pytest.raises(ValueError, match="one key"):
        await office.access.grant("U-456", "G-001", "k1", None, NOW)
    with pytest.raises(ValueError, match="one key"):
        await office.access.revoke("U-123", "G-009", "k2", NOW)
