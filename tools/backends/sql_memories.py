"""The embedded memory, in SQL. A memory that is dropped is erased."""

import json
import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from tools.backends.database import Database, ask, only_writer
from tools.backends.failures import MEMORY
from tools.backends.memories import MAX_KEPT, Memory, Owner, Source
from tools.backends.tables import memories

#: nine digits fit into any database's integer
_ID = re.compile(r"M-([0-9]{1,9})")


class SqlMemories:
    """Memories over the `memories` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, owner: Owner, fact: str, key: str, now: datetime, source: Source) -> Memory | None:
        """See Memories."""
        new = {"key": key, "workspace": owner.workspace, "person": owner.person, "fact": fact, "at": now}
        return await ask(self._database, MEMORY, lambda connection: _keep(connection, owner, new, source))

    async def of(self, owner: Owner) -> list[Memory]:
        """See Memories."""
        newest = select(memories).where(_of(owner)).order_by(memories.c.number.desc()).limit(MAX_KEPT)
        return await ask(
            self._database, MEMORY, lambda connection: [_memory(row) for row in connection.execute(newest)]
        )

    async def drop(self, owner: Owner, memory_id: str) -> bool:
        """See Memories."""
        match = _ID.fullmatch(memory_id)
        one = memories.c.number == (int(match[1]) if match else 0)
        return bool(await self._drop(delete(memories).where(_of(owner), one)))

    async def drop_all(self, owner: Owner) -> int:
        """See Memories."""
        return await self._drop(delete(memories).where(_of(owner)))

    async def _drop(self, gone: Any) -> int:
        return await ask(self._database, MEMORY, lambda connection: int(connection.execute(gone).rowcount))


def _keep(connection: Connection, owner: Owner, new: dict[str, object], source: Source) -> Memory | None:
    only_writer(connection, memories)
    again = (memories.c.key == new["key"]) | (_of(owner) & (memories.c.fact == new["fact"]))
    if row := connection.execute(select(memories).where(again).limit(1)).first():
        kept = _memory(row)
        kept = replace(kept, source=kept.source | source)
        connection.execute(update(memories).where(memories.c.number == row.number).values(_columns(kept.source)))
        return kept
    if (connection.scalar(select(func.count()).select_from(memories).where(_of(owner))) or 0) >= MAX_KEPT:
        return None
    connection.execute(insert(memories).values(new | _columns(source)))
    return _memory(connection.execute(select(memories).where(memories.c.key == new["key"])).one())


def _of(owner: Owner) -> ColumnElement[bool]:
    return (memories.c.workspace == owner.workspace) & (memories.c.person == owner.person)


def _columns(source: Source) -> dict[str, object]:
    authors, speakers = json.dumps(source.authors), json.dumps(source.speakers)
    return {"tainted": source.tainted, "authors": authors, "speakers": speakers}


def _memory(row: Row[Any]) -> Memory:
    authors, speakers = tuple(json.loads(row.authors)), tuple(json.loads(row.speakers))
    source = Source(tainted=row.tainted, authors=authors, speakers=speakers)
    return Memory(id=f"M-{row.number}", fact=row.fact, source=source, at=row.at)
