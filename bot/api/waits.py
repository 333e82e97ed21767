"""Waiting for what comes of a question, by looking into the log: any process may work on it, and so many may wait.

Promise: no connection to the database is held while somebody waits, and who has gone is waited for no longer.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from bot.api.reading import Reading
from bot.core.items import Entry
from bot.core.thread import Thread
from bot.store.database import Database
from bot.store.deliveries import Delivery

#: who may wait at once; others are told at once how things stand
MAX_WAITS = 200

#: between two looks: at first, by how much it grows, and at most, seconds
FIRST, GROWS, MOST = 0.03, 1.4, 0.5


#: whether whoever waits has gone; raises Problem where they may not wait any longer
Gone = Callable[[], Awaitable[bool]]


class Waits:
    """Lets callers wait. Told what is committed in this process (run/watch.py) it looks at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open = 0
        self._closing = False
        #: of those who wait, by conversation
        self._events: dict[str, set[asyncio.Event]] = {}

    def committed(self, conversation: str, thread: Thread, entries: Sequence[Entry]) -> None:  # noqa: ARG002 -- see Watch
        """See Watch."""
        for event in self._events.get(conversation, ()):
            event.set()

    def delivered(self, delivery: Delivery, at: datetime) -> None:
        """See Watch."""

    def close(self) -> None:
        """Nobody waits any longer."""
        self._closing = True
        for event in [each for waiting in self._events.values() for each in waiting]:
            event.set()

    @contextmanager
    def one(self) -> Iterator[bool]:
        """A place to wait at, until the block ends; False where none is left."""
        free = self._open < MAX_WAITS and not self._closing
        self._open += free
        try:
            yield free
        finally:
            self._open -= free

    async def news(self, reading: Reading, seconds: float, gone: Gone) -> AsyncIterator[list[Entry]]:
        """What the log has of it, at once, and then, for so many seconds, what is new at each look, if anything is.

        Before each further look it is asked whether they are `gone`. Raises what that raises.
        """
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        until, pause = loop.time() + seconds, FIRST
        with self._waiting(reading.conversation, event):
            while True:
                event.clear()
                new = await self._database.run(reading.on)
                yield new
                left = until - loop.time()
                if left <= 0 or self._closing:
                    return
                pause = FIRST if new else min(pause * GROWS, MOST)
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(pause, left)):
                        await event.wait()
                if await gone():
                    return

    @contextmanager
    def _waiting(self, conversation: str, event: asyncio.Event) -> Iterator[None]:
        self._events.setdefault(conversation, set()).add(event)
        try:
            yield
        finally:
            self._events[conversation].discard(event)
            if not self._events[conversation]:
                del self._events[conversation]
