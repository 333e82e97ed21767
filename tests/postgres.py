"""PostgreSQL for tests: where it is found, and a database of its own for each test that asks.

It is looked for in this order: TEST_DATABASE_URL; server binaries on the machine, started in a temporary folder, which
is six times as fast as a server that waits for its disk; a server on 127.0.0.1:5432 that lets this user in. Where there
is none, tests are skipped with the reason, or fail where REQUIRE_POSTGRES is set.
"""

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from bot.store import schema
from bot.store.database import Database

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)

#: a server that runs anyway
_RUNNING = make_url("postgresql+psycopg://127.0.0.1:5432/postgres?connect_timeout=3")

#: where files are in memory, and how much must be free there, bytes
_MEMORY, _ROOM = Path("/dev/shm"), 4_000_000_000  # noqa: S108 -- the folder made in it is nobody else's

#: a server that a machine's crash may ruin, and a process's may not
_HASTY = "-c fsync=off -c full_page_writes=off -c shared_buffers=32MB -c autovacuum=off"


def postgres_or_skip() -> URL:
    """A server's address, with a database that new ones may be made from. Skips or fails where there is none."""
    found = _found()
    if found is None:
        reason = "no PostgreSQL: no TEST_DATABASE_URL, no server binaries, nobody at 127.0.0.1:5432"
        if os.environ.get("REQUIRE_POSTGRES"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@cache
def is_there() -> bool:
    """Whether tests will find a server, or have to; none is started for the answer."""
    if _BINARIES or os.environ.keys() & {"TEST_DATABASE_URL", "REQUIRE_POSTGRES"}:
        return True
    return _lets_us_in(_RUNNING)


@contextmanager
def own_database(filled: Callable[[str], None] | None = None) -> Iterator[str]:
    """The address of a new database at the schema of this version; it is dropped afterwards.

    `filled` puts something into the one that is copied, once in this process, and closes it.
    """
    server = postgres_or_skip()
    name = f"helpdesk_{uuid.uuid4().hex}"
    _on(server, f"CREATE DATABASE {name} TEMPLATE {_template(server, filled)} STRATEGY FILE_COPY")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _on(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def own_name() -> Iterator[tuple[URL, str]]:
    """A server, and the name of a role and of a database that somebody may make there; both are dropped afterwards."""
    server, name = postgres_or_skip(), f"helpdesk_{uuid.uuid4().hex}"
    try:
        yield server, name
    finally:
        _on(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        _on(server, f"DROP ROLE IF EXISTS {name}")


@contextmanager
def away(url: str) -> Iterator[None]:
    """In this block nobody gets into the database, and who was in it is put out."""
    server, name = postgres_or_skip(), make_url(url).database
    _on(server, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    _on(server, f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608
    try:
        yield
    finally:
        _on(server, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@cache
def _template(server: URL, filled: Callable[[str], None] | None) -> str:
    """A database at the schema of this version, made once in this process."""
    name = f"helpdesk_{uuid.uuid4().hex}"
    _on(server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    atexit.register(_on, server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    database = Database(server.set(database=name).render_as_string(hide_password=False))
    with database.engine.begin() as connection:
        schema.upgrade(connection)
    database.close()
    if filled:
        filled(server.set(database=name).render_as_string(hide_password=False))
    return name


def _on(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@cache
def _found() -> URL | None:
    if given := os.environ.get("TEST_DATABASE_URL"):
        return make_url(given).set(drivername="postgresql+psycopg")
    if started := _started():
        return started
    return _RUNNING if _lets_us_in(_RUNNING) else None


def _lets_us_in(server: URL) -> bool:
    try:
        _on(server, "SELECT 1")
    except SQLAlchemyError:
        return False
    return True


def _started() -> URL | None:
    if not _BINARIES:
        return None
    in_memory = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM
    server = OwnServer(Path(tempfile.mkdtemp(prefix="helpdesk-postgres-", dir=_MEMORY if in_memory else None)))
    atexit.register(server.remove)
    server.start()
    return server.url


class OwnServer:
    """A server of our own in a folder, which may be stopped and started; as root it runs as user postgres."""

    def __init__(self, folder: Path) -> None:
        """Make its files. The folder is removed with it."""
        self._folder, self._binaries = folder, _BINARIES[0]
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = URL.create(
            "postgresql+psycopg", username=self._user, host="127.0.0.1", port=port, database="postgres"
        )
        if os.geteuid() == 0:
            shutil.chown(folder, self._user)
            folder.parent.chmod(folder.parent.stat().st_mode | 0o011)
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--no-sync", "--locale=C", f"--username={self._user}")

    def start(self) -> None:
        """It answers when this returns."""
        options = f"-p {self.url.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder} {_HASTY}"
        self._run("pg_ctl", "--wait", f"--log={self._folder / 'log'}", f"--options={options}", "start")

    def stop(self, mode: str = "fast") -> None:
        """`fast`: connections are ended; `immediate`: as in a crash."""
        self._run("pg_ctl", "--wait", f"--mode={mode}", "stop")

    def remove(self) -> None:
        """Stop it for good."""
        subprocess.run(self._command("pg_ctl", "--mode=immediate", "stop"), check=False, capture_output=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, *command: str) -> None:
        with tempfile.TemporaryFile("w+b") as said:
            # a server that is started keeps the file: with a pipe nobody would see its end
            done = subprocess.run(self._command(*command), check=False, stdout=said, stderr=said, cwd="/")
            said.seek(0)
            assert done.returncode == 0, said.read().decode()

    def _command(self, program: str, *options: str) -> list[str]:
        command = [str(self._binaries / program), "-D", str(self._folder / "data"), *options]
        return ["runuser", "-u", self._user, "--", *command] if os.geteuid() == 0 else command
