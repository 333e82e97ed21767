"""One database: short transactions as plain functions on a connection, run in threads, one hop each.

SQLite has one writer by nature, so one thread, and every transaction is alone. PostgreSQL has a few threads with a
connection each; there a transaction may run twice, where the database broke it off or the connection had ended, so it
does nothing but read and write tables. What was committed is on the disk.
"""

import contextlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import RootTransaction
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from bot.store import postgresql, sqlite
from bot.store.address import address, called, why
from bot.store.thread import WorkThread

T = TypeVar("T")

#: connections of a process to PostgreSQL, each with its thread
CONNECTIONS = 4

#: seconds after each attempt at a transaction that PostgreSQL broke off, or whose connection had ended; the one that
#: it was broken off for may still wait for the disk, and breaks it off again until it is done
PAUSES = (0.002, 0.01, 0.03, 0.1, 0.3, 0)


log = structlog.get_logger()


class Uncertain(SQLAlchemyError):
    """Whether the transaction was kept is not known."""


class Away(OperationalError):
    """The database lets nobody in."""


class Database:
    """A database and the threads its transactions run in."""

    def __init__(self, url: str, *, existing: bool = False, connections: int = CONNECTIONS) -> None:
        """Open it; a file that is not there is made, unless it is said to be `existing`. Raises ConfigError.

        `connections` are for PostgreSQL; SQLite has one.
        """
        self.url = address(url, existing=existing)
        #: several processes may work on it
        self.shared = self.url.get_backend_name() == "postgresql"
        self.engine: Engine = postgresql.engine(self.url) if self.shared else sqlite.engine(self.url)
        self._is_away = False
        self._desks = [_Desk(self.engine) for _ in range(connections if self.shared else 1)]

    @property
    def name(self) -> str:
        """What people call it; without a password."""
        return called(self.url)

    @property
    def address(self) -> str:
        """What another Database may be opened with; with the password."""
        return self.url.render_as_string(hide_password=False)

    async def run(self, work: Callable[[Connection], T], *, durable: bool = False, alone: bool = False) -> T:
        """The result of `work` in one transaction.

        `durable`: on the disk before this returns, also in a power cut. `alone`: as if no other transaction that is
        alone ran at the same time.
        """
        desk = min(self._desks, key=lambda each: each.thread.waiting)
        try:
            done = await desk.thread.run(partial(desk.transaction, work, durable=durable, alone=alone))
        except Away as error:
            self._missed(error)
            raise
        if self._is_away:
            self._is_away = False
            log.warning("the database is back")
        return done

    def _missed(self, error: Away) -> None:
        """An outage is told once, however many run into it."""
        if not self._is_away:
            self._is_away = True
            log.warning("the database is away", error=why(error))

    def close(self) -> None:
        """Finish what runs and let go of the database."""
        for desk in self._desks:
            desk.close()
        self.engine.dispose()


class Alone:
    """The same database for work in which what was read must still be so when it is written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, work: Callable[[Connection], T]) -> T:
        """The result of `work` in one transaction that is alone."""
        return await self._database.run(work, alone=True)


class _Desk:
    """A thread and its connection."""

    def __init__(self, engine: Engine) -> None:
        self.thread = WorkThread("database")
        self._engine = engine
        #: kept open by the thread: taking one from the pool costs as much as a small transaction
        self._connection: Connection | None = None

    def transaction(self, work: Callable[[Connection], T], *, durable: bool, alone: bool) -> T:
        for pause in PAUSES:
            try:
                return self._once(work, durable=durable, alone=alone)
            except DBAPIError as error:
                if error.connection_invalidated:
                    self._let_go()
                elif not postgresql.broken_off(error):
                    raise
                last = error
                time.sleep(pause)
        raise last

    def _once(self, work: Callable[[Connection], T], *, durable: bool, alone: bool) -> T:
        connection = self._connected()
        with self._mode(connection, durable=durable, alone=alone):
            transaction = connection.begin()
            try:
                result = work(connection)
            except BaseException:
                with contextlib.suppress(DBAPIError):
                    transaction.rollback()
                raise
            self._commit(transaction)
            return result

    def _mode(self, connection: Connection, *, durable: bool, alone: bool) -> AbstractContextManager[None]:
        if connection.dialect.name == "postgresql":
            return postgresql.mode(connection, alone=alone)
        return sqlite.mode(connection, durable=durable)

    def _commit(self, transaction: RootTransaction) -> None:
        try:
            transaction.commit()
        except DBAPIError as error:
            if not error.connection_invalidated:
                with contextlib.suppress(DBAPIError):
                    transaction.rollback()  # SQLAlchemy's connection stays in it else
                raise
            self._let_go()
            raise Uncertain("the connection ended while a transaction was committed") from error

    def _connected(self) -> Connection:
        """Raises Away, which is not repeated."""
        if self._connection is None:
            try:
                self._connection = self._engine.connect()
            except OperationalError as error:
                raise Away(error.statement, error.params, error.orig or error, hide_parameters=True) from error
        return self._connection

    def _let_go(self) -> None:
        if self._connection:
            with contextlib.suppress(DBAPIError):
                self._connection.close()
        self._connection = None

    def close(self) -> None:
        self.thread.close()
        self._let_go()
