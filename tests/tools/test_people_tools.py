"""The directory, and who is shown what of it."""

from dataclasses import dataclass, field

import pytest

from tests.tools.rig import Desk, OwnDatabase, impatient
from tools.backends.directory import PersonRecord
from tools.backends.sql_directory import SqlDirectory
from tools.directory import lookup_user
from tools.spec import BadArguments, ToolFailed


async def test_a_person_is_found_by_id_and_by_address(database: OwnDatabase) -> None:
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


@dataclass
class Sees:
    """Somebody who sees these people, and remembers whom a tool asked for."""

    people: tuple[str, ...]
    asked: list[str] = field(default_factory=list)

    async def person(self, person: str) -> bool:
        """See Sight."""
        self.asked.append(person)
        return person in self.people

    async def tickets(self) -> bool:
        """See Sight."""
        return False


@pytest.mark.parametrize("private", [True, False])
async def test_whom_the_policy_lets_somebody_see_they_see_in_direct_messages_alone(desk: Desk, private: bool) -> None:
    """Given a manager of Alex, then nobody asks the policy in a channel, nor about oneself."""
    sees = Sees(("U-123",))
    given = {"requester": "U-101", "private": private, "sight": sees}
    alex = await desk.use(lookup_user, {"user_id": "U-123"}, **given)
    assert (alex.get("email"), alex.get("manager")) == (
        ("alex.chen@example.com", "Maria Lopez") if private else (None, None)
    )
    assert "email" not in await desk.use(lookup_user, {"user_id": "U-456"}, **given)
    assert ("email" in await desk.use(lookup_user, {"user_id": "U-101"}, **given)) is private
    assert sees.asked == (["U-123", "U-456"] if private else [])


async def test_an_unknown_id_gets_a_plain_sentence(desk: Desk) -> None:
    assert await desk.use(lookup_user, {"user_id": "U-999"}) == (
        "Nobody in the directory has the id U-999. Ask the person to check it."
    )


@pytest.mark.parametrize(
    "user_id", ["", "-U", "U-123 ", "U 123", 'U"123', "[U-123]", "x" * 65, "U-123\n", "U-١٢٣", "U-1;DROP TABLE people"]
)
async def test_what_is_no_id_is_refused(desk: Desk, user_id: str) -> None:
    with pytest.raises(BadArguments, match="user_id"):
        await desk.use(lookup_user, {"user_id": user_id})


async def test_a_database_that_does_not_answer_is_told_in_words(desk: Desk, database: OwnDatabase) -> None:
    """Given a database that is away, then people get a sentence and no driver's text."""
    await database.run(impatient)
    with (
        database.away(),
        pytest.raises(ToolFailed, match=r"^The directory did not answer. Please try again in a minute.$"),
    ):
        await desk.use(lookup_user, {"user_id": "U-123"})
    assert (await desk.use(lookup_user, {"user_id": "U-123"}))["name"] == "Alex Chen"
