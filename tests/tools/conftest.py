"""Every test has a database file of its own, copied from one that is filled once."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.rig import Desk, SqliteFile, fill


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tools") / "filled.db"
    asyncio.run(fill(path))
    return path


@pytest.fixture
def database(filled: Path, tmp_path: Path) -> Iterator[SqliteFile]:
    made = SqliteFile(Path(shutil.copy(filled, tmp_path / "own.db")))
    yield made
    made.close()


@pytest.fixture
def desk(database: SqliteFile) -> Desk:
    return Desk(database)
