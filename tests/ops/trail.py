"""A database with conversations in it, made as the bot makes them, and a hand that changes it as no bot would."""

import asyncio
import contextlib
import io
import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.__main__ import main
from bot.core import items
from bot.core.items import Entry, Item
from bot.store import log, schema
from bot.store.database import Database

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


class Trail:
    """A database file. `now` is the time of the next item."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "own.db"
        self.url = f"sqlite:///{self.file}"
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
            await self.database.run(lambda c: log.append(c, conversation, entries, lambda: secrets.token_bytes(16), 0))

    async def erase(self, conversation: str, *seqs: int) -> None:
        """As a privacy command would."""
        await self.database.run(lambda c: log.erase(c, conversation, seqs))

    @contextlib.contextmanager
    def tampering(self) -> Iterator[sqlite3.Connection]:
        """The database in the hands of somebody who may write to it."""
        with contextlib.closing(sqlite3.connect(self.file)) as connection, connection:
            connection.text_factory = lambda found: found.decode("utf-8", "surrogateescape")
            yield connection

    def tamper(self, sql: str, *values: Any) -> None:
        """One such change."""
        with self.tampering() as connection:
            connection.execute(sql, values)

    def head(self, conversation: str) -> int:
        return self._heads[conversation]

    def close(self) -> None:
        self.database.close()


def rehash(connection: sqlite3.Connection, conversation: str, first: int, *, head: bool = True) -> None:
    """Compute commitments and hashes anew from `first` on, and the conversation's row, as a careful forger would."""
    connection.row_factory = sqlite3.Row
    previous = connection.execute(
        "SELECT hash FROM log WHERE conversation = ? AND seq < ? ORDER BY seq DESC", (conversation, first)
    ).fetchone()
    last, count = previous["hash"] if previous else log.GENESIS, first - 1
    rows = connection.execute(
        "SELECT * FROM log WHERE conversation = ? AND seq >= ? ORDER BY seq", (conversation, first)
    ).fetchall()
    for found in rows:
        row = dict(found)
        if row["body"] is not None:
            row["commitment"] = log.commit_to(row["nonce"], row["body"])
        row["prev_hash"] = last
        last, count = log.chain_hash(row), row["seq"]
        connection.execute(
            "UPDATE log SET commitment = ?, prev_hash = ?, hash = ? WHERE conversation = ? AND seq = ?",
            (row["commitment"], row["prev_hash"], last, conversation, count),
        )
    if head:
        connection.execute("UPDATE conversations SET head = ?, head_hash = ? WHERE id = ?", (count, last, conversation))


def command(*words: object) -> tuple[int, str]:
    """`helpdesk audit …`: its exit code, and what it prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(["audit", *map(str, words)])
    return code, out.getvalue()


async def audit(trail: Trail, *words: object) -> tuple[int, str]:
    """The same about this trail, from a test that is asynchronous itself."""
    action, *others = words
    return await asyncio.to_thread(command, action, "--database-url", trail.url, *others)


async def exported(trail: Trail) -> list[dict[str, Any]]:
    """The lines of the export."""
    return [json.loads(line) for line in (await audit(trail, "export"))[1].splitlines()]
