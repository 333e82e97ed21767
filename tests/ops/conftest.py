"""What these tests are given: a database of either kind, and on it conversations, or people and the command line."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.databases import sqlite_at
from tests.ops.beside import Desk
from tests.ops.trail import KEY, Trail
from tests.postgres import own_database

#: for tests about what only the one database does
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new database."""
    if request.param == "sqlite":
        yield sqlite_at(tmp_path / "own.db")
        return
    with own_database() as url:
        yield url


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    """The command line beside a database that knows some people."""
    made = Desk(database_url)
    yield made
    made.database.close()


@pytest.fixture
async def trail(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Trail]:
    """Three conversations, in a folder without settings but the key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HELPDESK_SECRET_KEY", KEY.get_secret_value())
    made = Trail(database_url)
    await made.begin()
    yield made
    made.close()
