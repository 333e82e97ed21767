"""Counting what a database does: commits are transactions that wrote something, the others only read."""

import time
from collections import OrderedDict, deque
from typing import Any

from sqlalchemy import Connection, Engine, event

#: of each kind, that many are remembered: what is measured must not grow by being measured
KEPT = 2_000


class Commits:
    """When each statement was sent and each transaction ended (`time.monotonic`), from now on."""

    def __init__(self, engine: Engine) -> None:
        self.writes: deque[float] = deque(maxlen=KEPT)
        self.transactions: deque[float] = deque(maxlen=KEPT)
        self.statements: deque[float] = deque(maxlen=KEPT)
        #: when it was first looked what arrived for a conversation
        self.starts: OrderedDict[str, float] = OrderedDict()
        event.listen(engine, "begin", self._begun)
        event.listen(engine, "before_cursor_execute", self._sent)
        event.listen(engine, "after_cursor_execute", self._done)
        event.listen(engine, "commit", self._committed)

    def _begun(self, connection: Connection) -> None:
        connection.info["wrote"] = False
        connection.info["changes"] = _changes(connection)

    def _sent(self, _: Connection, __: Any, statement: str, given: Any, *___: Any) -> None:
        self.statements.append(time.monotonic())
        if statement.startswith("SELECT inbox.id") and isinstance(given, dict):
            self.starts.setdefault(given["conversation"], time.monotonic())
        while len(self.starts) > KEPT:
            self.starts.popitem(last=False)

    def _done(self, connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        changes = statement.startswith(("INSERT", "UPDATE", "DELETE")) and cursor.rowcount
        # on PostgreSQL a lock is written too, and waited for like any change
        if changes or statement.endswith("FOR SHARE"):
            connection.info["wrote"] = True

    def _committed(self, connection: Connection) -> None:
        now, changes = time.monotonic(), _changes(connection)
        self.transactions.append(now)
        wrote = connection.info.get("wrote") if changes is None else changes != connection.info.get("changes")
        if wrote:
            self.writes.append(now)


def _changes(connection: Connection) -> int | None:
    """The rows that SQLite changed so far, which it knows better than its cursors; None on PostgreSQL."""
    return getattr(connection.connection.driver_connection, "total_changes", None)
