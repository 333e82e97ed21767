"""The schema as migrations make it. A database at the newest revision costs one query; others load Alembic.

Promise: while the schema is expanded, older processes go on; a process never works on a schema it does not fit.
"""

import re
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.errors import ConfigError
from bot.store import house

#: revision the code works with; the newest file in migrations/versions
HEAD = "0001"

_MIGRATIONS = Path(__file__).with_name("migrations")

#: what the house notes: the oldest revision whose code works with the schema as it is
WORKS_WITH = "schema_works_with"

#: nobody else changes the schema meanwhile; any number that is used for nothing else
_LOCK = text("SELECT pg_advisory_xact_lock(4862100)")
_PATIENT = text("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")


def upgrade(connection: Connection) -> None:
    """Bring the schema to HEAD; nothing where it is there, or further. Raises ConfigError for one that does not fit."""
    if connection.dialect.name == "postgresql":
        connection.execute(_PATIENT)
        connection.execute(_LOCK)
    before = current(connection)
    if before == HEAD:
        return
    if before is not None and not _known(before):
        check(connection)  # of a newer version, which only expanded it: there is nothing to do
        return
    from alembic import command  # noqa: PLC0415 -- a tenth of a second that a usual start need not spend
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    house.note(connection, WORKS_WITH, _works_with())


def check(connection: Connection) -> None:
    """Nothing, where this code works with the schema. Raises ConfigError that says what to run."""
    found = current(connection)
    if found == HEAD:
        return
    if found is None or _known(found):
        raise ConfigError("The database has an older schema than this version. Run: helpdesk db upgrade")
    needed = house.noted(connection, WORKS_WITH)
    if needed is None or needed > HEAD:
        raise ConfigError(_strange(found))


def current(connection: Connection) -> str | None:
    """The revision of the database; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def _known(revision: str) -> bool:
    """The revision is one of ours, or comes before them all."""
    return any((_MIGRATIONS / "versions").glob(f"{revision}_*.py"))


def _works_with() -> str:
    (newest,) = (_MIGRATIONS / "versions").glob(f"{HEAD}_*.py")
    (said,) = re.findall(r'^works_with = "(\d+)"', newest.read_text(encoding="utf-8"), re.MULTILINE)
    return str(said)


def _strange(revision: str) -> str:
    return (
        f"The database has schema {revision}, which this version (schema {HEAD}) cannot work with: it was made by a "
        "newer version, so install that; or by a development version before 0.1.0, which cannot be upgraded."
    )
