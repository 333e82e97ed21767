"""The log as JSON lines, oldest first; and such a file read back, with what in it is not what the hashes were made of.

`body` and `at_seconds` are what was hashed; `content`, `arguments` and `at` say the same, readable.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, TextIO

from bot.ops.audit.chain import Record
from bot.ops.audit.reading import BATCH, oldest_first, reading, records

#: of a line: what stands there beside the columns of the log
DERIVED = ("at", "arguments", "content")

NOT_SAID = "what its line shows (at, arguments, content) is not what was hashed"


async def export(database_url: str, out: TextIO) -> None:
    """Write one JSON object a line: the items that are there when it begins. Raises ConfigError and HelpdeskError."""
    async with reading(database_url) as database:
        places = await database.run(oldest_first)
        for first in range(0, len(places), BATCH):
            some = places[first : first + BATCH]
            found = await database.run(lambda connection, some=some: records(connection, some))  # type: ignore[misc]
            out.writelines(map(_line, found))


def read(lines: Iterable[str]) -> Iterator[tuple[Record, str | None]]:
    """Each record of an exported file, with what is wrong in its line. Raises ValueError for another line."""
    last = (float("-inf"), "", -1)
    for place, line in enumerate(lines, 1):
        try:
            shown = json.loads(line)
            record = _record(shown)
            here = (float(record.at), record.conversation, record.seq)
        except (ValueError, TypeError, KeyError, RecursionError):
            raise ValueError(f"line {place} is no record of an export") from None
        said = {name: shown.get(name) for name in DERIVED}
        what = None if said == _derived(record) else NOT_SAID
        yield record, what if here > last else "its line is in another place than an export puts it"
        last = here


def _line(record: Record) -> str:
    shown = record._asdict() | _derived(record)
    shown["nonce"] = record.nonce.hex() if isinstance(record.nonce, bytes) else record.nonce
    shown |= {"body": shown.pop("body"), "at_seconds": record.at}
    line = json.dumps(shown, ensure_ascii=False, default=bytes.hex)
    # halves of characters, which no text of ours has, are spelled as JSON spells them
    return line.encode("utf-8", "backslashreplace").decode() + "\n"


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
