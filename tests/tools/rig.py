"""A real database with the demo's people and the shipped articles, and a way to call a tool as a worker would."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pydantic_core
from sqlalchemy import Connection, make_url, select

from bot.store import schema
from bot.store.database import Alone, Database
from tests.postgres import away
from tools.backends.access import Access
from tools.backends.accounts import Locks, Passwords
from tools.backends.article_folder import SHIPPED, sync_articles
from tools.backends.devices import Devices
from tools.backends.directory import Directory
from tools.backends.knowledge import Knowledge
from tools.backends.memories import Memories
from tools.backends.seed import seed
from tools.backends.sql_access import SqlAccess
from tools.backends.sql_accounts import SqlAccounts
from tools.backends.sql_devices import SqlDevices
from tools.backends.sql_directory import SqlDirectory
from tools.backends.sql_knowledge import SqlKnowledge
from tools.backends.sql_memories import SqlMemories
from tools.backends.sql_tickets import SqlTickets
from tools.backends.tables import metadata
from tools.backends.tickets import Tickets
from tools.spec import Context, Part, Tool, TryAgain, Untrusted

T = TypeVar("T")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class OwnDatabase:
    """A database of a test's own, as tools see it: every transaction is alone."""

    def __init__(self, url: str) -> None:
        self.url = url
        #: "sqlite" or "postgresql"
        self.kind = make_url(url).get_backend_name()
        self._whole = Database(url)
        self._alone = Alone(self._whole)

    async def run(self, work: Callable[[Connection], T]) -> T:
        """See Database."""
        return await self._alone.run(work)

    def close(self) -> None:
        """End the threads and the connections."""
        self._whole.close()

    @contextmanager
    def away(self) -> Iterator[None]:
        """In this block it answers nobody."""
        if self.kind == "postgresql":
            with away(self.url):
                yield
            return
        with closing(sqlite3.connect(self._file)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield

    async def stored(self) -> bytes:
        """All that is in it, and in a file also what was deleted."""
        rows = repr(await self.run(everything)).encode()
        if self.kind == "postgresql":
            return rows
        return rows + b"".join(each.read_bytes() for each in self._file.parent.glob(f"{self._file.name}*"))

    @property
    def _file(self) -> Path:
        return Path(make_url(self.url).database or "")


def impatient(connection: Connection) -> None:
    """Nothing; this connection does not wait for others to leave a file."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")


def everything(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table of the tools."""
    return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in metadata.sorted_tables}


def fill(url: str) -> None:
    """Nothing; afterwards the database holds the schema, the demo's people and the shipped articles."""
    asyncio.run(_fill(url))


async def _fill(url: str) -> None:
    whole = Database(url)
    await whole.run(schema.upgrade)
    await seed(Alone(whole))
    await sync_articles(SHIPPED, SqlKnowledge(Alone(whole)), reviewed=["."])
    whole.close()


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


class FakeResults:
    """Call 7 gave something in two parts, the second of which others wrote."""

    def part(self, result: int, number: int) -> Part:
        """See Results."""
        if result != 7 or number > 2:
            raise TryAgain(f"There is no part {number} of result {result} here.")
        return Part("the beginning", 1, 2, None) if number == 1 else Part("the rest", 2, 2, ("U-456",), ("U0SAM",))


class Desk:
    """The tools at work on one database, for Alex (U-123) in a direct message unless told otherwise."""

    def __init__(self, database: OwnDatabase) -> None:
        self.requests = FakeRequests()
        self.context = Context(
            requester="U-123",
            private=True,
            person="U0ALEX",
            workspace="T1",
            key="k1",
            now=NOW,
            requests=self.requests,
            results=FakeResults(),
        )
        self.backends: Mapping[type, object] = {
            Directory: SqlDirectory(database),
            Knowledge: SqlKnowledge(database),
            Tickets: SqlTickets(database),
            Locks: SqlAccounts(database),
            Passwords: SqlAccounts(database),
            Access: SqlAccess(database),
            Devices: SqlDevices(database),
            Memories: SqlMemories(database),
        }

    async def use(self, tool: Tool, arguments: Mapping[str, object], **context: Any) -> Any:
        """What the model reads of a call: its result, through JSON."""
        result = await self.result(tool, arguments, **context)
        return json.loads(pydantic_core.to_json(result.value if isinstance(result, Untrusted) else result))

    async def result(self, tool: Tool, arguments: Mapping[str, object], **context: Any) -> object:
        """What the tool itself returns."""
        has = {**self.backends, Context: replace(self.context, **context)}
        return await tool.call(tool.parse(json.dumps(arguments)), has)
