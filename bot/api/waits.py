"""Waiting for what comes of a question, by looking into the log: any process may work on it, and so many may wait.

Promise: no connection to the database is held while somebody waits, and who has gone is waited for no longer.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager

from bot.api.reading import Reading
from bot.core.items import Entry
from bot.store.database import Database

#: who may wait at once; others are told at once how things stand
MAX_WAITS = 200

#: between two looks: at first, by how much it grows, and at most, seconds
FIRST, GROWS, MOST = 0.03, 1.4, 0.5


class Waits:
    """Lets callers wait."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open = 0
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Nobody waits any longer."""
        self._closing.set()

    @contextmanager
    def one(self) -> Iterator[bool]:
        """A place to wait at, until the block ends; False where none is left."""
        free = self._open < MAX_WAITS and not self._closing.is_set()
        self._open += free
        try:
            yield free
        finally:
            self._open -= free

    async def news(
        self, reading: Reading, seconds: float, gone: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[list[Entry]]:
        """What the log has of it, at once, and then, for so many seconds, what is new at each look, if anything is."""
        loop = asyncio.get_running_loop()
        until, pause = loop.time() + seconds, FIRST
        while True:
            new = await self._database.run(reading.on)
            yield new
            left = until - loop.time()
            if left <= 0 or self._closing.is_set() or await gone():
                return
            pause = FIRST if new else min(pause * GROWS, MOST)
            await asyncio.sleep(min(pause, left))
