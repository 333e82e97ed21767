"""Who people are and what groups reach, wherever that is kept: on the embedded tables, by SCIM or by LDAP."""

from collections.abc import Sequence

import pytest

from tests.tools.office import Office, person_of
from tools.backends.seed import PEOPLE
from tools.directory import lookup_user

#: what is nobody's and nothing's, and would be somebody's where it is put into a question as it is
HOSTILE = ["", "U-123' OR '1'='1", '" or userName pr or userName eq "', "*", "*)(uid=*", "\\", "%", "\0", "\ud800"]

# ── people ──


async def test_a_person_is_found_by_id_and_by_address(office: Office) -> None:
    alex = await person_of(office, "U-123")
    assert (alex.id, alex.name, alex.email) == ("U-123", "Alex Chen", "alex.chen@example.com")
    assert (alex.location, alex.department, alex.manager) == ("London", "Engineering", "U-101")
    assert (alex.groups, alex.privileged) == (("engineering", "staff"), False)
    assert await office.directory.find_by_email(" Alex.CHEN@example.com ") == alex


@pytest.mark.parametrize("unknown", ["U-999", "u-123", *HOSTILE])
async def test_who_is_unknown_is_nobody(office: Office, unknown: str) -> None:
    assert await office.directory.find(unknown) is None
    assert await office.directory.find_by_email(unknown) is None


async def test_members_of_privileged_groups_are_privileged(office: Office) -> None:
    records = [await person_of(office, each.id) for each in PEOPLE]
    assert {each.name for each in records if each.privileged} == {"Dana Kim", "Omar Haddad", "Ravi Menon"}


async def test_private_fields_are_shown_to_the_person_alone(office: Office) -> None:
    own = await office.desk.use(lookup_user, {"user_id": "U-123"})
    assert (own["email"], own["manager"], own["groups"]) == (
        "alex.chen@example.com",
        "Maria Lopez",
        ["engineering", "staff"],
    )
    shown = await office.desk.use(lookup_user, {"user_id": "U-456"})
    assert set(shown) == {"id", "name", "department", "location", "device"}


# ── groups ──


async def test_a_group_is_found_by_exact_name_and_by_id(office: Office) -> None:
    named, by_id = await office.access.resolve("engineering"), await office.access.resolve("G-002")
    assert named
    assert named == by_id
    assert (named.kind, named.id, named.name, named.privileged) == ("group", "G-002", "engineering", False)


@pytest.mark.parametrize(
    "unknown", ["Engineering", "eng%", "G-999", '" or displayName pr or id eq "', "*)(cn=*", *HOSTILE]
)
async def test_what_is_almost_a_name_is_no_group(office: Office, unknown: str) -> None:
    assert await office.access.resolve(unknown) is None


async def test_a_group_named_like_anothers_id_does_not_take_its_place(office: Office) -> None:
    await office.add_group("G-002")
    found = await office.access.resolve("G-002")
    assert found
    assert found.name == "engineering"


@pytest.mark.parametrize(
    ("named", "privileged"), [("staff", False), ("it-admins", True), ("admin-db", True), ("db-oncall", True)]
)
async def test_a_group_is_privileged_by_itself_or_by_nesting(office: Office, named: str, privileged: bool) -> None:
    found = await office.access.resolve(named)
    assert found
    assert found.privileged is privileged


async def test_members_of_a_nested_group_are_members_all_the_way_up(office: Office) -> None:
    for name in ("a", "b"):
        await office.add_group(name)
    await office.nest("a", "b", "db-oncall")
    await office.join("U-123", "a")
    alex = await person_of(office, "U-123")
    assert alex.groups == ("a", "admin-db", "b", "db-oncall", "engineering", "staff")
    assert alex.privileged


@pytest.mark.parametrize("circle", [("a", "a"), ("a", "b", "a"), ("a", "b", "c", "a")])
async def test_groups_in_a_circle_are_each_counted_once(office: Office, circle: Sequence[str]) -> None:
    for name in sorted({*circle}):
        await office.add_group(name)
    await office.nest(*circle)
    await office.join("U-123", "a")
    alex = await person_of(office, "U-123")
    assert alex.groups == tuple(sorted({*circle, "engineering", "staff"}))
    assert not alex.privileged


async def test_what_is_nested_too_deep_to_follow_counts_as_privileged(office: Office) -> None:
    chain = [f"n{level}" for level in range(22)]
    for name in chain:
        await office.add_group(name)
    await office.nest(*chain)
    await office.join("U-123", "n0")
    assert (await person_of(office, "U-123")).privileged
    found = await office.access.resolve("n0")
    assert found
    assert found.privileged
