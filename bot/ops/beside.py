"""What commands beside a running bot share: the database, opened to read and write, and who ran the command."""

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import DBAPIError

from bot.errors import ConfigError, HelpdeskError
from bot.store import schema
from bot.store.database import Database
from tools.spec import ToolFailed


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[Database]:
    """The database at the schema of this version; a running bot waits for no more than a transaction.

    Raises ConfigError for an address that is none or another schema, HelpdeskError where the database does not answer.
    """
    database = Database(database_url, existing=True)
    try:
        if await database.run(schema.current) != schema.HEAD:
            raise ConfigError(f"{database.url.database} has another schema than this version. Run: helpdesk db upgrade")
        yield database
    except DBAPIError as error:
        raise HelpdeskError(f"{database.url.database} cannot be used as a helpdesk's database: {error.orig}") from error
    except ToolFailed as error:
        raise HelpdeskError(str(error)) from error
    finally:
        database.close()


def noted(what: str, **which: str) -> None:
    """A line in the program's log: what was changed, and by which user of this machine; the log adds when."""
    structlog.get_logger().info(what, by=_operator(), **which)


def _operator() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without a name
        return "unknown"
