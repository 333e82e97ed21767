"""A worker that waits, fails, is busy or lies about the time keeps nobody else from a conversation."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import Connection, insert, text, update

from bot.run.distributed import Distributed
from bot.run.kit import utc_now
from bot.store import claims
from bot.store.database import Database
from bot.store.tables import conversations, workers
from tests.run.test_dispatchers import House, put
from tests.waiting import until


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = Database(url)
    yield made
    made.close()


async def nothing(_: str, __: asyncio.Event) -> None:
    """Nothing to do."""


async def test_the_clock_goes_on_while_slack_keeps_a_delivery_waiting(database: Database) -> None:
    advanced: list[str] = []
    slack_is_back = asyncio.Event()

    async def advance(conversation: str, _: asyncio.Event) -> None:
        advanced.append(conversation)

    async def deliver(_: str, __: asyncio.Event) -> None:
        await slack_is_back.wait()

    dispatcher = Distributed(database, utc_now, "w1")
    async with dispatcher.working(advance, deliver):
        row = {"id": "T:C:1", "head": 0, "head_hash": "", "wake_at": utc_now().timestamp() + 1}
        await database.run(lambda c: c.execute(insert(conversations), row).close())
        dispatcher.wake("T:C:1")
        await until(lambda: len(advanced) > 1)
        slack_is_back.set()


async def test_a_worker_that_cannot_leaves_the_conversation_to_one_that_can(url: str) -> None:
    async with AsyncExitStack() as stack:
        house = House(url, stack, 2)
        old, _ = await house.process("old")
        old.fails["T:C:1"] = 10_000  # it cannot read what a newer process wrote
        await put(house, "T:C:1")
        await until(lambda: old.fails["T:C:1"] < 10_000)
        await house.process("new")
        await house.all_taken()


async def test_a_heartbeat_does_not_wait_behind_work(database: Database) -> None:
    def sleep(connection: Connection) -> None:
        connection.execute(text("SELECT pg_sleep(2)"))

    def age(connection: Connection) -> float:
        beat = text("SELECT extract(epoch FROM clock_timestamp()) - beat_at FROM workers WHERE id = 'w1'")
        return float(connection.execute(beat).scalar_one())

    busy = Database(database.address)
    async with Distributed(busy, utc_now, "w1").working(nothing, nothing):
        work = [asyncio.create_task(busy.run(sleep)) for _ in range(16)]
        await asyncio.sleep(claims.BEAT + 3)
        assert await database.run(age) < claims.BEAT + 2
        await asyncio.gather(*work)
    busy.close()


async def test_a_dead_worker_whose_last_beat_is_in_the_future_is_dead(database: Database) -> None:
    for name in ("dead", "w1"):
        await database.run(lambda c, name=name: claims.beat(c, name))  # type: ignore[misc]
    assert await database.run(lambda c: claims.take(c, "T:C:1", "dead"))
    later = update(workers).where(workers.c.id == "dead").values(beat_at=workers.c.beat_at + 3600)
    await database.run(lambda c: c.execute(later).close())
    assert await database.run(lambda c: claims.take(c, "T:C:1", "w1"))


async def test_what_breaks_the_scanner_does_not_end_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatcher, looked, look = Distributed(database, utc_now, "w1"), list[float](), claims.scan

    def broken_at_first(connection: Connection, now: float) -> None:
        looked.append(now)
        if len(looked) == 1:
            raise RuntimeError("no memory, for a moment")
        look(connection, now)

    monkeypatch.setattr(claims, "scan", broken_at_first)
    async with dispatcher.working(nothing, nothing):
        await until(lambda: len(looked) > 2)
