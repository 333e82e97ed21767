"""Whatever is done to the log is found, and the first bad record is named: random changes of a real database.

Sixty of each kind; with HYPOTHESIS_PROFILE=thorough a thousand of each, more than 10,000 in all.
"""

import math
import os
import random
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.ops.audit.chain import Record
from bot.ops.audit.findings import Findings, Pinned, begin
from bot.ops.audit.reading import reading
from bot.ops.audit.verify import walk
from bot.store import checkpoint_file
from bot.store.database import Database
from tests.ops.trail import KEY, RESET, SHORT, WIFI, Trail, rehash

ROUNDS = 1_000 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 60

CONVERSATIONS = (WIFI, RESET, SHORT)

#: what is wrong where: conversation → seq of the first bad record, None where it is all of it
Wrong = dict[str, int | None]

Change = Callable[[sqlite3.Connection, random.Random], Wrong | None]


class Bench:
    """A trail, its checkpoint, and its tables as they were."""

    def __init__(self, trail: Trail, database: Database, pinned: Pinned) -> None:
        self._trail = trail
        self._database = database
        self._pinned = pinned
        with trail.tampering() as connection:
            self._log = connection.execute("SELECT rowid, * FROM log").fetchall()
            self._rows = connection.execute("SELECT * FROM conversations").fetchall()

    async def found(self, pinned: Pinned | None = None) -> Findings:
        """What a verification finds now."""
        findings = begin(pinned or self._pinned)
        await walk(self._database, findings)
        return findings

    def restore(self, connection: sqlite3.Connection) -> None:
        """All as it was."""
        connection.execute("DELETE FROM log")
        connection.execute("DELETE FROM conversations")
        names = ", ".join(("rowid", *Record._fields))
        connection.executemany(f"INSERT INTO log ({names}) VALUES ({', '.join('?' * 14)})", self._log)  # noqa: S608
        connection.executemany("INSERT INTO conversations VALUES (?, ?, ?, ?)", self._rows)

    async def tried(self, change: Change, chance: random.Random) -> tuple[Wrong, Wrong] | None:
        """What was changed and what was found; None where nothing was changed."""
        with self._trail.tampering() as connection:
            before = _all(connection)
            expected = change(connection, chance)
            if expected is None or _all(connection) == before:
                self.restore(connection)
                return None
        found = {fault.conversation: fault.seq for fault in (await self.found()).faults}
        with self._trail.tampering() as connection:
            self.restore(connection)
        return expected, found  # type: ignore[return-value]


@pytest.fixture
async def bench(trail: Trail, tmp_path: Path) -> AsyncIterator[Bench]:
    file = tmp_path / "checkpoints.jsonl"
    await trail.erase(RESET, 2, 5)
    await checkpoint_file.write(trail.database, file, KEY, trail.now)
    async with reading(trail.url) as database:
        yield Bench(trail, database, Pinned(file, KEY, datetime.now(UTC)))


def _all(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    columns = ", ".join(f"quote({name})" for name in Record._fields)
    log = connection.execute(f"SELECT {columns} FROM log ORDER BY 1, 2").fetchall()  # noqa: S608
    return log + connection.execute("SELECT id, quote(head), quote(head_hash) FROM conversations").fetchall()


def _place(connection: sqlite3.Connection, chance: random.Random) -> tuple[str, int]:
    places = connection.execute("SELECT conversation, seq FROM log ORDER BY 1, 2").fetchall()
    conversation, seq = chance.choice(places)
    return conversation, seq


def _head(connection: sqlite3.Connection, conversation: str) -> int:
    return int(connection.execute("SELECT max(seq) FROM log WHERE conversation = ?", (conversation,)).fetchone()[0])


def _other(value: object, chance: random.Random) -> object:
    """Something else than the value, near it or not, of its type or not."""
    odd: list[object] = [None, 0, -1, 1.5, "", "x", b"x", b"\xff\xfe", "\x00", 2**62, float("inf"), "U0EVE"]
    if isinstance(value, int):
        odd += [value + 1, value - 1, float(value) + 0.5, str(value) + "x"]
    if isinstance(value, float):
        odd += [math.nextafter(value, math.inf), math.nextafter(value, 0), value + 1, -value]
    if isinstance(value, str) and value:
        at = chance.randrange(len(value))
        odd += [value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :], value[:at], value + " ", value[::-1]]
        odd += [value.swapcase(), value.encode(), value.encode()[:-1] + b"\xff"]
    if isinstance(value, bytes) and value:
        odd += [value[1:], value[:-1], value + b"\x00", bytes([value[0] ^ 1]) + value[1:], value.hex()]
    return chance.choice(odd)


