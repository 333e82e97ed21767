"""The names of people, so that logs leave them out: read when work begins, and again now and then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, runtime_checkable

import structlog

from bot.meanwhile import meanwhile
from bot.telemetry.redact import MAX_NAMES, Redactor
from tools.spec import ToolFailed

#: between two readings; and how long one may take, seconds
EVERY, LIMIT = 600.0, 10.0

log = structlog.get_logger()


@runtime_checkable
class Names(Protocol):
    """A directory that can say whom it knows."""

    async def names(self, most: int) -> list[str]:
        """The names of people, at most so many. Raises ToolFailed where it does not answer."""


@asynccontextmanager
async def known(redactor: Redactor, directory: object) -> AsyncIterator[None]:
    """While the block lasts the redactor knows the people of the directory, if that can say who they are."""
    if not isinstance(directory, Names):
        yield
        return
    await _read(redactor, directory)
    async with meanwhile(_again(redactor, directory)):
        yield


async def _again(redactor: Redactor, directory: Names) -> None:
    while True:
        await asyncio.sleep(EVERY)
        await _read(redactor, directory)


async def _read(redactor: Redactor, directory: Names) -> None:
    """What was known stays where the directory does not answer."""
    try:
        async with asyncio.timeout(LIMIT):
            redactor.know(await directory.names(MAX_NAMES))
    except (ToolFailed, TimeoutError):
        log.warning("the names of people were not read; those known are left out of logs")
