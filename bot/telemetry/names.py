"""The names of people, so that logs leave them out: read when work begins, and again now and then; where a directory
cannot say them, learned of those whom it finds."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol, cast, runtime_checkable

import structlog

from bot.meanwhile import meanwhile
from bot.telemetry.redact import MAX_NAMES, Redactor
from tools.backends.directory import Directory, PersonRecord
from tools.spec import ToolFailed

#: between two readings; and how long one may take, seconds
EVERY, LIMIT = 600.0, 10.0

log = structlog.get_logger()


@runtime_checkable
class Names(Protocol):
    """A directory that can say whom it knows."""

    async def names(self, most: int) -> list[str]:
        """The names of people, at most so many. Raises ToolFailed where it does not answer."""


class Heard:
    """A Directory that cannot say whom it knows: of each person whom it finds the redactor learns the name at once."""

    def __init__(self, directory: Directory, redactor: Redactor) -> None:
        self._directory = directory
        self._redactor = redactor
        self._learned = set[str]()

    async def find(self, person: str) -> PersonRecord | None:
        """See Directory."""
        return self._noted(await self._directory.find(person))

    async def find_by_email(self, email: str) -> PersonRecord | None:
        """See Directory."""
        return self._noted(await self._directory.find_by_email(email))

    def _noted(self, found: PersonRecord | None) -> PersonRecord | None:
        if found and found.name not in self._learned and len(self._learned) < MAX_NAMES:
            self._learned.add(found.name)
            self._redactor.learn(found.name)
        return found


def heard(systems: Mapping[type, object], redactor: Redactor | None) -> Mapping[type, object]:
    """The systems, with a directory among them, which cannot say whom it knows, heard by the redactor."""
    directory = systems.get(Directory)
    if redactor is None or directory is None or isinstance(directory, Names):
        return systems
    return {**systems, Directory: Heard(cast("Directory", directory), redactor)}


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
