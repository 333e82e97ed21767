"""Addresses of databases: which are ours, and how they are told without a password."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from bot.errors import ConfigError, HelpdeskError
from bot.store import postgresql, sqlite

#: SQLite's words about a file; those about rows and queries may quote them
_ABOUT_FILES = {
    *("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_LOCKED"),
    *("SQLITE_NOTADB", "SQLITE_PERM", "SQLITE_READONLY"),
}

_USE = "sqlite:///FILE.db or postgresql://USER:PASSWORD@HOST/NAME, the password percent-encoded"


def away(name: str, error: DBAPIError) -> ConfigError:
    """What is told where the database that is called so does not let us in."""
    return ConfigError(f"DATABASE_URL: {name} does not answer: {why(error)}")


def unusable(name: str, error: DBAPIError) -> HelpdeskError:
    """What is told where the database that is called so cannot be used: a ConfigError, unless it is damaged."""
    if isinstance(error, OperationalError):
        return away(name, error)
    said = f"{name} cannot be used as a helpdesk's database: {why(error)}"
    is_none = getattr(error.orig, "sqlite_errorname", None) == "SQLITE_NOTADB"
    return ConfigError(f"DATABASE_URL: {said}") if is_none else HelpdeskError(said)


def why(error: DBAPIError) -> str:
    """What the database said, where that cannot quote a row, a query or a value; else what kind of error it was."""
    said = error.orig
    name = getattr(said, "sqlite_errorname", None) or ""
    state = getattr(said, "sqlstate", None)
    # without a state it was said by the client, of a connection
    if name in _ABOUT_FILES or (isinstance(error, OperationalError) and not name and not state):
        return str(said)
    return f"{type(said).__name__} ({name or state})" if name or state else type(said).__name__


def called(url: URL) -> str:
    """What people call the database; without a password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(query={}).render_as_string()


def address(url: str, *, existing: bool = False) -> URL:
    """The address as it is used. Raises ConfigError for none of ours; where it is to be `existing`, for no file."""
    checked = _checked(url)
    if existing and checked.get_backend_name() == "sqlite" and not Path(checked.database or "").exists():
        raise ConfigError(
            f"DATABASE_URL: there is no {checked.database}. The demo's database is sqlite:///.demo/helpdesk.db"
        )
    return checked


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # what is wrong is not quoted: it may be a part of a password
        raise ConfigError(f"DATABASE_URL is not an address of a database; use {_USE}") from None
    match parsed.get_backend_name():
        case "sqlite":
            return sqlite.checked(parsed)
        case "postgresql" | "postgres":
            return postgresql.checked(parsed)
        case other:
            raise ConfigError(f"DATABASE_URL: {other} is not supported; use {_USE}")
