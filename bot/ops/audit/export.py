"""The log as JSON lines, oldest first; and such a file read back, with what in it is not what the hashes were made of.

`body` and `at_seconds` are what was hashed; `content`, `arguments` and `at` say the same, readable. Conversations that
were purged come first, a line each: up to which item, and the tombstone.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple, TextIO

from sqlalchemy import Connection

from bot.ops.audit.chain import Record
from bot.ops.audit.reading import BATCH, oldest_first, reading, records, stones

#: of a line: what stands there beside the columns of the log
DERIVED = ("at", "arguments", "content")

NOT_SAID = "what its line shows (at, arguments, content) is not what was hashed"


class Purged(NamedTuple):
    """A line that stands for the items up to `seq`."""

    conversation: str
    seq: int
    tombstone: str


async def export(database_url: str, out: TextIO) -> None:
    """Write one JSON object a line: the items that are there when it begins. Raises ConfigError and HelpdeskError."""
    async with reading(database_url) as reader:
        await reader.run(lambda connection: out.writelines(_stones(connection)))
        places = await reader.run(oldest_first)
        for first in range(0, len(places), BATCH):
            some = places[first : first + BATCH]
            found = await reader.run(lambda connection, some=some: records(connection, some))  # type: ignore[misc]
            out.writelines(map(_line, found))


def exported(lines: Iterable[str]) -> Iterator[tuple[Record | Purged, str | None]]:
    """What each line of an exported file says, with what is wrong in it. Raises ValueError for another line."""
    last = (float("-inf"), "", -1)
    for place, line in enumerate(lines, 1):
        try:
            shown = json.loads(line)
            said, here = _said(shown)
        except (ValueError, TypeError, KeyError, RecursionError):
            raise ValueError(f"line {place} is no record of an export") from None
        what = NOT_SAID if isinstance(said, Record) and _shown(shown) != _derived(said) else None
        yield said, what if here > last else "its line is in another place than an export puts it"
        last = here


def _said(shown: dict[str, Any]) -> tuple[Record | Purged, tuple[float, str, int]]:
    """What a line says, and what lines are sorted by. Raises one of the errors above."""
    if "purged_to" not in shown:
        record = _record(shown)
        return record, (float(record.at), record.conversation, record.seq)
    purged = Purged(shown.pop("conversation"), shown.pop("purged_to"), shown.pop("tombstone"))
    if shown or not isinstance(purged.conversation, str):
        raise TypeError("not the line of a tombstone")
    return purged, (float("-inf"), purged.conversation, 0)


def _stones(connection: Connection) -> Iterator[str]:
    for conversation, stone in stones(connection):
        shown = {"conversation": conversation, "purged_to": stone.purged_to, "tombstone": stone.tombstone}
        yield _spelled(shown)


def _line(record: Record) -> str:
    shown = record._asdict() | _derived(record)
    shown["nonce"] = record.nonce.hex() if isinstance(record.nonce, bytes) else record.nonce
    shown |= {"body": shown.pop("body"), "at_seconds": record.at}
    return _spelled(shown)


def _spelled(shown: dict[str, Any]) -> str:
    line = json.dumps(shown, ensure_ascii=False, default=bytes.hex)
    # halves of characters, which no text of ours has, are spelled as JSON spells them
    return line.encode("utf-8", "backslashreplace").decode() + "\n"


def _shown(line: dict[str, Any]) -> dict[str, Any]:
    return {name: line.get(name) for name in DERIVED}


def _derived(record: Record) -> dict[str, Any]:
    try:
        content = json.loads(record.body or "{}")
        arguments = content.get("arguments")
    except (ValueError, TypeError, AttributeError, RecursionError):  # it was tampered with
        content, arguments = {}, None
    try:
        at = datetime.fromtimestamp(record.at, UTC).isoformat()
    except (ValueError, TypeError, OverflowError, OSError):
        at = None
    return {"at": at, "arguments": arguments, "content": content}


def _record(shown: dict[str, Any]) -> Record:
    nonce = shown["nonce"]
    whole = {name: shown[name] for name in Record._fields}
    if not isinstance(whole["conversation"], str) or not isinstance(whole["seq"], int):
        raise TypeError("no place in the log")
    return Record(**whole | {"at": shown["at_seconds"], "nonce": None if nonce is None else bytes.fromhex(nonce)})
