"""Hearing PostgreSQL's notifications (LISTEN), whatever happens to the connection."""

import asyncio
from collections.abc import AsyncIterator

import structlog
from sqlalchemy import URL

from bot.store.inbox import RING
from bot.store.postgresql import ANSWER_LIMIT, CONNECT_LIMIT

#: seconds of silence after which the server is asked whether it is there
SILENCE = 10.0

#: seconds between two attempts to connect
PAUSE = 0.5

log = structlog.get_logger()


async def rings(url: URL) -> AsyncIterator[str | None]:
    """What rings, without end; None for each new connection, because something may have rung while there was none."""
    import psycopg  # noqa: PLC0415 -- a megabyte that SQLite does not need

    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            connecting = psycopg.AsyncConnection.connect(
                address, autocommit=True, connect_timeout=CONNECT_LIMIT, tcp_user_timeout=ANSWER_LIMIT * 1000
            )
            async with await connecting as connection:
                await connection.execute(f"LISTEN {RING}")
                yield None
                while True:
                    async for rung in connection.notifies(timeout=SILENCE):
                        yield rung.payload
                    async with asyncio.timeout(CONNECT_LIMIT):
                        await connection.execute("SELECT 1")
        except (psycopg.Error, OSError, TimeoutError) as error:
            log.warning("the database cannot be heard", error=type(error).__name__)
            await asyncio.sleep(PAUSE)
