"""New passwords on a SCIM server: what it refuses, and what nobody saw it do."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.tools.office import ScimOffice, scim_office
from tests.tools.rig import Desk, OwnDatabase
from tests.tools.scim import Fault
from tests.tools.test_office_accounts import PASSWORD, issue, redeem
from tools.backends.accounts import PasswordRefused, Redemption
from tools.backends.failures import DIRECTORY, DOWN, REFUSED
from tools.spec import ToolFailed

SAM = "U-456"


def said(word: str) -> Fault:
    """It refuses, by one of the words of RFC 7644, 3.12."""
    error = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "400", "scimType": word}
    return Fault(made=False, status="400 Bad Request", body=json.dumps(error).encode())


@pytest.fixture
async def office(database: OwnDatabase, desk: Desk) -> AsyncIterator[ScimOffice]:
    async with scim_office(database, desk) as made:
        yield made


async def test_a_password_that_the_server_refuses_can_be_chosen_again(office: ScimOffice) -> None:
    await issue(office)
    office.world.faults = [said("invalidValue")]
    with pytest.raises(PasswordRefused, match="does not take this password"):
        await redeem(office)
    assert await redeem(office) is Redemption.CHANGED
    assert await office.has_password(SAM, PASSWORD)


@pytest.mark.parametrize(
    "fault", [said("mutability"), said("invalidPath"), Fault(made=False, status="403 Forbidden")], ids=range(3)
)
async def test_a_server_that_takes_no_passwords_leaves_the_link_as_it_was(office: ScimOffice, fault: Fault) -> None:
    await issue(office)
    office.world.faults = [fault]
    with pytest.raises(ToolFailed, match=DIRECTORY.says(REFUSED)):
        await redeem(office)
    assert await redeem(office) is Redemption.CHANGED


async def test_a_password_whose_answer_is_lost_is_sent_once_and_people_are_told(office: ScimOffice) -> None:
    await issue(office)
    office.world.faults = [Fault(status="502 Bad Gateway")]
    assert await redeem(office) is Redemption.UNSEEN
    assert await redeem(office) is Redemption.UNKNOWN
    assert await office.has_password(SAM, PASSWORD)


async def test_a_server_that_is_away_leaves_the_link_as_it_was(office: ScimOffice) -> None:
    await issue(office)
    office.world.down = True
    with pytest.raises(ToolFailed, match=DIRECTORY.says(DOWN)):
        await redeem(office)
    office.world.down = False
    assert await redeem(office) is Redemption.CHANGED


async def test_a_link_of_somebody_who_left_meanwhile_sets_nothing(office: ScimOffice) -> None:
    await issue(office)
    office.world.change("Users", SAM, {"op": "replace", "path": "active", "value": False})
    assert await redeem(office) is Redemption.UNKNOWN
    assert office.world.password(SAM) is None
