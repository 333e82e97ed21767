"""Who is found by what on a SCIM server, and who is nobody."""

import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.office import ScimOffice, person_of, scim_office
from tests.tools.rig import Desk, OwnDatabase
from tests.tools.scim import ENTERPRISE
from tools.backends.scim.server import equal


@pytest.fixture
async def office(database: OwnDatabase, desk: Desk) -> AsyncIterator[ScimOffice]:
    async with scim_office(database, desk) as made:
        yield made


async def test_a_person_is_known_by_the_servers_id_whatever_they_were_named_by(office: ScimOffice) -> None:
    office.world.add_person("e-77", userName="lee.wong")
    office.world.change("Users", "e-77", {"op": "replace", "path": "externalId", "value": "badge:77"})
    for named in ("e-77", "lee.wong", "badge:77"):
        assert (await person_of(office, named)).id == "e-77"
    assert await office.directory.find("LEE.WONG") is None


async def test_where_two_fit_it_is_nobody(office: ScimOffice) -> None:
    office.world.add_person("e-1", userName="twin")
    office.world.add_person("e-2", userName="other", emails=[{"value": "alex.chen@example.com"}])
    office.world.change("Users", "e-2", {"op": "replace", "path": "externalId", "value": "twin"})
    assert await office.directory.find("twin") is None
    assert await office.directory.find_by_email("alex.chen@example.com") is None


async def test_whose_name_is_anothers_id_does_not_take_their_place(office: ScimOffice) -> None:
    office.world.add_person("e-1", userName="U-123")
    assert (await person_of(office, "U-123")).name == "Alex Chen"


async def test_who_is_not_active_is_nobody_and_in_nobodys_way(office: ScimOffice) -> None:
    office.world.change("Users", "U-123", {"op": "replace", "path": "active", "value": False})
    assert await office.directory.find("U-123") is None
    assert await office.directory.find("alex.chen@example.com") is None
    assert await office.directory.find_by_email("alex.chen@example.com") is None
    office.world.add_person("e-1", emails=[{"value": "alex.chen@example.com"}])
    found = await office.directory.find_by_email("alex.chen@example.com")
    assert found
    assert found.id == "e-1"


async def test_a_bare_record_is_a_person_too(office: ScimOffice) -> None:
    office.world.add_person("e-1", userName="lee", name={"givenName": "Lee", "familyName": "Wong"})
    lee = await person_of(office, "e-1")
    assert (lee.name, lee.email, lee.location, lee.department, lee.manager) == ("Lee Wong", "", None, None, None)
    assert (lee.groups, lee.privileged) == ((), False)


async def test_one_look_is_four_questions_at_most(office: ScimOffice) -> None:
    """The person, their groups, what those are nested in, and that there is no more."""
    await person_of(office, "U-301")
    assert office.world.asked == ["GET /v2/Users/U-301", "GET /v2/Groups", "GET /v2/Groups"]


@given(st.text(max_size=60))
def test_whatever_is_in_a_value_stays_in_it(value: str) -> None:
    assert json.loads(equal("userName", value).removeprefix("userName eq ")) == value


async def test_what_a_server_adds_or_writes_badly_beside_what_is_asked_is_passed_over(office: ScimOffice) -> None:
    office.world.change("Users", "U-123", {"op": "add", "path": "photos", "value": [{"value": "https://x.test/a.png"}]})
    office.world.change("Users", "U-123", {"op": "add", "path": f"{ENTERPRISE}:costCenter", "value": "42"})
    assert (await person_of(office, "U-123")).name == "Alex Chen"
