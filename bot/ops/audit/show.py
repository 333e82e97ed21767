"""What was decided, for people: one sentence a decision, oldest first, times in UTC."""

import re
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import NamedTuple, TextIO

from sqlalchemy import Connection, TextClause, text

from bot.errors import HelpdeskError
from bot.ops.audit.chain import TIME, Record
from bot.ops.audit.fields import Fields, request_of, tool_of
from bot.ops.audit.plain import plain
from bot.ops.audit.reading import BATCH, COLUMNS, oldest_first, reading, records
from bot.ops.audit.sentences import OF_MODEL, SILENT, sentence
from bot.store.reader import Reader

#: sentences, unless more are asked for
LAST = 200

#: characters of the shortest id of a request; what has fewer is a number
MIN_ID = 16

#: no number of an item is larger; neither database takes just any
MAX_SEQ = 2**31 - 1

#: versions of requests looked through for an id
MAX_VERSIONS = 1_000


_ONE = text(f"SELECT {COLUMNS} FROM log WHERE conversation = :conversation AND seq = :seq")  # noqa: S608 -- our own words
_LATEST = text(f"""
SELECT {COLUMNS} FROM log WHERE conversation = :conversation AND kind = 'request' AND call = :call AND seq < :seq
ORDER BY seq DESC LIMIT 1
""")  # noqa: S608
_BY_ID = text(
    f"SELECT {COLUMNS} FROM log WHERE kind = 'request' AND body LIKE :like ESCAPE '!' LIMIT {MAX_VERSIONS}"  # noqa: S608
)
_PURGED_TO = text("SELECT purged_to FROM conversations WHERE id = :conversation")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown; None: whatever it is."""

    conversation: str | None = None
    since: datetime | None = None
    tool: str | None = None
    #: number of a request in the conversation, or the id of one of its versions
    request: str | None = None
    last: int = LAST
    #: also what the model was asked, and what that took
    model: bool = False

    @property
    def silent(self) -> frozenset[str]:
        """The kinds that are not told."""
        return SILENT - OF_MODEL if self.model else SILENT


class Asked(NamedTuple):
    """Where to look: in one conversation, or for one request (its number and its call)."""

    conversation: str | None
    number: object
    call: object


async def show(database_url: str, wanted: Wanted, out: TextIO) -> None:
    """Print the sentences. Raises ConfigError and HelpdeskError."""
    async with reading(database_url) as reader:
        asked = await reader.run(lambda connection: _asked(connection, wanted))
        where, values = _where(asked.conversation, wanted)
        places = await reader.run(lambda connection: oldest_first(connection, where, values))
        found = await _told(reader, places, wanted, asked)
        purged_to = await reader.run(lambda connection: _purged_to(connection, asked.conversation))
    if purged_to:
        print(f"What was decided in items 1 to {purged_to} was purged.", file=out)
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
        place = {"conversation": wanted.conversation, "seq": int(wanted.request)}
        row = connection.execute(_ONE, place).first()
        found = [Record(*row)] if row and row.kind == "request" else []
    else:
        escaped = re.sub("([!%_])", r"!\1", wanted.request)
        rows = connection.execute(_BY_ID, {"like": f"%{escaped}%"})
        found = [record for record in (Record(*row) for row in rows) if Fields(record)["id"] == wanted.request]
    for record in (each for each in found if wanted.conversation in (None, each.conversation)):
        return Asked(record.conversation, request_of(Fields(record)), record.call)
    raise HelpdeskError(f"There is no request {plain(wanted.request)}.")


def _purged_to(connection: Connection, conversation: str | None) -> object:
    return connection.scalar(_PURGED_TO, {"conversation": conversation}) if conversation else None


def _where(conversation: str | None, wanted: Wanted) -> tuple[str, dict[str, object]]:
    silent, since = ", ".join(f"'{kind}'" for kind in sorted(wanted.silent)), wanted.since
    conditions, values = [f"kind NOT IN ({silent})"], dict[str, object]()
    if conversation is not None:
        conditions.append("conversation = :conversation")
        values["conversation"] = conversation
    if since is not None:
        conditions.append("at >= :since")
        values["since"] = since.timestamp()
    return " AND ".join(conditions), values


async def _told(reader: Reader, places: "array[int]", wanted: Wanted, asked: Asked) -> list[str]:
    """The last sentences, oldest first; one more than wanted, where there are more."""
    told: list[str] = []
    end = len(places)
    while end > 0 and len(told) <= wanted.last:
        some = places[max(end - BATCH, 0) : end]
        told += await reader.run(lambda connection, some=some: _lines(connection, some, wanted, asked))  # type: ignore[misc]
        end -= BATCH
    return told[wanted.last :: -1]


def _lines(connection: Connection, places: "array[int]", wanted: Wanted, asked: Asked) -> list[str]:
    """Their sentences, newest first."""

    @lru_cache(BATCH)
    def found(sql: TextClause, conversation: str, seq: object, call: object = 0) -> Fields | None:
        known = all(isinstance(each, int) and abs(each) <= MAX_SEQ for each in (seq, call))
        which = {"conversation": conversation, "seq": seq} | ({"call": call} if sql is _LATEST else {})
        row = connection.execute(sql, which).first() if known else None
        return fields_of(Record(*row)) if row else None

    def fields_of(record: Record) -> Fields:
        def latest(call: object, before: object) -> Fields | None:
            return found(_LATEST, record.conversation, before, call)

        return Fields(record, partial(found, _ONE, record.conversation), latest)

    lines = []
    for record in reversed(records(connection, places)):
        fields = fields_of(record)
        if _is_wanted(fields, wanted.tool, asked) and (said := sentence(fields, wanted.silent)):
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
