"""The audit trail: every item of every conversation, as the log keeps it. Works beside the running bot."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TextIO

from sqlalchemy import Connection, Row, literal, select, tuple_

from bot.store.database import Database
from bot.store.tables import log

#: items read in one transaction, so that the bot never waits long
BATCH = 500


async def export(database_url: str, out: TextIO) -> None:
    """Write one JSON object a line, oldest first. Raises ConfigError for an address that is no database."""
    database = Database(database_url, existing=True)
    try:
        last = (float("-inf"), "", 0)
        while rows := await database.run(lambda connection, last=last: _batch(connection, last)):  # type: ignore[misc]
            out.writelines(_lines(rows))
            last = (rows[-1].at, rows[-1].conversation, rows[-1].seq)
    finally:
        database.close()


def _batch(connection: Connection, last: tuple[float, str, int]) -> list[Row[Any]]:
    place = tuple_(log.c.at, log.c.conversation, log.c.seq)
    behind = place > tuple_(*(literal(each) for each in last))
    return list(
        connection.execute(select(log).where(behind).order_by(log.c.at, log.c.conversation, log.c.seq).limit(BATCH))
    )


def _lines(rows: list[Row[Any]]) -> Iterator[str]:
    for row in rows:
        shown = row._asdict()
        body = json.loads(shown.pop("body") or "{}")
        shown["nonce"] = shown["nonce"].hex() if shown["nonce"] else None
        shown["at"] = datetime.fromtimestamp(shown["at"], UTC).isoformat()
        shown["arguments"] = body.get("arguments")
        shown["content"] = body
        yield json.dumps(shown, ensure_ascii=False) + "\n"
