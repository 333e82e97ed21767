"""Whatever is done to the log is found, and the first bad record is named: random changes of a real database.

Sixty of each kind, a tenth of that on PostgreSQL; with HYPOTHESIS_PROFILE=thorough 200 of each.
"""

import math
import os
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.ops.audit.chain import Record
from bot.ops.audit.findings import Findings, Pinned, begin
from bot.ops.audit.reading import COLUMNS, reading
from bot.ops.audit.verify import walk
from bot.store import checkpoint_file
from tests.ops.trail import KEY, REFUSED, RESET, SHORT, WIFI, Hand, Trail, rehash

ROUNDS = 200 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 60

CONVERSATIONS = (WIFI, RESET, SHORT)

#: what is wrong where: conversation → seq of the first bad record, None where it is all of it
Wrong = dict[str, int | None]

Change = Callable[[Hand, random.Random], Wrong | None]


class Bench:
    """A trail, its checkpoint, and its tables as they were."""

    def __init__(self, trail: Trail, pinned: Pinned) -> None:
        self.trail = trail
        self._pinned = pinned
        with trail.tampering() as hand:
            self._log = hand.all(f"SELECT {COLUMNS} FROM log")  # noqa: S608
            self._rows = hand.all("SELECT * FROM conversations")

    async def found(self, pinned: Pinned | None = None) -> Findings:
        """What a verification finds now."""
        findings = begin(pinned or self._pinned)
        async with reading(self.trail.url) as reader:
            await walk(reader, findings)
        return findings

    def restore(self, hand: Hand) -> None:
        """All as it was."""
        for table, rows in (("log", self._log), ("conversations", self._rows)):
            hand.execute(f"DELETE FROM {table}")  # noqa: S608
            for row in rows:
                hand.execute(f"INSERT INTO {table} VALUES ({marks(row)})", row)  # noqa: S608

    async def tried(self, change: Change, chance: random.Random) -> tuple[Wrong, Wrong] | None:
        """What was changed and what was found; None where nothing was changed."""
        with self.trail.tampering() as hand:
            before = _all(hand)
            try:
                expected = change(hand, chance)
            except REFUSED:
                expected = None
            if expected is None or _all(hand) == before:
                hand.rollback()
                return None
        found = {fault.conversation: fault.seq for fault in (await self.found()).faults}
        with self.trail.tampering() as hand:
            self.restore(hand)
        return expected, found  # type: ignore[return-value]


@pytest.fixture
async def bench(trail: Trail, tmp_path: Path) -> Bench:
    file = tmp_path / "checkpoints.jsonl"
    await trail.erase(RESET, 2, 5)
    await checkpoint_file.write(trail.database, file, KEY, trail.now)
    return Bench(trail, Pinned(file, KEY, datetime.now(UTC)))


def marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _all(hand: Hand) -> list[tuple[object, ...]]:
    quoted = "quote({})" if hand.sqlite else "{}"
    columns = ", ".join(quoted.format(name) for name in Record._fields)
    row = ", ".join(quoted.format(name) for name in ("head", "head_hash", "purged_to", "tombstone"))
    log = hand.all(f"SELECT {columns} FROM log ORDER BY 1, 2")  # noqa: S608
    return log + hand.all(f"SELECT id, {row} FROM conversations ORDER BY 1")  # noqa: S608


def _place(hand: Hand, chance: random.Random) -> tuple[str, int]:
    places = hand.all("SELECT conversation, seq FROM log ORDER BY 1, 2")
    conversation, seq = chance.choice(places)
    return conversation, seq


def _head(hand: Hand, conversation: str) -> int:
    return int(hand.one("SELECT max(seq) FROM log WHERE conversation = ?", (conversation,))[0])


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


