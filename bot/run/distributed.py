"""The dispatcher of many workers on one PostgreSQL database.

Whoever puts something into the inbox rings in the same transaction; every worker hears it, and one of them takes the
conversation (store/claims.py), advances and delivers it until there is nothing to do but wait, and gives it back.
Promise: a worker that dies or is paused loses its conversations to others within seconds, and cannot write to them any
more; without the database everything stands still, and goes on when it is back.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.run.dispatch import STEPS, TELLING
from bot.run.ring import rings
from bot.run.tasks import Tasks, Work
from bot.run.timers import Clock, scan
from bot.store import claims
from bot.store.database import Database

log = structlog.get_logger()


class Distributed:
    """See Dispatcher; `worker` names this run of the process, among others and after restarts."""

    def __init__(self, database: Database, now: Clock, worker: str) -> None:
        self._database = database
        self._now = now
        self._worker = worker
        self._holding = Tasks("hold", self._hold)
        self._advancing: Tasks | None = None
        self._delivering: Tasks | None = None

    def fence(self, connection: Connection, conversation: str) -> None:
        """See Kit."""
        claims.held(connection, conversation, self._worker)

    def wake(self, conversation: str) -> None:
        """See Dispatcher; whoever has the conversation heard it too, so it is taken only if nobody has."""
        if self._advancing:
            self._holding.wake(conversation)

    def show(self, conversation: str) -> None:
        """See Dispatcher."""
        if self._delivering:
            self._delivering.wake(conversation)

    @asynccontextmanager
    async def working(self, advance: Work, deliver: Work) -> AsyncIterator[None]:
        """See Dispatcher."""
        self._advancing, self._delivering = Tasks("advance", advance), Tasks("deliver", deliver)
        await self._do(claims.beat)
        around = [asyncio.create_task(each) for each in (self._beating(), self._listening(), self._scanning())]
        try:
            yield
        finally:
            for task in around[1:]:
                task.cancel()
            await self._stop()
            around[0].cancel()
            await asyncio.gather(*around, return_exceptions=True)

    async def _stop(self) -> None:
        """Finish steps, tell Slack, and let others have the rest."""
        assert self._advancing
        assert self._delivering
        await self._advancing.stop(STEPS)
        await self._delivering.stop(TELLING)
        await self._holding.stop(0)
        try:
            await self._do(claims.leave)
        except SQLAlchemyError:
            log.warning("the database is away at the end; others take over when they see that")

    async def _hold(self, conversation: str, woken: asyncio.Event) -> None:
        """Have the conversation, if nobody has it, until there is nothing to do."""
        take = lambda connection: claims.take(connection, conversation, self._worker)  # noqa: E731
        if not await self._database.run(take):
            return
        try:
            await self._until_rest(conversation, woken)
        finally:
            await self._database.run(lambda connection: claims.release(connection, conversation, self._worker))

    async def _until_rest(self, conversation: str, woken: asyncio.Event) -> None:
        assert self._advancing
        assert self._delivering
        self._advancing.wake(conversation)
        self._delivering.wake(conversation)
        while tasks := [t for each in (self._advancing, self._delivering) if (t := each.task(conversation))]:
            waking = asyncio.create_task(woken.wait())
            try:
                await asyncio.wait({waking, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waking.cancel()
            if woken.is_set():
                woken.clear()
                self._advancing.wake(conversation)

    async def _beating(self) -> None:
        while True:
            await asyncio.sleep(claims.BEAT)
            try:
                await self._do(claims.beat)
            except SQLAlchemyError:
                log.exception("the database does not take our heartbeat")

    async def _listening(self) -> None:
        async for conversation in rings(self._database.url):
            # at every new connection: what was told while there was none
            for key in [conversation] if conversation else self._holding.keys:
                self.wake(key)

    async def _scanning(self) -> None:
        # workers that were started together do not look together
        await asyncio.sleep(random.random() / 4)  # noqa: S311 -- spreads, hides nothing
        await scan(self._database, self._now, self._look, self.wake)

    def _look(self, connection: Connection, now: float) -> list[str]:
        claims.scan(connection, now)
        return []

    async def _do(self, work: Callable[[Connection, str], None]) -> None:
        await self._database.run(lambda connection: work(connection, self._worker))
