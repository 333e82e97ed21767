"""What was decided, for people: one sentence a decision, oldest first, times in UTC."""

from array import array
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import NamedTuple, TextIO

from sqlalchemy import Connection

from bot.errors import HelpdeskError
from bot.ops.audit.chain import TIME, Record
from bot.ops.audit.fields import Fields, request_of, tool_of
from bot.ops.audit.plain import plain
from bot.ops.audit.reading import BATCH, COLUMNS, oldest_first, reading, records
from bot.ops.audit.sentences import SILENT, sentence
from bot.store.database import Database

#: sentences, unless more are asked for
LAST = 200

#: characters of the shortest id of a request; what has fewer is a number
MIN_ID = 16

#: versions of requests looked through for an id
MAX_VERSIONS = 1_000


_ONE = f"SELECT {COLUMNS} FROM log WHERE conversation = ? AND seq = ?"  # noqa: S608 -- our own words
_LATEST = f"""
SELECT {COLUMNS} FROM log WHERE conversation = ? AND kind = 'request' AND call = ? AND seq < ?
ORDER BY seq DESC LIMIT 1
"""  # noqa: S608
_BY_ID = f"SELECT {COLUMNS} FROM log WHERE kind = 'request' AND instr(body, ?) LIMIT {MAX_VERSIONS}"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown; None: whatever it is."""

    conversation: str | None = None
    since: datetime | None = None
    tool: str | None = None
    #: number of a request in the conversation, or the id of one of its versions
    request: str | None = None
    last: int = LAST


class Asked(NamedTuple):
    """Where to look: in one conversation, or for one request (its number and its call)."""

    conversation: str | None
    number: object
    call: object


async def show(database_url: str, wanted: Wanted, out: TextIO) -> None:
    """Print the sentences. Raises ConfigError and HelpdeskError."""
    async with reading(database_url) as database:
        asked = await database.run(lambda connection: _asked(connection, wanted))
        where, values = _where(asked.conversation, wanted.since)
        places = await database.run(lambda connection: oldest_first(connection, where, values))
        found = await _told(database, places, wanted, asked)
    if not found:
        print("Nothing of that was decided.", file=out)
    if len(found) > wanted.last:
        print(f"Only the last {wanted.last} are shown; --last shows more.", file=out)
    for line in found[-wanted.last :]:
        print(line, file=out)


def _asked(connection: Connection, wanted: Wanted) -> Asked:
    """The request that is asked for. Raises HelpdeskError where there is none."""
    if wanted.request is None:
        return Asked(wanted.conversation, None, None)
    if wanted.request.isdecimal() and len(wanted.request) < MIN_ID:
        if wanted.conversation is None:
            named = f"helpdesk audit show CONVERSATION --request {wanted.request}"
            raise HelpdeskError(f"Name the conversation in which {wanted.request} is the number of a request: {named}")
        row = connection.exec_driver_sql(_ONE, (wanted.conversation, int(wanted.request))).first()
        found = [Record(*row)] if row and row.kind == "request" else []
    else:
        rows = connection.exec_driver_sql(_BY_ID, (wanted.request,))
        found = [record for record in (Record(*row) for row in rows) if Fields(record)["id"] == wanted.request]
    for record in (each for each in found if wanted.conversation in (None, each.conversation)):
        return Asked(record.conversation, request_of(Fields(record)), record.call)
    raise HelpdeskError(f"There is no request {plain(wanted.request)}.")


def _where(conversation: str | None, since: datetime | None) -> tuple[str, tuple[object, ...]]:
    marks = ", ".join("?" * len(SILENT))
    conditions: dict[str, tuple[object, ...]] = {f"kind NOT IN ({marks})": tuple(SILENT)}
    if conversation is not None:
        conditions["conversation = ?"] = (conversation,)
    if since is not None:
        conditions["at >= ?"] = (since.timestamp(),)
    return " AND ".join(conditions), tuple(value for values in conditions.values() for value in values)


async def _told(database: Database, places: "array[int]", wanted: Wanted, asked: Asked) -> list[str]:
    """The last sentences, oldest first; one more than wanted, where there are more."""
    told: list[str] = []
    end = len(places)
    while end > 0 and len(told) <= wanted.last:
        some = places[max(end - BATCH, 0) : end]
        told += await database.run(lambda connection, some=some: _lines(connection, some, wanted, asked))  # type: ignore[misc]
        end -= BATCH
    return told[wanted.last :: -1]


def _lines(connection: Connection, places: "array[int]", wanted: Wanted, asked: Asked) -> list[str]:
    """Their sentences, newest first."""

    @lru_cache(BATCH)
    def found(sql: str, conversation: str, *which: object) -> Fields | None:
        known = all(isinstance(each, int) for each in which)
        row = connection.exec_driver_sql(sql, (conversation, *which)).first() if known else None
        return fields_of(Record(*row)) if row else None

    def fields_of(record: Record) -> Fields:
        return Fields(record, partial(found, _ONE, record.conversation), partial(found, _LATEST, record.conversation))

    lines = []
    for record in reversed(records(connection, places)):
        fields = fields_of(record)
        if _is_wanted(fields, wanted.tool, asked) and (said := sentence(fields)):
            lines.append(f"{_time(record.at)}  {plain(str(record.conversation))}  {_ended(plain(said))}")
    return lines


def _is_wanted(fields: Fields, tool: str | None, asked: Asked) -> bool:
    if tool is not None and tool_of(fields) != tool:
        return False
    if asked.number in (None, request_of(fields)):
        return True
    about = (fields["of"], fields.seq) if fields["kind"] == "call" else (fields["call"],)
    return asked.call in about


def _ended(said: str) -> str:
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _time(at: object) -> str:
    try:
        return f"{datetime.fromtimestamp(at, UTC):{TIME}}"  # type: ignore[arg-type]  # it was tampered with
    except (ValueError, TypeError, OverflowError, OSError):
        return "at no time"
