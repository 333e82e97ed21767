"""One task a key, in this process, woken by name.

Promise: of one key only one task runs; a wake-up that comes while it runs is not lost.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.store.database import Away, Uncertain

#: waits before a task that failed is tried again, and between two looks for a database that is away, seconds
FIRST_RETRY, LAST_RETRY, AWAY = 0.5, 60.0, 1.0

log = structlog.get_logger()

Work = Callable[[str, asyncio.Event], Awaitable[None]]


class Tasks:
    """Runs `work(key, woken)` for each key that is woken, until it returns with nothing more to do."""

    def __init__(self, name: str, work: Work) -> None:
        self._name = name
        self._work = work
        self._woken: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    def wake(self, key: str) -> None:
        """There is something to do for the key."""
        if self._stopping:
            return
        if key in self._tasks:
            self._woken[key].set()
            return
        self._woken[key] = asyncio.Event()
        self._woken[key].set()
        self._tasks[key] = asyncio.create_task(self._run(key), name=f"{self._name} {key}")

    @property
    def keys(self) -> list[str]:
        """What is at work."""
        return list(self._tasks)

    def task(self, key: str) -> asyncio.Task[None] | None:
        """What runs for the key; None where nothing does."""
        return self._tasks.get(key)

    async def _run(self, key: str) -> None:
        woken, delay = self._woken[key], FIRST_RETRY
        try:
            while woken.is_set() and not self._stopping:
                woken.clear()
                try:
                    await self._work(key, woken)
                except (Away, Uncertain):
                    log.debug("waits for the database", task=self._name, conversation=key)
                    await self._wait(woken, AWAY)
                except Exception:  # one conversation's bug must not end the others; it is tried again
                    log.exception("task failed", task=self._name, conversation=key, retry_in=delay)
                    await self._wait(woken, delay)
                    delay = min(delay * 2, LAST_RETRY)
        finally:
            del self._tasks[key], self._woken[key]

    async def _wait(self, woken: asyncio.Event, seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.set()

    async def stop(self, grace: float) -> None:
        """Let what runs finish, for at most `grace` seconds; what is cut off is found undone later."""
        self._stopping = True
        for woken in self._woken.values():
            woken.set()
        if tasks := list(self._tasks.values()):
            _, late = await asyncio.wait(tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
