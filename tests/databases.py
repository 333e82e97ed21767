"""Which database the bot under test keeps its conversations in: each test with a folder of its own can run on both.

A conftest that imports `pytest_generate_tests` and `database_kind` from here makes it so for its directory. Where no
more is asked for, they are run on SQLite (`chosen`).
"""

import atexit
import os
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from bot.store import schema
from bot.store.database import Database
from tests.order import thorough
from tests.postgres import is_there, own_database

KINDS = ("sqlite", "postgresql")

#: what these try is above the store, which others try on both
ABOVE = ("tests/api/", "tests/attacks/", "tests/metrics/", "tests/run/", "tests/slack/")


def chosen(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Those that are run: of what could run on both databases SQLite's.

    THOROUGH runs both of them, but above the store one of them; in another run it may be the other one. DATABASES=both
    runs all. What runs on PostgreSQL is not measured where it could run on SQLite: another run does.
    """
    run, by_chance = os.environ.get("PYTEST_XDIST_TESTRUNUID", ""), thorough() and is_there()
    twins: dict[str, dict[str, pytest.Item]] = {}
    for item in items:
        if kind := _kind(item):
            twins.setdefault(_whichever(item.nodeid, kind), {})[kind] = item
    left = set[pytest.Item]()
    for name, pair in twins.items():
        if len(pair) < len(KINDS):
            continue
        pair["postgresql"].add_marker("no_cover")
        if not _on_both(name):
            left.add(pair[KINDS[zlib.crc32(f"{run} {name}".encode()) % 2] if by_chance else "postgresql"])
    return [each for each in items if each not in left]


def _kind(item: pytest.Item) -> str | None:
    """The database that the test is to run on; None for one that has none, or its own."""
    given = getattr(getattr(item, "callspec", None), "params", {})
    return next((each for each in given.values() if isinstance(each, str) and each in KINDS), None)


def _whichever(name: str, kind: str) -> str:
    return re.sub(rf"(?<=[\[-]){kind}(?=[\]-])", "*", name)


def _on_both(name: str) -> bool:
    return os.environ.get("DATABASES") == "both" or (thorough() and not name.startswith(ABOVE))


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
    """Tests with a folder can run on both, but for those marked; tests without have no database."""
    if "tmp_path" in metafunc.fixturenames and not metafunc.definition.get_closest_marker("sqlite"):
        metafunc.parametrize("database_kind", KINDS, indirect=True)


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
