"""The embedded dispatcher: in this process, one task a conversation, woken by name.

Promise: of one key only one task runs; a wake-up that comes while it runs is not lost.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

#: how long a graceful stop waits for running tasks, seconds
GRACE = 20

#: waits before a task that failed is tried again, seconds
FIRST_RETRY, LAST_RETRY = 0.5, 60.0

log = structlog.get_logger()

Work = Callable[[str, asyncio.Event], Awaitable[None]]


class Dispatcher:
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

    def is_idle(self, key: str) -> bool:
        """No task runs for the key."""
        return key not in self._tasks

    async def _run(self, key: str) -> None:
        woken, delay = self._woken[key], FIRST_RETRY
        try:
            while woken.is_set() and not self._stopping:
                woken.clear()
                try:
                    await self._work(key, woken)
                except Exception:  # one conversation's bug must not end the others; it is tried again
                    log.exception("task failed", task=self._name, conversation=key, retry_in=delay)
                    await asyncio.sleep(delay)
                    delay = min(delay * 2, LAST_RETRY)
                    woken.set()
        finally:
            del self._tasks[key], self._woken[key]

    async def stop(self) -> None:
        """Let what runs finish, for at most GRACE seconds; what is cut off is found undone at the next start."""
        self._stopping = True
        for woken in self._woken.values():
            woken.set()
        if tasks := list(self._tasks.values()):
            _, late = await asyncio.wait(tasks, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
