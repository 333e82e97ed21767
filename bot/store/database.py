"""One database: short transactions as plain functions on a connection, run in a thread, one hop each.

SQLite has one writer thread by nature; commits are in WAL mode without waiting for the disk (a crash of the
process loses nothing; a power cut may lose the last moment), except those asked to be `durable`.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import ConfigError
from bot.store.thread import WorkThread

T = TypeVar("T")

#: how long a transaction waits for another process's, seconds
BUSY_TIMEOUT = 10


class Database:
    """A database and the thread its transactions run in."""

    def __init__(self, url: str, *, existing: bool = False) -> None:
        """Open it; a file that is not there is made, unless it is said to be `existing`. Raises ConfigError."""
        self.url = _checked(url)
        if existing and not Path(self.url.database or "").exists():
            raise ConfigError(
                f"DATABASE_URL: there is no {self.url.database}. The demo's database is sqlite:///.demo/helpdesk.db"
            )
        self.engine = _engine(self.url)
        self._thread = WorkThread("database")
        #: kept open by the thread: taking one from the pool costs as much as a small transaction
        self._connection: Connection | None = None

    async def run(self, work: Callable[[Connection], T], *, durable: bool = False) -> T:
        """The result of `work` in one transaction; `durable`: on the disk before this returns."""
        return await self._thread.run(partial(self._transaction, work, durable))

    def _transaction(self, work: Callable[[Connection], T], durable: bool) -> T:
        connection = self._connection = self._connection or self.engine.connect()
        with self._synchronous(connection, durable), connection.begin():
            return work(connection)

    @contextlib.contextmanager
    def _synchronous(self, connection: Connection, durable: bool) -> Iterator[None]:
        if not durable:
            yield
            return
        raw = connection.connection.cursor()
        raw.execute("PRAGMA synchronous=FULL")
        try:
            yield
        finally:
            raw.execute("PRAGMA synchronous=NORMAL")
            raw.close()

    def close(self) -> None:
        """Finish what runs and let go of the file."""
        self._thread.close()
        if self._connection:
            self._connection.close()
        self.engine.dispose()


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError("DATABASE_URL is not an address of a database; use sqlite:///FILE.db") from None
    if parsed.get_backend_name() != "sqlite":
        raise ConfigError(f"DATABASE_URL: {parsed.get_backend_name()} is not supported; use sqlite:///FILE.db")
    if not parsed.database or parsed.database == ":memory:":
        raise ConfigError("DATABASE_URL: name a file, such as sqlite:///helpdesk.db; memory forgets conversations")
    return parsed.set(drivername="sqlite")


def _engine(url: URL) -> Engine:
    _create_private(Path(url.database or ""))
    # an error's text goes into logs, and would quote what people wrote
    connect = {"check_same_thread": False, "timeout": BUSY_TIMEOUT}
    engine = create_engine(url, connect_args=connect, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    # the dialect's own hook, so that a failure is SQLAlchemy's; an event that executes SQL costs ten times as much
    engine.dialect.do_begin = _begin  # type: ignore[method-assign, assignment]
    return engine


def _begin(connection: PoolProxiedConnection) -> None:
    # a read that later writes would fail with "database is locked" if another process wrote in between
    connection.cursor().execute("BEGIN IMMEDIATE")


def _create_private(file: Path) -> None:
    """An empty file that only its owner may read, unless it exists: SQLite itself would follow the umask."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise ConfigError(f"DATABASE_URL: cannot create {file}: {error.strerror}") from None
