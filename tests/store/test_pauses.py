"""Pauses: what one worker was told by Slack, all know until it is over."""

from contextlib import closing

from sqlalchemy import func, select

from bot.store import pauses
from bot.store.database import Database
from bot.store.pauses import Limit
from bot.store.tables import pauses as table

POST = Limit("T0DEMO", "chat.postMessage", "C0IT")
UPDATE = Limit("T0DEMO", "chat.update")


async def note(database: Database, limit: Limit, until: float, now: float = 100.0) -> None:
    """Note a pause."""
    await database.run(lambda connection: pauses.note(connection, limit, until, now))


async def in_force(database: Database, now: float = 100.0) -> dict[Limit, float]:
    """The pauses at that time."""
    return await database.run(lambda connection: pauses.in_force(connection, now))


async def test_the_pause_that_ends_later_stays(database: Database) -> None:
    await note(database, POST, 130.0)
    await note(database, POST, 110.0)
    assert await in_force(database) == {POST: 130.0}
    await note(database, POST, 150.0)
    assert await in_force(database) == {POST: 150.0}


async def test_each_team_method_and_channel_has_its_own(database: Database) -> None:
    noted = {
        POST: 110.0,
        UPDATE: 120.0,
        Limit("T0DEMO", "chat.postMessage", "C0OTHER"): 130.0,
        Limit("T0OTHER", "chat.postMessage", "C0IT"): 140.0,
    }
    for limit, until in noted.items():
        await note(database, limit, until)
    assert await in_force(database) == noted


async def test_what_is_over_is_no_pause_and_is_forgotten_with_the_next_one(database: Database) -> None:
    await note(database, POST, 110.0)
    assert await in_force(database, 110.0) == {}
    await note(database, UPDATE, 130.0, now=110.0)
    assert await database.run(lambda connection: connection.scalar(select(func.count()).select_from(table))) == 1


async def test_another_worker_sees_it(database: Database) -> None:
    await note(database, POST, 110.0)
    with closing(Database(database.address)) as other:
        assert await in_force(other) == {POST: 110.0}
