"""Work that is alone on PostgreSQL: where two could not have come one after the other, one of them is done again."""

import asyncio
import threading
from collections.abc import Callable

from sqlalchemy import Connection, text

from bot.store.database import Database
from tests.postgres import own_database

#: seconds that one waits for the other at most
PATIENCE = 60


def take_one(met: threading.Barrier, name: str) -> Callable[[Connection], int]:
    """Takes one away of what is left in all, from this name; what was left before. The first attempts meet."""
    attempts: list[str] = []

    def work(connection: Connection) -> int:
        left = int(connection.scalar(text("SELECT sum(value::int) FROM house WHERE name IN ('a', 'b')")) or 0)
        if left:
            taken = {"name": name}
            connection.execute(text("UPDATE house SET value = (value::int - 1)::text WHERE name = :name"), taken)
        attempts.append(name)
        if len(attempts) == 1:
            met.wait(PATIENCE)
        return left

    return work


async def test_who_was_broken_off_while_committing_sees_what_the_other_did() -> None:
    """Given one thing left, and two who both saw it before they took it, then one of them finds nothing."""
    with own_database() as url:
        both = [Database(url), Database(url)]
        fill = text("INSERT INTO house (name, value, at) VALUES ('a', '1', 0), ('b', '0', 0)")
        await both[0].run(lambda connection: connection.execute(fill).close())
        met = threading.Barrier(2)
        works = [take_one(met, name) for name in ("a", "b")]
        left = await asyncio.gather(*(each.run(work, alone=True) for each, work in zip(both, works, strict=True)))
        assert sorted(left) == [0, 1]
        for each in both:
            assert await each.run(lambda connection: connection.scalar(text("SELECT 1"))) == 1
            each.close()
