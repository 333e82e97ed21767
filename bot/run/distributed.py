"""The dispatcher of many workers on one PostgreSQL database.

Whoever puts something into the inbox rings in the same transaction; every worker hears it, and one of them takes the
conversation (store/claims.py), advances and delivers it until there is nothing to do but wait, and gives it back.
Promise: a worker that dies or is paused loses its conversations to others within seconds, and cannot write to them any
more; without the database everything stands still, and goes on when it is back.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.run.dispatch import STEPS, TELLING
from bot.run.ring import rings
from bot.run.tasks import Tasks, Work
from bot.run.timers import Clock, scan
from bot.store import claims
from bot.store.database import Away, Database

#: conversations that a worker has at a time; others are rung for again
MOST = 200

#: how long a worker that ends tries to say so, seconds
LEAVING = 1.0

#: before something that broke begins anew, seconds
AGAIN = 1.0

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
        #: what broke while a conversation was advanced
        self._faults: dict[str, Exception] = {}
        #: workers that were told to be silent
        self._missed: set[str] = set()

    def fence(self, connection: Connection, conversation: str) -> None:
        """See Kit."""
        claims.held(connection, conversation, self._worker)

    def wake(self, conversation: str) -> None:
        """See Dispatcher; whoever has the conversation heard it too, so it is taken only if nobody has."""
        if self._advancing and (len(self._holding.keys) < MOST or self._holding.task(conversation)):
            self._holding.wake(conversation)

    def show(self, conversation: str) -> None:
        """See Dispatcher."""
        if self._delivering:
            self._delivering.wake(conversation)

    @asynccontextmanager
    async def working(self, advance: Work, deliver: Work) -> AsyncIterator[None]:
        """See Dispatcher."""
        self._advancing = Tasks("advance", lambda conversation, woken: self._advanced(advance, conversation, woken))
        self._delivering = Tasks("deliver", deliver)
        # of its own: a heartbeat that waits for work would say that the worker is dead
        pulse = Database(self._database.address, connections=1)
        try:
            await pulse.run(self._beat)
            beating = asyncio.create_task(_for_ever(lambda: self._beating(pulse)))
            others = [asyncio.create_task(_for_ever(each)) for each in (self._listening, self._scanning)]
            log.info("working", worker=self._worker)
            try:
                yield
            finally:
                for task in others:
                    task.cancel()
                await self._stop()
                beating.cancel()
                await asyncio.gather(beating, *others, return_exceptions=True)
        finally:
            pulse.close()

    async def _stop(self) -> None:
        """Finish steps, tell Slack, and let others have the rest."""
        assert self._advancing
        assert self._delivering
        await self._advancing.stop(STEPS)
        await self._delivering.stop(TELLING)
        await self._holding.stop(0)
        try:
            async with asyncio.timeout(LEAVING):
                await self._database.run(lambda connection: claims.leave(connection, self._worker))
        except (SQLAlchemyError, TimeoutError):
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
                limit = AGAIN if conversation in self._faults else None
                await asyncio.wait({waking, *tasks}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waking.cancel()
            # what broke is tried again here as long as something is being shown, which must not be left to another one
            if woken.is_set() or (limit and self._delivering.task(conversation)):
                woken.clear()
                self._faults.pop(conversation, None)
                self._advancing.wake(conversation)
        if fault := self._faults.pop(conversation, None):
            raise fault

    async def _advanced(self, advance: Work, conversation: str, woken: asyncio.Event) -> None:
        """As `advance`; what breaks is for whoever has the conversation, who gives it back before trying again."""
        try:
            await advance(conversation, woken)
        except Exception as error:  # noqa: BLE001 -- raised again in _until_rest
            self._faults[conversation] = error

    async def _beating(self, pulse: Database) -> None:
        while True:
            await asyncio.sleep(claims.BEAT)
            await pulse.run(self._beat)

    def _beat(self, connection: Connection) -> None:
        claims.beat(connection, self._worker)
        missed = claims.missed(connection)
        for worker in missed - self._missed:
            log.warning("a worker is silent; its conversations are taken over", worker=worker)
        self._missed = missed

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


async def _for_ever(work: Callable[[], Awaitable[None]]) -> None:
    """Without it a worker would be dead and look alive, so whatever breaks it is told, and it begins anew."""
    while True:
        try:
            await work()
        except Away:
            log.debug("what keeps this worker going waits for the database")
        except Exception:
            log.exception("what keeps this worker going was interrupted")
        await asyncio.sleep(AGAIN)
