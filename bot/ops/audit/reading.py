"""The log as it stands in the database, read beside the running bot: nothing is written, nobody waits for anybody.

Whatever was put into a column is taken as it is, so that a record that was tampered with is read and named.
"""

from array import array
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bot.ops.audit.chain import Record, Stone
from bot.store import schema
from bot.store.address import unusable
from bot.store.reader import Reader

#: records read at once
BATCH = 1_000

COLUMNS = ", ".join(f"log.{name}" for name in Record._fields)

#: of a conversation's row: what its chain is compared with
ROW = ", ".join(f"conversations.{name}" for name in Stone._fields)

#: where a record stands in this state of the database, and how those at some places are found
_PLACE = {"sqlite": "log.rowid", "postgresql": "CAST(log.ctid AS TEXT)"}
_AT = {
    "sqlite": "log.rowid IN (SELECT value FROM json_each(:places))",
    "postgresql": "log.ctid = ANY(CAST(:places AS tid[]))",
}

#: text in the order of its characters, whatever the database's language
_BY_CHARACTER = {"sqlite": "", "postgresql": ' COLLATE "C"'}


@asynccontextmanager
async def reading(database_url: str) -> AsyncIterator[Reader]:
    """One state of the database.

    Raises ConfigError for an address that is none, another schema or a database that does not answer; HelpdeskError for
    one that is damaged.
    """
    reader = Reader(database_url)
    try:
        await reader.run(schema.check)
        yield reader
    except DBAPIError as error:
        raise unusable(reader.name, error) from error
    finally:
        reader.close()


def oldest_first(
    connection: Connection, where: str = "TRUE", parameters: Mapping[str, object] | None = None
) -> "array[int]":
    """Where the records stand, oldest first; eight bytes each."""
    name = connection.dialect.name
    order = f"log.at, log.conversation{_BY_CHARACTER[name]}, log.seq"
    found = connection.execute(
        text(f"SELECT {_PLACE[name]} FROM log WHERE {where} ORDER BY {order}"),  # noqa: S608 -- our own words
        parameters,
        execution_options={"stream_results": True},
    )
    return array("q", map(_number, found.scalars()))


def records(connection: Connection, places: Sequence[int]) -> list[Record]:
    """The records at these places, in their order."""
    name = connection.dialect.name
    sql = text(f"SELECT {_PLACE[name]}, {COLUMNS} FROM log WHERE {_AT[name]}")  # noqa: S608 -- our own words
    named = [f"({place >> 16},{place & 0xFFFF})" for place in places] if name == "postgresql" else f"{[*places]}"
    found = {_number(row[0]): Record(*row[1:]) for row in connection.execute(sql, {"places": named})}
    return [found[place] for place in places]


def stones(connection: Connection) -> Iterator[tuple[str, Stone]]:
    """The conversations of which items were purged, in the order of their ids."""
    order = f"conversations.id{_BY_CHARACTER[connection.dialect.name]}"
    purged = "purged_to <> 0 OR tombstone IS NOT NULL"
    sql = text(f"SELECT conversations.id, {ROW} FROM conversations WHERE {purged} ORDER BY {order}")  # noqa: S608
    for conversation, *row in connection.execute(sql, execution_options={"stream_results": True}):
        yield conversation, Stone(*row)


def _number(place: int | str) -> int:
    """A place as one number; PostgreSQL's are of the form (block,item)."""
    if isinstance(place, int):
        return place
    block, _, item = place[1:-1].partition(",")
    return int(block) << 16 | int(item)
