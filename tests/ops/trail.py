"""A database with conversations in it, made as the bot makes them, and a hand that changes it as no bot would."""

import asyncio
import contextlib
import io
import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from pydantic import SecretStr
from sqlalchemy import Connection, select

from bot.__main__ import main
from bot.core import items
from bot.core.items import Entry, Item
from bot.ops.audit.chain import Record
from bot.store import chain, log, schema
from bot.store.database import Database
from bot.store.tables import conversations
from tests.ops.beside import apart

NOON = datetime(2020, 11, 20, 12, tzinfo=UTC)

KEY = SecretStr("a secret key of thirty-two characters")

WIFI, RESET, SHORT = "T1:C1:1.1", "T1:C1:2.2", "T1:D9:3.3"


def wifi(rounds: int = 3) -> list[Item]:
    """A talk with look-ups in it."""
    said: list[Item] = [items.Opened(tenant="T1", channel="C1", thread_ts="1.1", private=False)]
    for number in range(rounds):
        turn = len(said) + 1
        said += [
            items.UserMessage(author="U0ALEX", text=f"my wifi is döwn {number} \U0001f4a5", ts=f"1.{number}"),
            items.Call(turn=turn, tool="search_kb", arguments='{"query": "wifi"}'),
            items.ToolStart(call=turn + 1, tool="search_kb", attempt=1),
            items.ToolResult(call=turn + 1, tool="search_kb", outcome="done", output='"an article"'),
        ]
    return said


def short() -> list[Item]:
    """Somebody says hello."""
    return [
        items.Opened(tenant="T1", channel="D9", thread_ts="3.3", private=True),
        items.UserMessage(author="U0SAM", text="hello", ts="3.3"),
    ]


#: how a database says that a value cannot be kept
REFUSED = (sqlite3.IntegrityError, psycopg.Error)


class Hand:
    """Who may write to the database and does: SQL with question marks, whichever database it is."""

    def __init__(self, connection: sqlite3.Connection | psycopg.Connection) -> None:
        self._connection = connection
        self.sqlite = isinstance(connection, sqlite3.Connection)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The cursor."""
        if isinstance(self._connection, sqlite3.Connection):
            return self._connection.execute(sql, values)
        return self._connection.execute(sql.replace("%", "%%").replace("?", "%s").encode(), values)

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """The rows."""
        return list(self.execute(sql, values).fetchall())

    def one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first row, or None."""
        return self.execute(sql, values).fetchone()

    def rollback(self) -> None:
        self._connection.rollback()


class Trail:
    """A database. `now` is the time of the next item."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = Database(self.url)
        self.now = NOON
        self._heads: dict[str, int] = {}

    async def begin(self) -> None:
        """The schema, and three conversations whose items alternate."""
        await self.database.run(schema.upgrade)
        for conversation, said in ((WIFI, wifi()), (RESET, wifi(2)), (SHORT, short())):
            await self.add(conversation, said[:5])
            await self.add(conversation, said[5:])

    async def add(self, conversation: str, said: Iterable[Item]) -> None:
        """Append the items, a second apart."""
        entries = []
        for item in said:
            self.now += timedelta(seconds=1)
            self._heads[conversation] = self._heads.get(conversation, 0) + 1
            entries.append(Entry(seq=self._heads[conversation], at=self.now, item=item))
        if entries:
            await self.database.run(lambda connection: _append(connection, conversation, entries))

    async def erase(self, conversation: str, *seqs: int) -> None:
        """As a privacy command would."""
        await self.database.run(lambda c: log.erase(c, conversation, seqs))

    @contextlib.contextmanager
    def tampering(self) -> Iterator[Hand]:
        """The database in the hands of somebody who may write to it."""
        if self.database.shared:
            address = self.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(address) as connection:
                yield Hand(connection)
            return
        with contextlib.closing(sqlite3.connect(self.database.name)) as file, file:
            file.text_factory = lambda found: found.decode("utf-8", "surrogateescape")
            yield Hand(file)

    def tamper(self, sql: str, *values: Any) -> None:
        """One such change."""
        with self.tampering() as hand:
            hand.execute(sql, values)

    def head(self, conversation: str) -> int:
        return self._heads[conversation]

    def close(self) -> None:
        self.database.close()


def _append(connection: Connection, conversation: str, entries: Sequence[Entry]) -> None:
    gone = select(conversations.c.purged_to, conversations.c.erased_to).where(conversations.c.id == conversation)
    purged, erased = connection.execute(gone).first() or (0, 0)
    log.append(connection, conversation, entries, lambda: secrets.token_bytes(16), 0, gone=(purged, erased))


def rehash(hand: Hand, conversation: str, first: int, *, head: bool = True) -> None:
    """Compute commitments and hashes anew from `first` on, and the conversation's row, as a careful forger would."""
    before = "SELECT hash FROM log WHERE conversation = ? AND seq < ? ORDER BY seq DESC"
    previous = hand.one(before, (conversation, first))
    last, count = previous[0] if previous else chain.GENESIS, first - 1
    columns = ", ".join(Record._fields)
    since = f"SELECT {columns} FROM log WHERE conversation = ? AND seq >= ? ORDER BY seq"  # noqa: S608
    for found in hand.all(since, (conversation, first)):
        row = Record(*found)._asdict()
        if row["body"] is not None:
            row["commitment"] = chain.commit_to(row["nonce"], row["body"])
        row["prev_hash"] = last
        last, count = chain.chain_hash(row), row["seq"]
        hand.execute(
            "UPDATE log SET commitment = ?, prev_hash = ?, hash = ? WHERE conversation = ? AND seq = ?",
            (row["commitment"], row["prev_hash"], last, conversation, count),
        )
    if head:
        hand.execute("UPDATE conversations SET head = ?, head_hash = ? WHERE id = ?", (count, last, conversation))


def command(*words: object) -> tuple[int, str]:
    """`helpdesk audit …`: its exit code, and what it prints."""
    out = io.StringIO()
    with apart(["audit", *words]) as open_words, contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(open_words)
    return code, out.getvalue()


async def audit(trail: Trail, *words: object) -> tuple[int, str]:
    """The same about this trail, from a test that is asynchronous itself."""
    action, *others = words
    return await asyncio.to_thread(command, action, "--database-url", trail.url, *others)


async def exported(trail: Trail) -> list[dict[str, Any]]:
    """The lines of the export."""
    return [json.loads(line) for line in (await audit(trail, "export"))[1].splitlines()]
