"""What commands beside a running bot share: the database, opened to read and write, whom it knows, and who ran them."""

import getpass
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import Connection, exists, func, or_, select, text, union
from sqlalchemy.exc import DBAPIError

from bot.errors import HelpdeskError
from bot.store import schema
from bot.store.address import unusable
from bot.store.database import Database
from bot.store.tables import conversations, inbox, log, people_links, turns
from tools.spec import ToolFailed


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[Database]:
    """The database at the schema of this version; a running bot waits for no more than a transaction.

    Raises ConfigError for an address that is none, another schema or a database that does not answer; HelpdeskError for
    one that is damaged.
    """
    database = Database(database_url, existing=True)
    try:
        await database.run(schema.check)
        yield database
    except DBAPIError as error:
        raise unusable(database.name, error) from error
    except ToolFailed as error:
        raise HelpdeskError(str(error)) from error
    finally:
        database.close()


#: workspaces that are named where one has to be chosen
MAX_TENANTS = 20

NO_TENANT = "The database knows no workspace yet. Name yours by its id (T… or E…): --tenant T0123456789"
OTHER_TENANT = "This database does not know the workspace {}; it knows {}. Nothing was changed."
WHICH_TENANT = "The database knows several workspaces. Name one: --tenant {}"

#: told where a Slack user may be a slip of the pen
NEVER_SEEN = "Warning: {user} never did anything here, as far as the bot knows. Is the id right?"


def seen(connection: Connection, slack_user: str) -> bool:
    """Whether the Slack user ever wrote or pressed something here, or is linked to somebody."""
    wrote = exists().where(turns.c.author == slack_user)
    # spelled out as in the index, which holds no more than these
    pressed = exists().where(log.c.actor == slack_user, text("log.kind IN ('click', 'switch')"))
    linked = exists().where(people_links.c.slack_user == slack_user)
    return bool(connection.scalar(select(or_(linked, wrote, pressed))))


def tenant_of(connection: Connection, named: str | None) -> str:
    """The workspace that is named, or the one that the database knows; a conversation's id begins with it."""
    ids = union(select(conversations.c.id.label("id")), select(inbox.c.conversation.label("id"))).subquery()
    place = func.strpos if connection.dialect.name == "postgresql" else func.instr
    tenant = func.substr(ids.c.id, 1, place(ids.c.id, ":") - 1)
    found = list(connection.scalars(select(tenant).distinct().order_by(tenant).limit(MAX_TENANTS)))
    if named and found and named not in found:
        raise HelpdeskError(OTHER_TENANT.format(named, " or ".join(found)))
    if not found and not named:
        raise HelpdeskError(NO_TENANT)
    if len(found) > 1 and not named:
        raise HelpdeskError(WHICH_TENANT.format(" or ".join(found)))
    return named or str(found[0])


def noted(what: str, **which: str) -> None:
    """A line in the program's log: what was changed, and by which user of this machine; the log adds when.

    Not on a terminal, where the answer says it to whoever did it.
    """
    if sys.stderr.isatty():
        return
    structlog.get_logger().info(what, by=operator(), **which)


def operator() -> str:
    """The user of this machine who runs the command."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without a name
        return "unknown"
