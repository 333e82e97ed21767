"""SQLite as our database: a file in WAL mode that only its owner may read.

Commits do not wait for the disk (a crash of the process loses nothing; a power cut may lose the last moment), except
those asked to be durable.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, create_engine, event

from bot.errors import ConfigError

#: how long a transaction waits for another process's, seconds
BUSY_TIMEOUT = 10


def checked(url: URL) -> URL:
    """The address as it is used. Raises ConfigError where it names no file."""
    if not url.database or url.database == ":memory:":
        raise ConfigError("DATABASE_URL: name a file, such as sqlite:///helpdesk.db; memory forgets conversations")
    return url.set(drivername="sqlite")


def engine(url: URL) -> Engine:
    """The engine of a file, which is made where there is none. Raises ConfigError where it cannot be made."""
    _create_private(Path(url.database or ""))
    # an error's text goes into logs, and would quote what people wrote
    made = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT}, hide_parameters=True)

    @event.listens_for(made, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    # the dialect's own hook, so that a failure is SQLAlchemy's; an event that executes SQL costs ten times as much
    made.dialect.do_begin = _begin  # type: ignore[method-assign, assignment]
    return made


def reader(url: URL) -> Engine:
    """An engine that only reads: a transaction sees one state of the file, and the bot does not wait for it."""
    made = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT}, hide_parameters=True)

    @event.listens_for(made, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA query_only=ON")
        # bytes that are no text come back as what no text of ours can be
        connection.text_factory = lambda found: found.decode("utf-8", "surrogateescape")

    made.dialect.do_begin = _begin_reading  # type: ignore[method-assign, assignment]  # as above
    return made


def mode(connection: Connection, *, durable: bool) -> AbstractContextManager[None]:
    """How the next transaction is made."""
    return _onto_disk(connection) if durable else contextlib.nullcontext()


@contextlib.contextmanager
def _onto_disk(connection: Connection) -> Iterator[None]:
    raw = connection.connection.cursor()
    raw.execute("PRAGMA synchronous=FULL")
    try:
        yield
    finally:
        raw.execute("PRAGMA synchronous=NORMAL")
        raw.close()


def _begin(connection: PoolProxiedConnection) -> None:
    # a read that later writes would fail with "database is locked" if another process wrote in between
    connection.cursor().execute("BEGIN IMMEDIATE")


def _begin_reading(connection: PoolProxiedConnection) -> None:
    connection.cursor().execute("BEGIN")


def _create_private(file: Path) -> None:
    """An empty file that only its owner may read, unless it exists: SQLite itself would follow the umask."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise ConfigError(f"DATABASE_URL: cannot create {file}: {error.strerror}") from None
