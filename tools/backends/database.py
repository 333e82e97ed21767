"""What the SQL backends need from whoever owns the database, and how its failures reach people.

Promise: one `run` is one transaction that is alone, as if no other ran at the same time; and a database that does not
answer is `ToolFailed`, never a driver's exception.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Table, text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tools.backends.failures import DOWN, System
from tools.spec import ToolFailed

T = TypeVar("T")


class Database(Protocol):
    """Runs synchronous SQLAlchemy work away from the event loop."""

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, its changes committed; where `work` raises, nothing of it is kept.

        What `work` read is still so when its changes are committed. It may be run again from its start.
        """


async def ask(database: Database, system: System, work: Callable[[Connection], T]) -> T:
    """What `work` returns. Raises ToolFailed naming `system` where the database did not answer.

    Nothing was changed then. Where the connection ended while changes were committed nobody knows, so that error is
    another one (the owner's own SQLAlchemyError) and passes through like our own mistakes: the outcome is unknown.
    """
    try:
        return await database.run(work)
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise ToolFailed(system.says(DOWN)) from error


def only_writer(connection: Connection, table: Table) -> None:
    """Nothing; until the transaction ends nobody else changes the table.

    Call it before anything is read: what others wrote until then is seen. SQLite has one writer at a time by itself;
    PostgreSQL would let many read and then break off all but one, again and again where many people ask at once.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {table.name} IN EXCLUSIVE MODE"))