def any_column(connection: sqlite3.Connection, chance: random.Random) -> Wrong | None:
    """One column of one record but its place."""
    conversation, seq = _place(connection, chance)
    name = chance.choice([each for each in Record._fields if each not in ("conversation", "seq")])
    where = "WHERE conversation = ? AND seq = ?"
    value = connection.execute(f"SELECT {name} FROM log {where}", (conversation, seq)).fetchone()[0]  # noqa: S608
    try:
        new = _other(value, chance)
        cast = "CAST(? AS TEXT)" if isinstance(new, bytes) and chance.random() < 0.5 else "?"
        connection.execute(f"UPDATE log SET {name} = {cast} {where}", (new, conversation, seq))  # noqa: S608
    except sqlite3.IntegrityError:
        return None
    return {conversation: seq}


def bytes_that_change_sides(connection: sqlite3.Connection, chance: random.Random) -> Wrong | None:
    """The beginning of the content becomes the end of the nonce: what is hashed is the same."""
    conversation, seq = _place(connection, chance)
    where = "WHERE conversation = ? AND seq = ?"
    nonce, body = connection.execute(f"SELECT nonce, body FROM log {where}", (conversation, seq)).fetchone()  # noqa: S608
    if body is None:
        return None
    cut = chance.randrange(1, 30)
    values = (nonce + body[:cut].encode(), body[cut:], conversation, seq)
    connection.execute(f"UPDATE log SET nonce = ?, body = ? {where}", values)  # noqa: S608
    return {conversation: seq}


def removed(connection: sqlite3.Connection, chance: random.Random) -> Wrong:
    """Some items behind one another."""
    conversation, seq = _place(connection, chance)
    count = chance.randrange(1, 4)
    connection.execute(
        "DELETE FROM log WHERE conversation = ? AND seq >= ? AND seq < ?", (conversation, seq, seq + count)
    )
    return {conversation: None if not _count(connection, conversation) else seq}


def _count(connection: sqlite3.Connection, conversation: str) -> int:
    return int(connection.execute("SELECT count(*) FROM log WHERE conversation = ?", (conversation,)).fetchone()[0])


def swapped(connection: sqlite3.Connection, chance: random.Random) -> Wrong | None:
    """Two items of a conversation change places."""
    conversation, one = _place(connection, chance)
    other = chance.randrange(1, _head(connection, conversation) + 1)
    if one == other:
        return None
    for was, becomes in ((one, -1), (other, one), (-1, other)):
        connection.execute("UPDATE log SET seq = ? WHERE conversation = ? AND seq = ?", (becomes, conversation, was))
    return {conversation: min(one, other)}


def moved(connection: sqlite3.Connection, chance: random.Random) -> Wrong | None:
    """An item gets another number."""
    conversation, seq = _place(connection, chance)
    new = chance.choice([0, -1, -(2**63), _head(connection, conversation) + chance.randrange(1, 4), 2**62])
    connection.execute("UPDATE log SET seq = ? WHERE conversation = ? AND seq = ?", (new, conversation, seq))
    return {conversation: min(new, seq)}


def duplicated(connection: sqlite3.Connection, chance: random.Random) -> Wrong:
    """An item is there again, at the end or before the beginning."""
    conversation, seq = _place(connection, chance)
    new = chance.choice([_head(connection, conversation) + 1, 0])
    _copy(connection, (conversation, seq), (conversation, new))
    return {conversation: new}


def in_another_conversation(connection: sqlite3.Connection, chance: random.Random) -> Wrong | None:
    """An item of one conversation goes to the end of another."""
    conversation, seq = _place(connection, chance)
    other = chance.choice([each for each in CONVERSATIONS if each != conversation])
    new = _head(connection, other) + 1
    _copy(connection, (conversation, seq), (other, new))
    return {other: new}


def inserted(connection: sqlite3.Connection, chance: random.Random) -> Wrong:
    """A made-up item that fits the one before it; what follows is numbered anew, its hashes are not."""
    conversation, seq = _place(connection, chance)
    connection.execute("UPDATE log SET seq = -seq - 1 WHERE conversation = ? AND seq >= ?", (conversation, seq))
    _copy(connection, (conversation, -seq - 1), (conversation, seq))
    connection.execute("UPDATE log SET actor = 'U0EVE' WHERE conversation = ? AND seq = ?", (conversation, seq))
    # only the made-up one has a hash of its own
    kept = connection.execute("SELECT * FROM log WHERE conversation = ? AND seq < 0", (conversation,)).fetchall()
    connection.execute("DELETE FROM log WHERE conversation = ? AND seq < 0", (conversation,))
    rehash(connection, conversation, seq, head=False)
    marks = ", ".join("?" * len(Record._fields))
    connection.executemany(f"INSERT INTO log VALUES ({marks})", [(c, -s, *rest) for c, s, *rest in kept])  # noqa: S608
    # with a checkpoint at hand the forged item itself is named where it was the last one then
    return {conversation: seq if seq == _head(connection, conversation) - 1 else seq + 1}


