"""What two processes do at the same time, on PostgreSQL: as if one had been first."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection

from bot.errors import ConfigError
from bot.run.codes import Codes
from bot.store import authenticators, house, links
from bot.store.address import address, called
from bot.store.database import Database


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


async def test_wrong_codes_lock_however_many_are_tried_at_once(two: tuple[Database, Database]) -> None:
    key, now = SecretStr("k" * 32), datetime(2026, 11, 21, tzinfo=UTC)
    seed, seal = SecretStr("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"), authenticators.seal_of(key)
    await two[0].run(lambda c: authenticators.enroll(c, "U0DANA", seed, seal, now.timestamp()))
    doors = [Codes(each, key, lambda: now) for each in two]
    said = await asyncio.gather(*(door.confirm("U0DANA", f"{code:06d}") for code in range(20) for door in doors))
    looked_at = sum("This code is wrong" in str(each) for each in said) + 1
    assert looked_at == authenticators.MAX_FAILURES


def test_a_password_in_the_query_is_not_shown() -> None:
    assert "hunter2" not in called(address("postgresql://db.example.com/helpdesk?user=bot&password=hunter2"))


@pytest.mark.parametrize("url", ["postgresql://u:p@h:port/x", "postgresql://h/", "nothing"])
def test_an_address_that_is_none_is_told_without_quoting_it(url: str) -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL") as told:
        address(url)
    assert url not in str(told.value)
