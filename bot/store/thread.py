"""One thread for work that may block, awaited from an event loop: an executor of one thread at half the cost a call."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")

#: how long an end waits for a database that does not answer, seconds
PATIENCE = 5.0

_Work = tuple[Callable[[], Any], asyncio.Future[Any], asyncio.AbstractEventLoop]


class WorkThread:
    """Runs what it is given, one after another, in order."""

    def __init__(self, name: str) -> None:
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._closed = False
        #: how much is given and not done
        self.waiting = 0
        self._thread = Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives or raises. It is done even where the caller is cancelled meanwhile.

        Raises RuntimeError once the thread is closed.
        """
        if self._closed:
            raise RuntimeError("this thread is closed")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self.waiting += 1
        self._queue.put((work, done, loop))
        return await done

    def close(self) -> None:
        """Finish what was given; what takes longer than PATIENCE ends with the process."""
        self._closed = True
        self._queue.put(None)
        self._thread.join(PATIENCE)

    def _serve(self) -> None:
        while given := self._queue.get():
            _do(*given)
            self.waiting -= 1


def _do(work: Callable[[], Any], done: asyncio.Future[Any], loop: asyncio.AbstractEventLoop) -> None:
    try:
        tell = partial(done.set_result, work())
    except StopIteration as error:
        # no future takes one (PEP 479), and whoever waits would wait for ever
        tell = partial(done.set_exception, RuntimeError(f"work ended with {type(error).__name__}"))
    except BaseException as error:  # it is the caller's  # noqa: BLE001
        tell = partial(done.set_exception, error)
    with suppress(RuntimeError):  # the loop is closed, nobody waits
        loop.call_soon_threadsafe(_settle, done, tell)


def _settle(done: asyncio.Future[Any], tell: Callable[[], None]) -> None:
    if not done.cancelled():
        tell()
