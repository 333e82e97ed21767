"""Where subjects live: the fakes' address, and databases for them."""

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import aiohttp
import pytest
from sqlalchemy import create_engine, make_url, text

from bot.ops.database import upgrade
from tests.bench.driver import Subject, subject
from tests.bench.fakes import Fakes
from tests.bench.wire import answering
from tests.postgres import own_database

Kind = Literal["SQLite", "PostgreSQL"]
KINDS: tuple[Kind, ...] = ("SQLite", "PostgreSQL")


@dataclass(frozen=True, slots=True)
class Stage:
    """Starts subjects in processes of their own, all of which talk to the same fakes."""

    address: str
    http: aiohttp.ClientSession
    fakes: Fakes

    def floor(self) -> AbstractAsyncContextManager[Subject]:
        """The yardstick."""
        return subject("floor", _module("floor", self.address), self.http, self.fakes)

    def bot(self, database: str, role: str = "run") -> AbstractAsyncContextManager[Subject]:
        """The bot as `helpdesk run`, `web` or `worker` makes it."""
        return subject("ours", _module("ours", self.address, database, role), self.http, self.fakes)

    @asynccontextmanager
    async def pair(self, database: str) -> AsyncIterator[tuple[Subject, Subject]]:
        """A web process and a worker."""
        async with self.bot(database, "web") as web, self.bot(database, "worker") as worker:
            yield web, worker

    @asynccontextmanager
    async def whole(self, database: str) -> AsyncIterator[Subject]:
        """What hears Slack: the one process, or on PostgreSQL the web process, beside which a worker runs."""
        if database.startswith("sqlite"):
            async with self.bot(database) as alone:
                yield alone
        else:
            async with self.pair(database) as (web, _):
                yield web


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"tests.bench.{name}", *arguments]


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """The fakes, until the block ends."""
    fakes = Fakes()
    # uvicorn closes a connection that was idle for 5 s, which must not happen while an event is on its way
    pool = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=2))
    async with answering(fakes.answer) as address, pool as http:
        yield Stage(address, http, fakes)


@asynccontextmanager
async def database(kind: Kind, *, waits: bool = True) -> AsyncIterator[str]:
    """The address of a new database. Raises NoPostgres where there is none of that kind.

    One on PostgreSQL that never waits for the disk can be filled faster; it does everything else as usual.
    """
    if kind == "SQLite":
        with tempfile.TemporaryDirectory() as folder:
            # a usual start finds its schema; only the very first one loads Alembic, 8 MB
            await upgrade(made := f"sqlite:///{folder}/helpdesk.db")
            yield made
        return
    with ExitStack() as stack:
        try:
            made = stack.enter_context(own_database())
        except pytest.skip.Exception as error:
            raise NoPostgres(str(error)) from None
        if not waits:
            _hurry(made)
        yield made


def _hurry(address: str) -> None:
    engine, name = create_engine(address), make_url(address).database
    with engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    engine.dispose()


class NoPostgres(Exception):
    """Why there is no PostgreSQL."""
