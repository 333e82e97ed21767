"""What two processes do at the same time, on PostgreSQL: as if one had been first."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from bot.store import house, links
from bot.store.database import Database
from tests.postgres import own_database


@pytest.fixture
def url() -> Iterator[str]:
    with own_database() as made:
        yield made


@pytest.fixture
def two(url: str) -> Iterator[tuple[Database, Database]]:
    made = Database(url), Database(url)
    yield made
    for each in made:
        each.close()


async def test_whoever_is_told_that_all_is_frozen_sees_no_start_after_that(two: tuple[Database, Database]) -> None:
    looked, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def start(connection: Connection) -> None:
        assert house.lets_start(connection)
        looked.set()
        go_on.wait(5)
        order.append("started")

    starting = asyncio.create_task(two[0].run(start))
    await asyncio.to_thread(looked.wait, 5)
    freezing = asyncio.create_task(two[1].run(lambda c: house.freeze(c, on=True, actor=None, at=1.0)))
    freezing.add_done_callback(lambda _: order.append("frozen"))
    await asyncio.sleep(0.3)
    go_on.set()
    await asyncio.gather(starting, freezing)
    assert order == ["started", "frozen"]
    assert not await two[0].run(house.lets_start)


async def test_of_two_who_claim_one_record_at_once_nobody_is_it(two: tuple[Database, Database]) -> None:
    for number in range(10):
        await asyncio.gather(*(claim(each, f"U{number}{n}", f"U-{number}") for n, each in enumerate(two)))
    found = await two[0].run(lambda c: links.listed(c, 100))
    assert len(found) == 20
    assert all(each.disputed for each in found)


async def claim(database: Database, user: str, record: str) -> None:
    await database.run(lambda connection: links.claim(connection, user, record, 1.0), alone=True)
