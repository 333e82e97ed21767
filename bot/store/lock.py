"""One dispatcher a database: a second process that would work on the same conversations is told so and stops.

The lock is an open transaction on a file of its own, which the operating system ends with the process.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import ConfigError


@contextmanager
def only_dispatcher(database_file: str) -> Iterator[None]:
    """Hold the lock. Raises ConfigError where another process has it."""
    connection = sqlite3.connect(f"{database_file}.lock.db", isolation_level=None, timeout=0)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        raise ConfigError(f"another helpdesk already works on {database_file}; stop it first") from None
    else:
        yield
    finally:
        connection.close()
