"""Who is found by what on an LDAP server, and who is nobody; whatever is in a value stays in it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.ldap import ldap_world
from tests.tools.ldap_office import LdapOffice, ldap_office, ldap_server
from tests.tools.office import person_of
from tests.tools.rig import NOW, Desk, OwnDatabase
from tests.tools.slapd import GROUPS_BASE, PEOPLE_BASE
from tools.backends.access import Granted

#: the beginnings of places, as RFC 4514 writes what means something in them
ODD = ["a\\2Cb\\2B\\22c\\22", "\\23x\\5Cy", "\\20lead\\20", "n\u00e4me \u65e5\u672c", "a*b(c)\\00d"]

#: texts with what means something in a filter or a place more often than elsewhere
HOSTILE = st.text(st.characters() | st.sampled_from('*()\\\0&|!=~<>,+"#; /'), max_size=40)


@pytest.fixture
async def office(database: OwnDatabase, desk: Desk) -> AsyncIterator[LdapOffice]:
    async with ldap_office(database, desk) as made:
        yield made


async def test_a_person_is_known_by_the_servers_id_whatever_they_were_named_by(office: LdapOffice) -> None:
    office.world.add_person("e-77", uid=["name-of-e-77", "lee.wong"])
    for named in ("e-77", "lee.wong", "name-of-e-77"):
        assert (await person_of(office, named)).id == "e-77"
    for almost in ("LEE.WONG", "E-77", "lee.*"):
        assert await office.directory.find(almost) is None


async def test_ids_are_the_servers_own_unless_it_is_said_otherwise(office: LdapOffice) -> None:
    from tools.backends.ldap.directory import LdapDirectory  # noqa: PLC0415 -- an extra
    from tools.backends.ldap.schema import Names  # noqa: PLC0415

    (uuid,) = office.world.read(office.world.place("U-123"), "entryUUID")
    (of_manager,) = office.world.read(office.world.place("U-101"), "entryUUID")
    async with ldap_server(office.world.port, names=Names()) as asked:
        found = await LdapDirectory(server=asked).find("alex.chen")
        assert found
        assert (found.id, found.manager) == (uuid, of_manager)
        assert await LdapDirectory(server=asked).find(uuid) == found
        assert await LdapDirectory(server=asked).find(uuid.upper()) is None


async def test_where_two_fit_it_is_nobody(office: LdapOffice) -> None:
    office.world.add_person("e-1", uid=["name-of-e-1", "twin"])
    office.world.add_person("e-2", uid=["name-of-e-2", "twin"], mail="alex.chen@example.com")
    assert await office.directory.find("twin") is None
    assert await office.directory.find_by_email("alex.chen@example.com") is None


async def test_whose_name_is_anothers_id_does_not_take_their_place(office: LdapOffice) -> None:
    office.world.add_person("e-1", uid=["name-of-e-1", "U-123"])
    assert (await person_of(office, "U-123")).name == "Alex Chen"


async def test_who_has_left_is_nobody_and_loses_what_was_granted(office: LdapOffice) -> None:
    later = NOW + timedelta(hours=1)
    assert await office.access.grant("U-456", "G-009", "k1", later, NOW) == Granted(True, later)
    office.world.change(office.world.place("U-456"), "pwdAccountLockedTime", "000001010000Z")
    assert await office.directory.find("U-456") is None
    assert await office.directory.find_by_email("sam.patel@example.com") is None
    assert await office.access.end("k1", later)
    assert "U-456" not in office.world.members("vpn-users")


async def test_a_bare_record_is_a_person_too(office: LdapOffice) -> None:
    office.world.add_person("e-1", cn="Lee Wong")
    lee = await person_of(office, "e-1")
    assert (lee.name, lee.email, lee.location, lee.department, lee.manager) == ("Lee Wong", "", None, None, None)
    assert (lee.groups, lee.privileged) == ((), False)


async def test_an_id_that_could_mean_something_in_a_prompt_is_nobodys(office: LdapOffice) -> None:
    office.world.add_person("U-1] from", dn=f"uid=odd,{PEOPLE_BASE}", mail="odd@example.com")
    assert await office.directory.find_by_email("odd@example.com") is None


async def test_places_with_characters_that_mean_something_are_places_too(office: LdapOffice) -> None:
    """Given such people and groups, then they are found, given access, and it ends; by memberOf they are known once."""
    for at, odd in enumerate(ODD):
        office.world.add_person(f"e-{at}", dn=f"uid={odd},{PEOPLE_BASE}")
        office.world.add_group(f"odd {at}", f"g-odd-{at}", dn=f"cn={odd},{GROUPS_BASE}", cn=f"odd {at}")
        assert await office.access.grant(f"e-{at}", f"g-odd-{at}", f"k{at}", None, NOW) == Granted(True, None)
        found = await person_of(office, f"e-{at}")
        assert (found.groups, found.privileged) == ((f"odd {at}",), False)
        assert await office.access.revoke(f"e-{at}", f"g-odd-{at}", f"r{at}", NOW)
        assert (await person_of(office, f"e-{at}")).groups == ()


async def test_a_group_that_only_the_person_is_said_to_be_in_counts_and_is_followed(office: LdapOffice) -> None:
    """As dynamic groups are: they have no member who could be looked for."""
    from tools.backends.ldap.schema import group_at  # noqa: PLC0415 -- an extra

    assert str(group_at("cn=admin-dynamic,ou=groups,dc=example,dc=com")) == "admin-dynamic"
    assert group_at("cn=a\\2Cb\\,c+x=1,dc=com").name == "a,b,c"
    assert group_at("").name is None
    around = await office.server.groups_around([group_at(f"cn=db-oncall,{GROUPS_BASE}")])
    assert [each.name for each in around] == ["admin-db"]


async def look(port: int, texts: list[str]) -> list[object]:
    """Whoever and whatever is found by these."""
    from tools.backends.ldap.directory import LdapDirectory  # noqa: PLC0415 -- an extra

    async with ldap_server(port) as asked:
        directory = LdapDirectory(server=asked)
        found: list[object] = []
        for text in texts:
            found += [await directory.find(text), await directory.find_by_email(text)]
            found += await asked.groups_named(text)
        return [each for each in found if each]


def test_whatever_is_in_a_value_finds_nobody_and_nothing_else() -> None:
    @settings(max_examples=40, deadline=None)
    @given(st.lists(HOSTILE, min_size=1, max_size=5))
    def nobody(texts: list[str]) -> None:
        assert {str(each) for each in asyncio.run(look(world.port, texts))} <= {*texts}

    with ldap_world() as world:
        nobody()
        assert len(asyncio.run(look(world.port, ["U-123", "alex.chen@example.com", "staff"]))) == 3