def any_column(hand: Hand, chance: random.Random) -> Wrong | None:
    """One column of one record but its place."""
    conversation, seq = _place(hand, chance)
    name = chance.choice([each for each in Record._fields if each not in ("conversation", "seq")])
    where = "WHERE conversation = ? AND seq = ?"
    value = hand.one(f"SELECT {name} FROM log {where}", (conversation, seq))[0]  # noqa: S608
    new = _other(value, chance)
    cast = "CAST(? AS TEXT)" if isinstance(new, bytes) and chance.random() < 0.5 else "?"
    hand.execute(f"UPDATE log SET {name} = {cast} {where}", (new, conversation, seq))  # noqa: S608
    return {conversation: seq}


def bytes_that_change_sides(hand: Hand, chance: random.Random) -> Wrong | None:
    """The beginning of the content becomes the end of the nonce: what is hashed is the same."""
    conversation, seq = _place(hand, chance)
    where = "WHERE conversation = ? AND seq = ?"
    nonce, body = hand.one(f"SELECT nonce, body FROM log {where}", (conversation, seq))  # noqa: S608
    if body is None:
        return None
    cut = chance.randrange(1, 30)
    values = (nonce + body[:cut].encode(), body[cut:], conversation, seq)
    hand.execute(f"UPDATE log SET nonce = ?, body = ? {where}", values)  # noqa: S608
    return {conversation: seq}


def removed(hand: Hand, chance: random.Random) -> Wrong:
    """Some items behind one another."""
    conversation, seq = _place(hand, chance)
    count = chance.randrange(1, 4)
    hand.execute("DELETE FROM log WHERE conversation = ? AND seq >= ? AND seq < ?", (conversation, seq, seq + count))
    return {conversation: None if not _count(hand, conversation) else seq}


def _count(hand: Hand, conversation: str) -> int:
    return int(hand.one("SELECT count(*) FROM log WHERE conversation = ?", (conversation,))[0])


def swapped(hand: Hand, chance: random.Random) -> Wrong | None:
    """Two items of a conversation change places."""
    conversation, one = _place(hand, chance)
    other = chance.randrange(1, _head(hand, conversation) + 1)
    if one == other:
        return None
    for was, becomes in ((one, -1), (other, one), (-1, other)):
        hand.execute("UPDATE log SET seq = ? WHERE conversation = ? AND seq = ?", (becomes, conversation, was))
    return {conversation: min(one, other)}


def moved(hand: Hand, chance: random.Random) -> Wrong | None:
    """An item gets another number."""
    conversation, seq = _place(hand, chance)
    new = chance.choice([0, -1, -(2**63), _head(hand, conversation) + chance.randrange(1, 4), 2**62])
    hand.execute("UPDATE log SET seq = ? WHERE conversation = ? AND seq = ?", (new, conversation, seq))
    return {conversation: min(new, seq)}


def duplicated(hand: Hand, chance: random.Random) -> Wrong:
    """An item is there again, at the end or before the beginning."""
    conversation, seq = _place(hand, chance)
    new = chance.choice([_head(hand, conversation) + 1, 0])
    _copy(hand, (conversation, seq), (conversation, new))
    return {conversation: new}


def in_another_conversation(hand: Hand, chance: random.Random) -> Wrong | None:
    """An item of one conversation goes to the end of another."""
    conversation, seq = _place(hand, chance)
    other = chance.choice([each for each in CONVERSATIONS if each != conversation])
    new = _head(hand, other) + 1
    _copy(hand, (conversation, seq), (other, new))
    return {other: new}


def inserted(hand: Hand, chance: random.Random) -> Wrong:
    """A made-up item that fits the one before it; what follows is numbered anew, its hashes are not."""
    conversation, seq = _place(hand, chance)
    hand.execute("UPDATE log SET seq = -seq - 1 WHERE conversation = ? AND seq >= ?", (conversation, seq))
    _copy(hand, (conversation, -seq - 1), (conversation, seq))
    hand.execute("UPDATE log SET actor = 'U0EVE' WHERE conversation = ? AND seq = ?", (conversation, seq))
    # only the made-up one has a hash of its own
    kept = hand.all("SELECT * FROM log WHERE conversation = ? AND seq < 0", (conversation,))
    hand.execute("DELETE FROM log WHERE conversation = ? AND seq < 0", (conversation,))
    rehash(hand, conversation, seq, head=False)
    for place, number, *rest in kept:
        hand.execute(f"INSERT INTO log VALUES ({marks(Record._fields)})", (place, -number, *rest))  # noqa: S608
    # with a checkpoint at hand the forged item itself is named where it was the last one then
    return {conversation: seq if seq == _head(hand, conversation) - 1 else seq + 1}


