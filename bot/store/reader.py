"""A database as it stands at one moment, for whoever reads much of it: nothing is written, nobody waits for anybody.

One transaction from the first look to the end. What the bot writes meanwhile is not seen; SQLite's write-ahead log
grows by it, and PostgreSQL keeps old rows for it, as long as the reader is open.
"""

import contextlib
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.store import postgresql, sqlite
from bot.store.address import address, called
from bot.store.thread import WorkThread

T = TypeVar("T")


class Reader:
    """One state of a database, and the thread that reads it."""

    def __init__(self, url: str) -> None:
        """Nothing is read yet. Raises ConfigError for an address that is none, or a file that is not there."""
        checked = address(url, existing=True)
        shared = checked.get_backend_name() == "postgresql"
        #: what people call the database
        self.name = called(checked)
        self._engine = postgresql.reader(checked) if shared else sqlite.reader(checked)
        self._connection: Connection | None = None
        self._thread = WorkThread("reader")

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What `work` reads. Raises DBAPIError."""
        return await self._thread.run(partial(self._read, work))

    def close(self) -> None:
        """Let go of the database."""
        self._thread.close()
        if self._connection:
            with contextlib.suppress(DBAPIError):
                self._connection.close()
        self._engine.dispose()

    def _read(self, work: Callable[[Connection], T]) -> T:
        if self._connection is None:
            self._connection = self._engine.connect()
            self._connection.begin()
        return work(self._connection)
