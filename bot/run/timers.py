"""The one scanner: finds conversations whose time has come or whose messages wait; throws away what nobody came for.

Lateness is harmless, because `decide` compares times itself. Promise: a database that does not answer for a while is
asked again, and what another process put into the inbox is found.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from bot.store import attachments, inbox, sealed, streams
from bot.store.database import Away, Database
from bot.store.tables import conversations

#: how often the clock is looked at, seconds
TICK = 0.25

#: ticks between two clean-ups
CLEAN_EVERY = 120

_DUE = select(conversations.c.id).where(conversations.c.wake_at <= bindparam("now"))

Clock = Callable[[], datetime]

#: what is to be done at a time, in seconds since the epoch
Look = Callable[[Connection, float], list[str]]

log = structlog.get_logger()


async def scan(database: Database, now: Clock, look: Look, found: Callable[[str], None]) -> None:
    """Tell `found` of each conversation that `look` gives, until cancelled."""
    tick = 0
    while True:
        try:
            at = now().timestamp()
            for conversation in await database.run(lambda connection, at=at: look(connection, at)):  # type: ignore[misc]
                found(conversation)
            if tick % CLEAN_EVERY == 0:
                await database.run(lambda connection, at=at: _clean(connection, at))  # type: ignore[misc]
        except Away:
            log.debug("the scanner waits for the database")
        except SQLAlchemyError:
            log.exception("the database does not answer the scanner")
        tick += 1
        await asyncio.sleep(TICK)


def due(connection: Connection, now: float) -> list[str]:
    """Conversations with something to do."""
    return [*connection.scalars(_DUE, {"now": now}), *inbox.undone(connection)]


def _clean(connection: Connection, now: float) -> None:
    inbox.forget(connection, now)
    sealed.drop_expired(connection, now)
    attachments.drop_old(connection, now)
    streams.forget(connection, now)
