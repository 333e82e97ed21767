"""These tests can run on both databases, each on an empty one at the schema of this version."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.store import schema
from bot.store.database import Database
from tests.databases import database_kind, pytest_generate_tests, url_for

__all__ = ["database_kind", "pytest_generate_tests"]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(url_for(tmp_path))
    await made.run(schema.upgrade)
    yield made
    made.close()


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.engine.begin() as made:
        yield made
