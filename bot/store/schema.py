"""The schema as migrations make it. A database at the newest revision costs one query; others load Alembic."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

#: revision the code works with; the newest file in migrations/versions
HEAD = "0003"

_MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(connection: Connection) -> None:
    """Bring the schema to HEAD; nothing where it is there already."""
    if current(connection) == HEAD:
        return
    from alembic import command  # noqa: PLC0415 -- a tenth of a second that a usual start need not spend
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def current(connection: Connection) -> str | None:
    """The revision of the database; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)
