"""A real SQLite file with the demo's people and the shipped articles, and a way to call a tool as a worker would."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pydantic_core
from sqlalchemy import Connection, create_engine, event, text

from tools.backends.access import Access
from tools.backends.accounts import Accounts
from tools.backends.article_folder import SHIPPED, sync_articles
from tools.backends.devices import Devices
from tools.backends.directory import Directory
from tools.backends.fts import FTS_SQLITE
from tools.backends.knowledge import Knowledge
from tools.backends.seed import seed
from tools.backends.sql_access import SqlAccess
from tools.backends.sql_accounts import SqlAccounts
from tools.backends.sql_devices import SqlDevices
from tools.backends.sql_directory import SqlDirectory
from tools.backends.sql_knowledge import SqlKnowledge
from tools.backends.sql_tickets import SqlTickets
from tools.backends.tables import metadata
from tools.backends.tickets import Tickets
from tools.spec import Context, Tool, TryAgain, Untrusted

T = TypeVar("T")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class SqliteFile:
    """A Database over one file and one thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 0})
        self._thread = ThreadPoolExecutor(max_workers=1)
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))

    async def run(self, work: Callable[[Connection], T]) -> T:
        """See Database."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, work)

    def close(self) -> None:
        """End the thread and the connections."""
        self._thread.shutdown()
        self._engine.dispose()

    def _transaction(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)


def _configure(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # BEGIN is ours, see above
    connection.execute("PRAGMA foreign_keys = on")
    connection.execute("PRAGMA synchronous = off")


def create_tables(connection: Connection) -> None:
    """Nothing; afterwards the schema exists."""
    metadata.create_all(connection)
    for statement in FTS_SQLITE:
        connection.execute(text(statement))


async def fill(path: Path) -> None:
    """Nothing; afterwards the file holds the schema, the demo's people and the shipped articles."""
    database = SqliteFile(path)
    await database.run(create_tables)
    await seed(database)
    await sync_articles(SHIPPED, SqlKnowledge(database))
    database.close()


@dataclass
class FakeRequests:
    """Requests of a conversation; number 7 is open and the requester's own."""

    withdrawn: list[int] = field(default_factory=list)

    def status(self, request: int) -> str:
        """See Requests."""
        if request != 7:
            raise TryAgain(f"There is no request {request} here.")
        return "Request 7 is withdrawn." if self.withdrawn else "Request 7 waits for an approver."

    def withdraw(self, request: int) -> str:
        """See Requests."""
        self.status(request)
        self.withdrawn.append(request)
        return "Request 7 is withdrawn."


class Desk:
    """The tools at work on one database, for Alex (U-123) in a direct message unless told otherwise."""

    def __init__(self, database: SqliteFile) -> None:
        self.requests = FakeRequests()
        self.context = Context(requester="U-123", private=True, key="k1", now=NOW, requests=self.requests)
        self.backends: Mapping[type, object] = {
            Directory: SqlDirectory(database),
            Knowledge: SqlKnowledge(database, reviewed=True),
            Tickets: SqlTickets(database),
            Accounts: SqlAccounts(database),
            Access: SqlAccess(database),
            Devices: SqlDevices(database),
        }

    async def use(self, tool: Tool, arguments: Mapping[str, object], **context: Any) -> Any:
        """What the model reads of a call: its result, through JSON."""
        result = await self.result(tool, arguments, **context)
        return json.loads(pydantic_core.to_json(result.value if isinstance(result, Untrusted) else result))

    async def result(self, tool: Tool, arguments: Mapping[str, object], **context: Any) -> object:
        """What the tool itself returns."""
        has = {**self.backends, Context: replace(self.context, **context)}
        return await tool.call(tool.parse(json.dumps(arguments)), has)
