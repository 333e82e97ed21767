"""The one scanner: wakes conversations whose time has come or whose messages wait; throws away what nobody came for.

Lateness is harmless, because `decide` compares times itself. Promise: a database that does not answer for a while is
asked again, and what another process put into the inbox is found.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from bot.run.dispatch import Dispatcher
from bot.store import inbox, sealed
from bot.store.database import Database
from bot.store.tables import conversations

#: how often the clock is looked at, seconds
TICK = 0.25

#: ticks between two clean-ups
CLEAN_EVERY = 120

_DUE = select(conversations.c.id).where(conversations.c.wake_at <= bindparam("now"))

Clock = Callable[[], datetime]

log = structlog.get_logger()


async def scan(database: Database, now: Clock, workers: Dispatcher) -> None:
    """Run until cancelled."""
    tick = 0
    while True:
        try:
            await _look(database, now, workers, clean=tick % CLEAN_EVERY == 0)
        except SQLAlchemyError:
            log.exception("the database does not answer the scanner")
        tick += 1
        await asyncio.sleep(TICK)


async def _look(database: Database, now: Clock, workers: Dispatcher, *, clean: bool) -> None:
    for conversation in await database.run(lambda connection: _due(connection, now().timestamp())):
        if workers.is_idle(conversation):
            workers.wake(conversation)
    if clean:
        await database.run(lambda connection: _clean(connection, now().timestamp()))


def _due(connection: Connection, now: float) -> list[str]:
    return [*connection.scalars(_DUE, {"now": now}), *inbox.undone(connection)]


def _clean(connection: Connection, now: float) -> None:
    inbox.forget(connection, now)
    sealed.drop_expired(connection, now)
