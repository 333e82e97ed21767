"""A version number that grows with every change, and a way to sleep until it does."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Counts changes and wakes whoever waits; for one event loop."""

    def __init__(self) -> None:
        self.version = 1
        #: no change will come any more; streams of changes end
        self.closed = False
        self._sleepers: set[asyncio.Future[None]] = set()

    def mark(self) -> None:
        """Something changed."""
        self.version += 1
        sleepers, self._sleepers = self._sleepers, set()
        for sleeper in sleepers:
            if not sleeper.done():
                sleeper.set_result(None)

    def close(self) -> None:
        """The end."""
        self.closed = True
        self.mark()

    async def beyond(self, version: int) -> int:
        """The current version, once it differs from `version`."""
        while self.version == version:
            sleeper = asyncio.get_running_loop().create_future()
            self._sleepers.add(sleeper)
            try:
                await sleeper
            finally:
                self._sleepers.discard(sleeper)
        return self.version

    async def wait_for(self, predicate: Callable[[], T], timeout: float) -> T:  # noqa: ASYNC109 - wait_for's own word
        """The first true value of `predicate`, asked now and after each change; `TimeoutError` after `timeout` s."""
        async with asyncio.timeout(timeout):
            while True:
                version = self.version
                if value := predicate():
                    return value
                await self.beyond(version)
