"""Two processes at the same thing at the same time, each with its connections: one effect, and both are answered."""

import asyncio
from collections.abc import Awaitable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.store import schema
from tests.postgres import own_database
from tests.tools.groups import person, resolved
from tests.tools.rig import NOW, OwnDatabase, everything
from tools.backends.accounts import LINK_VALID, Redemption, ResetLink, token_hash
from tools.backends.article_folder import SHIPPED, sync_articles
from tools.backends.seed import PEOPLE, seed
from tools.backends.sql_access import SqlAccess
from tools.backends.sql_accounts import SqlAccounts
from tools.backends.sql_devices import SqlDevices
from tools.backends.sql_knowledge import SqlKnowledge
from tools.backends.sql_tickets import SqlTickets
from tools.backends.tables import access_grants, tickets
from tools.backends.tickets import Change, Draft

#: times that a race is run, so that its parts meet in different places
ROUNDS = 8
DRAFT = Draft(requester="U-123", queue="helpdesk", title="x", description="y", priority="low")


@pytest.fixture
def other(url: str) -> Iterator[OwnDatabase]:
    """The same database, opened by another process."""
    made = OwnDatabase(url)
    yield made
    made.close()


async def at_once(*calls: Awaitable[object]) -> list[object]:
    return list(await asyncio.gather(*calls))


async def test_two_grants_under_one_key_are_one(database: OwnDatabase, other: OwnDatabase) -> None:
    for number in range(ROUNDS):
        key, until = f"k{number}", NOW + timedelta(hours=number + 1)
        first, second = await at_once(
            *(SqlAccess(each).grant("U-456", "G-009", key, until, NOW) for each in (database, other))
        )
        assert first == second
    assert len(await database.run(lambda c: c.execute(select(access_grants)).all())) == ROUNDS


async def test_a_grant_and_a_revocation_at_once_happen_one_after_the_other(
    database: OwnDatabase, other: OwnDatabase
) -> None:
    """Given both, then the person is a member exactly where the grant was the later, and a grant is open."""
    for number in range(ROUNDS):
        _, was_member = await at_once(
            SqlAccess(database).grant("U-456", "G-009", f"g{number}", None, NOW),
            SqlAccess(other).revoke("U-456", "G-009", f"r{number}", NOW),
        )
        of_this = select(access_grants.c.ended_at).where(access_grants.c.key == f"g{number}")
        ended = await database.run(lambda c, of_this=of_this: c.scalar(of_this))  # type: ignore[misc]
        member = "vpn-users" in (await person(database, "U-456")).groups
        assert member is (ended is None)
        assert member is not was_member or number
        await SqlAccess(database).revoke("U-456", "G-009", f"clean{number}", NOW)


async def test_two_ends_of_one_membership_leave_none(database: OwnDatabase, other: OwnDatabase) -> None:
    """Given two grants that end at once, then neither leaves the membership to the other."""
    later = NOW + timedelta(hours=1)
    for number in range(ROUNDS):
        for key in ("a", "b"):
            await SqlAccess(database).grant("U-456", "G-009", f"{key}{number}", None, NOW)
        ended = await at_once(SqlAccess(database).end(f"a{number}", later), SqlAccess(other).end(f"b{number}", later))
        assert sorted(map(bool, ended)) == [False, True]
        assert "vpn-users" not in (await person(database, "U-456")).groups


async def test_two_tickets_with_one_key_are_one(database: OwnDatabase, other: OwnDatabase) -> None:
    for number in range(ROUNDS):
        first, second = await at_once(
            *(SqlTickets(each).create(DRAFT, f"k{number}", NOW) for each in (database, other))
        )
        assert first == second
    assert len(await database.run(lambda c: c.execute(select(tickets)).all())) == ROUNDS


async def test_two_notes_under_one_key_are_one(database: OwnDatabase, other: OwnDatabase) -> None:
    ticket = await SqlTickets(database).create(DRAFT, "k", NOW)
    for number in range(ROUNDS):
        change = Change(author=None, note=str(number))
        await at_once(*(SqlTickets(each).update(ticket.id, change, f"k{number}", NOW) for each in (database, other)))
    read = await SqlTickets(database).find(ticket.id)
    assert read
    assert [note.text for note in read.notes] == [str(number) for number in range(ROUNDS)]


async def test_a_link_is_used_once_by_two_processes(database: OwnDatabase, other: OwnDatabase) -> None:
    for number in range(ROUNDS):
        token, password = SecretStr(f"token-{number}"), SecretStr("correct horse battery staple")
        link = ResetLink("U-456", token_hash(token), NOW + LINK_VALID)
        await SqlAccounts(database).issue(link, f"k{number}", NOW)
        outcomes = await at_once(*(SqlAccounts(each).redeem(token, password, NOW) for each in (database, other)))
        assert set(outcomes) == {Redemption.CHANGED, Redemption.UNKNOWN}


async def test_one_of_two_wipes_is_done(database: OwnDatabase, other: OwnDatabase) -> None:
    for number in range(1001, 1001 + ROUNDS):
        wiped = await at_once(
            SqlDevices(database).wipe(f"L-{number}", f"a{number}", NOW),
            SqlDevices(other).wipe(f"L-{number}", f"b{number}", NOW),
        )
        assert sorted(map(bool, wiped)) == [False, True]


async def test_many_at_once_are_all_answered(database: OwnDatabase, other: OwnDatabase) -> None:
    """Given a grant, a ticket and an unlocking for each of twelve people at once, then each is there once."""
    calls: list[Awaitable[object]] = []
    for at, each in enumerate(PEOPLE):
        system = (database, other)[at % 2]
        calls.append(SqlAccess(system).grant(each.id, "G-009", f"g{at}", None, NOW))
        calls.append(SqlTickets(system).create(DRAFT, f"t{at}", NOW))
        calls.append(SqlAccounts(system).unlock(each.id, f"u{at}", NOW))
    await at_once(*calls)
    assert len(await database.run(lambda c: c.execute(select(access_grants)).all())) == len(PEOPLE)
    assert len(await database.run(lambda c: c.execute(select(tickets)).all())) == len(PEOPLE)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with the schema and nothing else."""
    if request.param == "postgresql":
        with own_database() as made:
            yield made
        return
    yield f"sqlite:///{tmp_path / 'empty.db'}"


async def test_two_processes_may_start_on_an_empty_database(empty: str) -> None:
    """Given both, then people and articles are there once, with the ids that the demo's pages name."""
    both = [OwnDatabase(empty), OwnDatabase(empty)]
    await both[0].run(schema.upgrade)
    await at_once(*(start(each) for each in both))
    assert (await resolved(both[0], "vpn-users")).id == "G-009"
    assert [each.id for each in await SqlDevices(both[0]).find("U-123")] == ["L-1005"]
    before = await both[0].run(everything)
    await at_once(*(start(each) for each in both))
    assert await both[1].run(everything) == before
    assert (await SqlKnowledge(both[1]).search("wifi", 1))[0].article.slug == "wifi"
    for each in both:
        each.close()


async def start(database: OwnDatabase) -> None:
    """As a starting process does."""
    await seed(database)
    await sync_articles(SHIPPED, SqlKnowledge(database), reviewed=["."])
