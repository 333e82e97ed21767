"""Checkpoints: signed statements of how far every conversation had come and what its last hash was.

A checkpoint is a line of JSON. It lists the conversations that changed since the one before, names that one's digest,
and is signed with a key that is not in the database; so the lines of a file, from its first, state all conversations,
and none of them can be changed, taken out or moved. Lines at the end can be cut off: the newest one's time tells.
Because of the digests a line stands for all lines before it, also for those that were signed with an earlier key.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from pydantic import SecretStr
from sqlalchemy import Connection, bindparam, select

from bot.store.keys import Signer
from bot.store.tables import conversations

#: conversations in one line; where more changed, several lines are written
PER_LINE = 1_000

#: what the key of HELPDESK_SECRET_KEY's is derived for; with another purpose it is another key
_PURPOSE = b"helpdesk audit checkpoint 1"

#: the digest before the first line
_NONE = "0" * 64

_LINE = re.compile(rb'(?P<signed>\{.*),"signature":"(?P<signature>[0-9a-f]{64})"\}')

_HEADS = (
    select(conversations.c.id, conversations.c.head, conversations.c.head_hash)
    .where(conversations.c.id > bindparam("after"))
    .order_by(conversations.c.id)
    .limit(PER_LINE)
)


class Head(NamedTuple):
    """How many items a conversation has, and the hash of the last."""

    conversation: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A line that was read; `digest` is what the next one names."""

    number: int
    at: datetime
    heads: tuple[Head, ...]
    digest: str
    #: signed with another key than HELPDESK_SECRET_KEY
    other: bool = field(default=False, compare=False)


def signing_key(secret: SecretStr) -> Signer:
    """What signs, from HELPDESK_SECRET_KEY."""
    return Signer.of(secret, _PURPOSE)


def heads(connection: Connection, after: str = "") -> list[Head]:
    """The conversations behind `after`, in the order of their ids; at most PER_LINE."""
    return [Head(*row) for row in connection.execute(_HEADS, {"after": after})]


def lines(key: Signer, last: Checkpoint | None, changed: Sequence[Head], at: datetime) -> Iterator[bytes]:
    """What follows `last` in its file, or begins one: a line at least, also where nothing changed."""
    number, previous = (last.number, last.digest) if last else (0, _NONE)
    for first in range(0, max(len(changed), 1), PER_LINE):
        number, some = number + 1, changed[first : first + PER_LINE]
        said = {"version": 1, "number": number, "at": at.isoformat(), "previous": previous, "conversations": some}
        signed = json.dumps(said, separators=(",", ":")).removesuffix("}").encode()
        line = signed + b',"signature":"' + key.sign(signed).encode() + b'"}'
        previous = _digest(line)
        yield line + b"\n"


def read(file: Iterable[bytes], key: Signer, last: Checkpoint | None = None) -> Iterator[Checkpoint]:
    """The checkpoints of a file, or of its part behind `last`, in order.

    A last line without an end was not written to its end, and is left out. Raises ValueError with a sentence about the
    first line that does not hold.
    """
    unknown: list[_Line] = []
    for place, text in enumerate(file, 1):
        if not text.endswith(b"\n"):
            continue
        line = _line(place, text.removesuffix(b"\n"))
        unknown.append(line)
        if key.signed(line.signed, line.signature):
            _vouch(unknown)
            for each in unknown:
                last = _next(each, last, other=not key.renewed(each.signed, each.signature))
                yield last
            unknown.clear()
    if unknown:
        raise ValueError(unknown[0].forged)


class _Line(NamedTuple):
    place: int
    text: bytes
    signed: bytes
    signature: str

    @property
    def forged(self) -> str:
        return f"line {self.place} has a wrong signature: it was changed, or signed with another HELPDESK_SECRET_KEY"


def _line(place: int, text: bytes) -> _Line:
    match = _LINE.fullmatch(text)
    if match is None:
        raise ValueError(f"line {place} is no checkpoint")
    return _Line(place, text, match["signed"], match["signature"].decode())


def _vouch(lines: Sequence[_Line]) -> None:
    """The last of them is signed with a key of ours, and stands for those before it. Raises ValueError where not."""
    for line, before in zip(lines[:0:-1], lines[-2::-1], strict=True):
        # what is read here is what a line behind it stands for, so nobody without a key made it
        if json.loads(line.text)["previous"] != _digest(before.text):
            raise ValueError(before.forged)


def _next(line: _Line, last: Checkpoint | None, *, other: bool) -> Checkpoint:
    """What the genuine line says. Raises ValueError where it does not follow `last`."""
    said = json.loads(line.text)
    number, previous = (last.number + 1, last.digest) if last else (1, _NONE)
    if said["number"] != number:
        raise ValueError(
            f"line {line.place} holds checkpoint {said['number']} where {number} belongs: "
            "a line was removed, moved, or an older one put in its place"
        )
    if said["previous"] != previous:
        raise ValueError(f"line {line.place} does not follow the line before it: one of them is of another file")
    found = tuple(Head(*head) for head in said["conversations"])
    return Checkpoint(number, datetime.fromisoformat(said["at"]), found, _digest(line.text), other)


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
