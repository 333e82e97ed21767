"""State that survives the end of the process: each entity is one row of a SQLite file, each change one commit.

Without a path nothing is written. A killed process loses at most the change whose answer was not sent yet.
"""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """Rows of (kind, id, JSON), in the order they were first put."""

    def __init__(self, path: Path | None) -> None:
        self._db = sqlite3.connect(path) if path else None
        if self._db:
            # The promise is about a killed process, not about a power cut, so no fsync is needed.
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=OFF")
            self._db.execute("CREATE TABLE IF NOT EXISTS entity (kind, id, body, PRIMARY KEY (kind, id))")

    def put(self, kind: str, key: str, body: Any) -> None:
        """Add or replace one entity; visible to the next start after `commit`."""
        if self._db:
            upsert = "INSERT INTO entity VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body"
            self._db.execute(upsert, (kind, key, json.dumps(body)))

    def drop(self, kind: str, key: str) -> None:
        """Remove one entity."""
        if self._db:
            self._db.execute("DELETE FROM entity WHERE kind = ? AND id = ?", (kind, key))

    def commit(self) -> None:
        """Make what was put and dropped since the last commit one indivisible change."""
        if self._db and self._db.in_transaction:
            self._db.commit()

    def load(self, kind: str) -> Iterator[tuple[str, Any]]:
        """All entities of one kind as (id, body)."""
        if self._db:
            rows = self._db.execute("SELECT id, body FROM entity WHERE kind = ? ORDER BY rowid", (kind,)).fetchall()
            yield from ((key, json.loads(body)) for key, body in rows)

    def close(self) -> None:
        """Release the file; what is put after that is an error, not a loss that nobody sees."""
        if self._db:
            self._db.close()
