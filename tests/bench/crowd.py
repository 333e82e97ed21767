"""Fills a database with conversations that are over, each a copy of a real one under a name of its own."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, String, Table, cast, create_engine, insert, literal, select, text

from bot.store.database import Database
from bot.store.tables import conversations, deliveries, inbox, log, turns

#: what a conversation leaves behind
TABLES = (conversations, log, inbox, deliveries, turns)

#: a conversation every so many seconds: 100,000 in a week, in which keys of the inbox are not forgotten
APART = 6

#: people who asked, in the whole company
ASKED = 1_000

#: characters of an item that are kept: nobody reads the copies, and a gigabyte more would only be waited for
SHORT = 300

#: one table's rows
Rows = list[dict[str, Any]]


async def one(database: str, conversation: str) -> dict[str, Rows]:
    """All that this conversation left behind, by table."""
    opened = Database(database, existing=True)
    try:
        return await opened.run(
            lambda connection: {table.name: _of(connection, table, conversation) for table in TABLES}
        )
    finally:
        opened.close()


def _of(connection: Connection, table: Table, conversation: str) -> Rows:
    rows = connection.execute(select(table).where(_key(table) == conversation)).mappings()
    return [{name: _cut(value) for name, value in row.items() if not _counted(table, name)} for row in rows]


def _cut(value: Any) -> Any:
    return value[:SHORT] if isinstance(value, str) else value


def _key(table: Table) -> Any:
    return table.c.id if table is conversations else table.c.conversation


def _counted(table: Table, column: str) -> bool:
    return column == "id" and table is not conversations


async def fill(database: str, model: dict[str, Rows], count: int) -> None:
    """So many copies; then the database is told to look at what it has."""
    opened = Database(database, existing=True)
    # a crowd takes longer than a transaction of ours may
    engine = create_engine(opened.url)
    opened.close()
    with engine.begin() as connection:
        for table in TABLES:
            _copy(connection, table, model[table.name], count)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))
    engine.dispose()


def _copy(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], count: int) -> None:
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < count))
    for row in rows:
        copies = [_changed(table, name, value, numbers.c.n).label(name) for name, value in row.items()]
        connection.execute(insert(table).from_select(list(row), select(*copies).select_from(numbers)))


def _changed(table: Table, name: str, value: Any, n: Any) -> Any:
    """The value in the copy of this number: its own names, other people, long ago."""
    given, number = literal(value, table.c[name].type), cast(n, String)
    if name in ("conversation", "key") or (table is conversations and name == "id"):
        return given + "#" + number
    if name in ("author", "actor") and value:
        return literal("U") + cast(n % ASKED, String)
    if name in ("at", "sent_at", "received_at", "created_at", "started_at"):
        return given - n * APART
    return given