def _copy(connection: sqlite3.Connection, place: tuple[str, int], to: tuple[str, int]) -> None:
    others = ", ".join(Record._fields[2:])
    connection.execute(
        f"INSERT INTO log SELECT ?, ?, {others} FROM log WHERE conversation = ? AND seq = ?",  # noqa: S608
        (*to, *place),
    )


def cut_off_with_care(connection: sqlite3.Connection, chance: random.Random) -> Wrong:
    """The end is gone, and the conversation's row agrees: only the checkpoint knows."""
    conversation, seq = _place(connection, chance)
    if seq == 1:
        return conversation_gone(connection, chance)
    connection.execute("DELETE FROM log WHERE conversation = ? AND seq >= ?", (conversation, seq))
    rehash(connection, conversation, seq - 1)
    return {conversation: seq}


def written_anew_with_care(connection: sqlite3.Connection, chance: random.Random) -> Wrong | None:
    """An item says something else, and every hash behind it is computed anew: only the checkpoint knows."""
    conversation, seq = _place(connection, chance)
    what = chance.choice(["body = replace(body, 'o', '0')", "actor = 'U0EVE'", "at = at - 1", "tool = 'search'"])
    before = _all(connection)
    connection.execute(f"UPDATE log SET {what} WHERE conversation = ? AND seq = ?", (conversation, seq))  # noqa: S608
    if _all(connection) == before:
        return None
    rehash(connection, conversation, seq)
    return {conversation: _head(connection, conversation)}


def conversation_gone(connection: sqlite3.Connection, chance: random.Random) -> Wrong:
    """A conversation is gone without a trace: only the checkpoint knows."""
    conversation = chance.choice(CONVERSATIONS)
    connection.execute("DELETE FROM log WHERE conversation = ?", (conversation,))
    connection.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
    return {conversation: None}


def the_row_of_a_conversation(connection: sqlite3.Connection, chance: random.Random) -> Wrong | None:
    """Where a conversation ends, as its row says it; or no row, or a row of nothing."""
    conversation = chance.choice(CONVERSATIONS)
    head = _head(connection, conversation)
    match chance.randrange(5):
        case 0:
            connection.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
            return {conversation: None}
        case 1:
            connection.execute("INSERT INTO conversations VALUES ('T1:C7:7.7', 3, 'x', 0)")
            return {"T1:C7:7.7": None}
        case 2:
            connection.execute("UPDATE conversations SET head_hash = 'x' WHERE id = ?", (conversation,))
            return {conversation: head}
        case 3:
            new = chance.randrange(1, head + 4)
            connection.execute("UPDATE conversations SET head = ? WHERE id = ?", (new, conversation))
            return {conversation: min(new, head) + 1}
        case _:
            connection.execute("UPDATE conversations SET head = 'x' WHERE id = ?", (conversation,))
            return {conversation: head}


@pytest.mark.parametrize(
    "change",
    [
        any_column,
        bytes_that_change_sides,
        removed,
        swapped,
        moved,
        duplicated,
        in_another_conversation,
        inserted,
        cut_off_with_care,
        written_anew_with_care,
        conversation_gone,
        the_row_of_a_conversation,
    ],
)
async def test_every_change_is_found_and_the_first_bad_record_is_named(bench: Bench, change: Change) -> None:
    chance = random.Random(change.__name__)  # noqa: S311 -- the same every time
    tried = 0
    for _ in range(ROUNDS):
        if outcome := await bench.tried(change, chance):
            expected, found = outcome
            assert found == expected
            tried += 1
    assert tried > ROUNDS // 4
    assert (await bench.found()).good, "what was put back is whole"


async def test_without_a_checkpoint_a_careful_forger_is_not_found_which_the_verdict_says(bench: Bench) -> None:
    nothing = Pinned(None, None, datetime.now(UTC))
    assert (await bench.found(nothing)).newest is None
    with bench._trail.tampering() as connection:
        written_anew_with_care(connection, random.Random(1))  # noqa: S311
    assert (await bench.found(nothing)).good
    assert not (await bench.found()).good
