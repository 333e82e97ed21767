"""The dispatcher of one process that has the database to itself: everything is done here, so a name is enough."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.run.dispatch import STEPS, TELLING
from bot.run.tasks import Tasks, Work
from bot.run.timers import Clock, due, scan
from bot.store import deliveries
from bot.store.database import Database


class Embedded:
    """See Dispatcher. The caller holds the database's lock."""

    def __init__(self, database: Database, now: Clock) -> None:
        self._database = database
        self._now = now
        self._advancing: Tasks | None = None
        self._delivering: Tasks | None = None

    def wake(self, conversation: str) -> None:
        """See Dispatcher."""
        if self._advancing:
            self._advancing.wake(conversation)

    def show(self, conversation: str) -> None:
        """See Dispatcher."""
        if self._delivering:
            self._delivering.wake(conversation)

    @asynccontextmanager
    async def working(self, advance: Work, deliver: Work) -> AsyncIterator[None]:
        """See Dispatcher."""
        self._advancing, self._delivering = Tasks("advance", advance), Tasks("deliver", deliver)
        for conversation in await self._database.run(deliveries.undone):
            self.show(conversation)
        scanner = asyncio.create_task(scan(self._database, self._now, due, self._wake_idle))
        try:
            yield
        finally:
            scanner.cancel()
            await self._advancing.stop(STEPS)
            await self._delivering.stop(TELLING)

    def _wake_idle(self, conversation: str) -> None:
        if self._advancing and not self._advancing.task(conversation):
            self._advancing.wake(conversation)
