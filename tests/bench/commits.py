"""Counting what a database does: commits are transactions that wrote something, the others only read."""

import time

from sqlalchemy import Connection, Engine, event


class Commits:
    """When each transaction of the engine ended (`time.monotonic`), from now on."""

    def __init__(self, engine: Engine) -> None:
        self.writes: list[float] = []
        self.transactions: list[float] = []
        self._changes = 0
        event.listen(engine, "commit", self._committed)

    def _committed(self, connection: Connection) -> None:
        raw = connection.connection.driver_connection
        assert raw is not None
        now = time.monotonic()
        self.transactions.append(now)
        if raw.total_changes != self._changes:
            self.writes.append(now)
        self._changes = raw.total_changes

    def clear(self) -> None:
        """Count from here."""
        self.writes.clear()
        self.transactions.clear()
