"""The people whom the bot met, looked up again after a start where that is how logs learn to leave their names out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.meanwhile import meanwhile
from bot.run.kit import Kit
from bot.store import links
from bot.telemetry.names import Heard
from tools.backends.directory import Directory
from tools.spec import ToolFailed

#: people who are looked up, those of the newest links first
MAX_MET = 5_000

#: between two look-ups, which are several requests each; and how long one may take, seconds
PAUSE, LIMIT = 0.5, 30.0

log = structlog.get_logger()


@asynccontextmanager
async def meeting(kit: Kit, pause: float = PAUSE) -> AsyncIterator[None]:
    """While the block runs, the people whom a directory that is heard knows by links are found in it, once each."""
    if not isinstance(kit.directory, Heard):
        yield
        return
    async with meanwhile(_meet(kit, kit.directory, pause)):
        yield


async def _meet(kit: Kit, directory: Directory, pause: float) -> None:
    try:
        met = await kit.database.run(partial(links.newest, limit=MAX_MET))
    except SQLAlchemyError as error:
        log.warning("whom the bot met was not read, so logs may name them", error=type(error).__name__)
        return
    missed = 0
    for record in met:
        try:
            async with asyncio.timeout(LIMIT):
                await directory.find(record)
        except (ToolFailed, TimeoutError):
            missed += 1
        await asyncio.sleep(pause)
    if missed:
        log.warning("people whom the bot met were not found out, so logs may name them", people=missed)
