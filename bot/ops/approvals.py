"""What waits for people: the open approval requests, oldest first. Reads the database of the running bot.

Promise: nothing can be decided here; a terminal approves nothing.
"""

import json
from datetime import UTC, datetime
from typing import Any, TextIO

from sqlalchemy import Connection, Row, select

from bot.ops.beside import opened
from bot.store.tables import requests

#: requests that are listed
MAX_LISTED = 200

MINUTE, HOUR, DAY = 60, 3_600, 86_400


async def show(database_url: str, now: datetime, out: TextIO, *, as_json: bool = False) -> None:
    """One line a request: a sentence, or an object of JSON with all approvers. Raises ConfigError and HelpdeskError."""
    async with opened(database_url) as database:
        found = await database.run(_open)
    for row in found[:MAX_LISTED]:
        print(json.dumps(_object(row), ensure_ascii=False) if as_json else _sentence(row, now.timestamp()), file=out)
    if as_json:
        return
    if len(found) > MAX_LISTED:
        print(f"There are more; these are the oldest {MAX_LISTED}.", file=out)
    if not found:
        print("Nothing waits for an approval.", file=out)


def _open(connection: Connection) -> list[Row[Any]]:
    waiting = select(requests).where(requests.c.verdict.is_(None))
    oldest = waiting.order_by(requests.c.opened_at, requests.c.conversation, requests.c.number)
    return list(connection.execute(oldest.limit(MAX_LISTED + 1)))


def _sentence(row: Row[Any], now: float) -> str:
    version = f", version {row.version}" if row.version > 1 else ""
    asked = len(json.loads(row.approvers))
    end = f"expires in {_span(row.expires_at - now)}" if row.expires_at > now else "expired"
    return (
        f"request {row.number}{version} in {row.conversation}: {row.tool} for {row.requester}, "
        f"open for {_span(now - row.opened_at)}, {end}, {asked} {'approver' if asked == 1 else 'approvers'}"
    )


def _object(row: Row[Any]) -> dict[str, Any]:
    return {
        "request": row.number,
        "version": row.version,
        "conversation": row.conversation,
        "tool": row.tool,
        "requester": row.requester,
        "opened_at": datetime.fromtimestamp(row.opened_at, UTC).isoformat(),
        "expires_at": datetime.fromtimestamp(row.expires_at, UTC).isoformat(),
        "approvers": json.loads(row.approvers),
    }


def _span(seconds: float) -> str:
    """In the largest unit of which there are two or more; whole ones."""
    for size, unit in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(int(seconds), 0)} seconds"
