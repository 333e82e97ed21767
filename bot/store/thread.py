"""One thread for work that may block, awaited from an event loop: a ThreadPoolExecutor of one at half the cost a call."""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")

_Work = tuple[Callable[[], Any], asyncio.Future[Any], asyncio.AbstractEventLoop]


class WorkThread:
    """Runs what it is given, one after another, in order."""

    def __init__(self, name: str) -> None:
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._thread = Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives or raises. It is done even where the caller is cancelled meanwhile."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._queue.put((work, done, loop))
        return await done

    def close(self) -> None:
        """Finish what was given."""
        self._queue.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while given := self._queue.get():
            work, done, loop = given
            try:
                result, error = work(), None
            except BaseException as raised:  # it is the caller's  # noqa: BLE001
                result, error = None, raised
            loop.call_soon_threadsafe(_settle, done, result, error)


def _settle(done: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if done.cancelled():
        return
    if error:
        done.set_exception(error)
    else:
        done.set_result(result)
