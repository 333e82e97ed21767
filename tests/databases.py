"""Which database the bot under test keeps its conversations in: each test with a folder of its own runs on both.

A conftest that imports `pytest_generate_tests` and `database_kind` from here makes it so for its directory; with
`on_one_of_both` in the place of the first each test runs on one of them, by its name, and on both with DATABASES=both.
"""

import atexit
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from bot.store import schema
from bot.store.database import Database
from tests.postgres import own_database


class _Choice:
    """What the test that runs just now uses; by folder, because a bot that comes back finds its database."""

    def __init__(self) -> None:
        self.shared = False
        self.stack = ExitStack()
        self.addresses: dict[Path, str] = {}


_choice = _Choice()


def sqlite_at(file: Path) -> str:
    """The address of the SQLite database in this file; where there is none it is made, at this version's schema."""
    if not file.exists():
        shutil.copyfile(_empty(), file)
    return f"sqlite:///{file}"


@cache
def _empty() -> Path:
    """A database that others are copied from, which is ten times as fast as making each; made once in this process."""
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-sqlite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = Database(f"sqlite:///{folder / 'empty.db'}")
    with made.engine.begin() as connection:
        schema.upgrade(connection)
    made.close()
    return folder / "empty.db"


def url_for(folder: Path) -> str:
    """The address of the folder's database."""
    if not _choice.shared:
        return sqlite_at(folder / "helpdesk.db")
    if folder not in _choice.addresses:
        _choice.addresses[folder] = _choice.stack.enter_context(own_database())
    return _choice.addresses[folder]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests with a folder run on both, but for those marked; tests without have no database."""
    if "tmp_path" in metafunc.fixturenames and not metafunc.definition.get_closest_marker("sqlite"):
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)


def on_one_of_both(metafunc: pytest.Metafunc) -> None:
    """Half of the tests on each: what they try is above the store, which others try on both."""
    if "tmp_path" in metafunc.fixturenames and not metafunc.definition.get_closest_marker("sqlite"):
        kinds = ["sqlite", "postgresql"]
        if os.environ.get("DATABASES") != "both":
            kinds = [kinds[zlib.crc32(metafunc.definition.nodeid.encode()) % 2]]
        metafunc.parametrize("database_kind", kinds, indirect=True)


# autouse: pytest forgets a fixture that no test asks for, whatever is parametrised
@pytest.fixture(autouse=True)
def database_kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """The kind of the test's database, which it has while the test runs."""
    kind = getattr(request, "param", "sqlite")
    _choice.shared = kind == "postgresql"
    try:
        yield kind
    finally:
        _choice.stack.close()
        _choice.addresses.clear()
        _choice.shared = False
