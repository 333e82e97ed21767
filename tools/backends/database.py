"""What the SQL backends need from whoever owns the database, and how its failures reach people.

Promise: one `run` is one transaction, and a database that does not answer is `ToolFailed`, never a driver's exception.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tools.spec import ToolFailed

T = TypeVar("T")


class Database(Protocol):
    """Runs synchronous SQLAlchemy work away from the event loop."""

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, its changes committed; where `work` raises, nothing of it is kept."""


async def ask(database: Database, system: str, work: Callable[[Connection], T]) -> T:
    """What `work` returns. Raises ToolFailed naming `system` where the database did not answer.

    Other database errors are our own mistakes and pass through.
    """
    try:
        return await database.run(work)
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise ToolFailed(f"The {system} did not answer. Please try again in a minute.") from error
