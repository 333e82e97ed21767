"""The one scanner: wakes conversations whose time has come, and throws away what nobody came for.

Lateness is harmless, because `decide` compares times itself.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select

from bot.run.dispatch import Dispatcher
from bot.store import inbox, sealed
from bot.store.database import Database
from bot.store.tables import conversations

#: how often the clock is looked at, seconds
TICK = 0.25

#: ticks between two clean-ups
CLEAN_EVERY = 120

Clock = Callable[[], datetime]


async def scan(database: Database, now: Clock, workers: Dispatcher) -> None:
    """Run until cancelled."""
    tick = 0
    while True:
        for conversation in await database.run(lambda connection: _due(connection, now().timestamp())):
            if workers.is_idle(conversation):
                workers.wake(conversation)
        if tick % CLEAN_EVERY == 0:
            await database.run(lambda connection: _clean(connection, now().timestamp()))
        tick += 1
        await asyncio.sleep(TICK)


def _due(connection: Connection, now: float) -> list[str]:
    return list(connection.scalars(select(conversations.c.id).where(conversations.c.wake_at <= now)))


def _clean(connection: Connection, now: float) -> None:
    inbox.forget(connection, now)
    sealed.drop_expired(connection, now)
