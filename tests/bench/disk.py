"""How much is stored for a turn, with everything around it: indexes, inbox, deliveries."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from bot.store.database import Database
from tests.bench.driver import people
from tests.bench.figure import Figure
from tests.bench.scale import Scale
from tests.bench.stage import Kind, Stage, database

#: people who ask at the same time
AT_ONCE = 25


@dataclass(frozen=True, slots=True)
class Disk:
    """Turns with one tool call, each in a new thread."""

    stage: Stage
    scale: Scale

    async def figures(self, kind: Kind) -> AsyncIterator[Figure]:
        """One line."""
        async with database(kind, waits=False) as made, self.stage.whole(made) as bot:
            opened = Database(made, existing=True)
            try:
                # the first turns fill pages that are there anyway
                await bot.at_once(people(AT_ONCE), 1)
                before = await opened.run(_bytes)
                _, done = await bot.at_once(people(AT_ONCE), self.scale.stored_turns)
                after = await opened.run(_bytes)
            finally:
                opened.close()
        yield Figure(f"stored for a turn, {kind}", "bytes", (after - before) / len(done))


def _bytes(connection: Connection) -> int:
    if connection.dialect.name == "postgresql":
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    pages, free, size = (
        int(connection.scalar(text(f"PRAGMA {name}")) or 0) for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size
