"""The log as it stands in the database, read beside the running bot: nothing is written, nobody waits for anybody.

Whatever was put into a column is taken as it is, so that a record that was tampered with is read and named.
"""

from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, PoolProxiedConnection, event
from sqlalchemy.exc import DBAPIError

from bot.errors import HelpdeskError
from bot.ops.audit.chain import Record
from bot.store.database import Database

#: records read in one transaction
BATCH = 1_000

COLUMNS = ", ".join(f"log.{name}" for name in Record._fields)


@asynccontextmanager
async def reading(database_url: str) -> AsyncIterator[Database]:
    """The database, to read from. Raises ConfigError for an address that is none, HelpdeskError where it is damaged."""
    database = Database(database_url, existing=True)
    event.listen(database.engine, "connect", _only_read)
    # in WAL mode a transaction that only reads sees one state of the database, and does not make the bot wait
    database.engine.dialect.do_begin = _begin  # type: ignore[method-assign, assignment]
    try:
        yield database
    except DBAPIError as error:
        raise HelpdeskError(f"{database.url.database} cannot be read as a helpdesk's database: {error.orig}") from error
    finally:
        database.close()


def _begin(connection: PoolProxiedConnection) -> None:
    connection.cursor().execute("BEGIN")


def _only_read(connection: Any, _: object) -> None:
    connection.execute("PRAGMA query_only=ON")
    # bytes that are no text come back as what no text of ours can be
    connection.text_factory = lambda found: found.decode("utf-8", "surrogateescape")


def oldest_first(connection: Connection, where: str = "1", parameters: tuple[Any, ...] = ()) -> "array[int]":
    """Where the records stand that are there now, oldest first; eight bytes each."""
    found = connection.exec_driver_sql(
        f"SELECT rowid FROM log WHERE {where} ORDER BY at, conversation, seq",  # noqa: S608 -- our own words
        parameters,
    )
    return array("q", (row[0] for row in found))


def records(connection: Connection, places: Sequence[int]) -> list[Record]:
    """The records at these places, in their order."""
    marks = ", ".join("?" * len(places))
    sql = f"SELECT log.rowid, {COLUMNS} FROM log WHERE rowid IN ({marks})"  # noqa: S608 -- question marks
    found = {row[0]: Record(*row[1:]) for row in connection.exec_driver_sql(sql, tuple(places))}
    return [found[place] for place in places if place in found]
