"""PostgreSQL as our database: where one machine is not enough."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from bot.errors import ConfigError

#: seconds to connect, and that a server may leave what we sent without an answer
CONNECT_LIMIT, ANSWER_LIMIT = 5, 15

#: milliseconds; a transaction whose process was paused must not keep others waiting
LIMITS = {"statement_timeout": 10_000, "lock_timeout": 8_000, "idle_in_transaction_session_timeout": 5_000}

#: for who reads all of it in one transaction, however long that takes; milliseconds in which nobody took what was read
_READING = {
    "statement_timeout": 0,
    "idle_in_transaction_session_timeout": 300_000,
    "default_transaction_isolation": r"repeatable\ read",
    "default_transaction_read_only": "on",
}

#: PostgreSQL broke off a transaction because of another one: serialization failure, deadlock
_REPEATED = {"40001", "40P01"}


def checked(url: URL) -> URL:
    """The address as it is used: whatever driver it names, ours. Raises ConfigError where it names no database."""
    if not url.database:
        raise ConfigError("DATABASE_URL: name a database, such as postgresql://helpdesk@db.example.com/helpdesk")
    # in the query it would be shown wherever the address is
    password = url.query.get("password")
    if isinstance(password, str):
        url = url.set(password=password).difference_update_query(["password"])
    return url.set(drivername="postgresql+psycopg")


def engine(url: URL) -> Engine:
    """The engine; it connects when it is first used."""
    return _engine(url, LIMITS)


def reader(url: URL) -> Engine:
    """An engine that only reads: a transaction sees one state of the database, and nobody waits for it."""
    return _engine(url, LIMITS | _READING)


def _engine(url: URL, options: dict[str, Any]) -> Engine:
    connect = {
        "connect_timeout": CONNECT_LIMIT,
        "tcp_user_timeout": ANSWER_LIMIT * 1000,
        "application_name": "helpdesk",
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
    }
    # an error's text goes into logs, and would quote what people wrote
    return create_engine(url, connect_args=connect, hide_parameters=True)


def mode(connection: Connection, *, alone: bool) -> AbstractContextManager[None]:
    """How the next transaction is made."""
    return _alone(connection) if alone else contextlib.nullcontext()


@contextlib.contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    from psycopg import IsolationLevel  # noqa: PLC0415 -- a megabyte that SQLite does not need

    raw = connection.connection.driver_connection
    assert raw is not None
    raw.isolation_level = IsolationLevel.SERIALIZABLE
    try:
        yield
    finally:
        if not raw.closed:
            raw.isolation_level = None


def broken_off(error: DBAPIError) -> bool:
    """Nothing of the transaction is kept, and another attempt may do better."""
    return getattr(error.orig, "sqlstate", None) in _REPEATED
