"""Every test can run on SQLite and on PostgreSQL, on a database of its own, copied from one that is filled once."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.postgres import own_database
from tests.tools.ldap_office import ldap_office
from tests.tools.office import Office, SqlOffice, scim_office
from tests.tools.rig import Desk, OwnDatabase, fill
from tests.tools.rt import RtWorld, rt_world
from tests.tools.rt_between import Between, between
from tests.tools.ticketing import RtTicketing, Ticketing, rt_ticketing
from tools.backends.sql_tickets import SqlTickets


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tools") / "filled.db"
    fill(f"sqlite:///{path}")
    return path


@contextmanager
def own_url(kind: str, filled: Path, folder: Path) -> Iterator[str]:
    """The address of a database that nobody else uses."""
    if kind == "postgresql":
        with own_database(fill) as made:
            yield made
    else:
        yield f"sqlite:///{shutil.copy(filled, folder / 'own.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, filled: Path, tmp_path: Path) -> Iterator[str]:
    """The address of the test's own database."""
    with own_url(request.param, filled, tmp_path) as made:
        yield made


@pytest.fixture
def database(url: str) -> Iterator[OwnDatabase]:
    made = OwnDatabase(url)
    yield made
    made.close()


@pytest.fixture
def desk(database: OwnDatabase) -> Desk:
    return Desk(database)


@pytest.fixture(params=["sql", "scim", "ldap"])
async def office(request: pytest.FixtureRequest, database: OwnDatabase, desk: Desk) -> AsyncIterator[Office]:
    """The same company on the embedded tables, on a SCIM server and on an LDAP server."""
    if request.param == "sql":
        yield SqlOffice(database, desk)
        return
    elsewhere = scim_office if request.param == "scim" else ldap_office
    async with elsewhere(database, desk) as made:
        yield made


@pytest.fixture(scope="session")
def rt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtWorld]:
    """One Request Tracker for all tests: a test's keys are its own, its tickets are the newest."""
    with rt_world(tmp_path_factory.mktemp("rt")) as world:
        yield world


@pytest.fixture
def sqlite(filled: Path, tmp_path: Path) -> Iterator[OwnDatabase]:
    """A database of one kind, for tests that are about something else."""
    with own_url("sqlite", filled, tmp_path) as url, closing(OwnDatabase(url)) as made:
        yield made


@pytest.fixture
async def middle(rt: RtWorld) -> AsyncIterator[Between]:
    """Between the bot and the Request Tracker."""
    async with between(rt) as made:
        yield made


@pytest.fixture
async def there(rt: RtWorld, sqlite: OwnDatabase, middle: Between) -> AsyncIterator[RtTicketing]:
    """Tickets in a Request Tracker, with somebody in between."""
    async with rt_ticketing(rt, sqlite, middle.url) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql", "rt"])
def kept_in(request: pytest.FixtureRequest, filled: Path, tmp_path: Path) -> Iterator[tuple[str, OwnDatabase]]:
    """Where tickets are, and the bot's database."""
    with own_url(request.param, filled, tmp_path) as url, closing(OwnDatabase(url)) as made:
        yield request.param, made


@pytest.fixture
async def ticketing(request: pytest.FixtureRequest, kept_in: tuple[str, OwnDatabase]) -> AsyncIterator[Ticketing]:
    """Tickets on the embedded tables, and in a Request Tracker."""
    kind, database = kept_in
    if kind != "rt":
        yield Ticketing(SqlTickets(database))
        return
    async with rt_ticketing(request.getfixturevalue("rt"), database) as made:
        yield made