def _copy(hand: Hand, place: tuple[str, int], to: tuple[str, int]) -> None:
    others = ", ".join(Record._fields[2:])
    hand.execute(
        f"INSERT INTO log SELECT ?, ?, {others} FROM log WHERE conversation = ? AND seq = ?",  # noqa: S608
        (*to, *place),
    )


def cut_off_with_care(hand: Hand, chance: random.Random) -> Wrong:
    """The end is gone, and the conversation's row agrees: only the checkpoint knows."""
    conversation, seq = _place(hand, chance)
    if seq == 1:
        return conversation_gone(hand, chance)
    hand.execute("DELETE FROM log WHERE conversation = ? AND seq >= ?", (conversation, seq))
    rehash(hand, conversation, seq - 1)
    return {conversation: seq}


def written_anew_with_care(hand: Hand, chance: random.Random) -> Wrong | None:
    """An item says something else, and every hash behind it is computed anew: only the checkpoint knows."""
    conversation, seq = _place(hand, chance)
    what = chance.choice(["body = replace(body, 'o', '0')", "actor = 'U0EVE'", "at = at - 1", "tool = 'search'"])
    before = _all(hand)
    hand.execute(f"UPDATE log SET {what} WHERE conversation = ? AND seq = ?", (conversation, seq))  # noqa: S608
    if _all(hand) == before:
        return None
    rehash(hand, conversation, seq)
    return {conversation: _head(hand, conversation)}


def conversation_gone(hand: Hand, chance: random.Random) -> Wrong:
    """A conversation is gone without a trace: only the checkpoint knows."""
    conversation = chance.choice(CONVERSATIONS)
    hand.execute("DELETE FROM log WHERE conversation = ?", (conversation,))
    hand.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
    return {conversation: None}


def the_row_of_a_conversation(hand: Hand, chance: random.Random) -> Wrong | None:
    """Where a conversation ends, as its row says it; or no row, or a row of nothing."""
    conversation = chance.choice(CONVERSATIONS)
    head = _head(hand, conversation)
    match chance.randrange(5):
        case 0:
            hand.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
            return {conversation: None}
        case 1:
            hand.execute("INSERT INTO conversations (id, head, head_hash) VALUES ('T1:C7:7.7', 3, 'x')")
            return {"T1:C7:7.7": None}
        case 2:
            hand.execute("UPDATE conversations SET head_hash = 'x' WHERE id = ?", (conversation,))
            return {conversation: head}
        case 3:
            new = chance.randrange(1, head + 4)
            hand.execute("UPDATE conversations SET head = ? WHERE id = ?", (new, conversation))
            return {conversation: min(new, head) + 1}
        case _:
            hand.execute("UPDATE conversations SET head = 'x' WHERE id = ?", (conversation,))
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
    tried, rounds = 0, ROUNDS // 10 if bench.trail.database.shared else ROUNDS
    for _ in range(rounds):
        if outcome := await bench.tried(change, chance):
            expected, found = outcome
            assert found == expected
            tried += 1
    assert tried > rounds // 4
    assert (await bench.found()).good, "what was put back is whole"


async def test_without_a_checkpoint_a_careful_forger_is_not_found_which_the_verdict_says(bench: Bench) -> None:
    nothing = Pinned(None, None, datetime.now(UTC))
    assert (await bench.found(nothing)).newest is None
    with bench.trail.tampering() as hand:
        written_anew_with_care(hand, random.Random(1))  # noqa: S311
    assert (await bench.found(nothing)).good
    assert not (await bench.found()).good
