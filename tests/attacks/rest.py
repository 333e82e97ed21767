"""Waiting until nothing more happens by itself: neither now nor within the next half minute of the bot's clock."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.run.kit import utc_now
from bot.store.tables import conversations
from tests.rig import Helpdesk

#: further than any wait before another attempt, nearer than any card's end; seconds
HORIZON = 30.0


async def rest(desk: Helpdesk, now: Callable[[], datetime] = utc_now) -> None:
    """Returns when everything that arrived is dealt with and nothing is due before HORIZON is over."""

    def due(connection: Connection) -> int:
        soon = conversations.c.wake_at < now().timestamp() + HORIZON
        return connection.scalar(select(func.count()).select_from(conversations).where(soon)) or 0

    async def nothing_due() -> bool:
        return not await desk.bot.database.run(due)

    await desk.settle()
    await reached(nothing_due)
    await desk.settle()


async def reached(state: Callable[[], Awaitable[bool]], timeout: float = 25) -> None:
    """Wait for a state that nothing announces."""
    async with asyncio.timeout(timeout):
        while not await state():
            await asyncio.sleep(0.02)
