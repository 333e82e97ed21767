"""Checkpoints: signed statements of how far every conversation had come and what its last hash was.

A checkpoint is a line of JSON. It lists the conversations that changed since the one before, names that one's digest,
and is signed with a key that is not in the database; so the lines of a file, from its first, state all conversations,
and none of them can be changed, taken out or moved. Lines at the end can be cut off: the newest one's time tells.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pydantic import SecretStr
from sqlalchemy import Connection, bindparam, select

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


def signing_key(secret: SecretStr) -> bytes:
    """The key that signs, from HELPDESK_SECRET_KEY."""
    return hmac.digest(secret.get_secret_value().encode(), _PURPOSE, "sha256")


def heads(connection: Connection, after: str = "") -> list[Head]:
    """The conversations behind `after`, in the order of their ids; at most PER_LINE."""
    return [Head(*row) for row in connection.execute(_HEADS, {"after": after})]


def lines(key: bytes, last: Checkpoint | None, changed: Sequence[Head], at: datetime) -> Iterator[bytes]:
    """What follows `last` in its file, or begins one: a line at least, also where nothing changed."""
    number, previous = (last.number, last.digest) if last else (0, _NONE)
    for first in range(0, max(len(changed), 1), PER_LINE):
        number, some = number + 1, changed[first : first + PER_LINE]
        said = {"version": 1, "number": number, "at": at.isoformat(), "previous": previous, "conversations": some}
        signed = json.dumps(said, separators=(",", ":")).removesuffix("}").encode()
        line = signed + b',"signature":"' + hmac.digest(key, signed, "sha256").hex().encode() + b'"}'
        previous = _digest(line)
        yield line + b"\n"


def read(file: Iterable[bytes], key: bytes, last: Checkpoint | None = None) -> Iterator[Checkpoint]:
    """The checkpoints of a file, or of its part behind `last`, in order.

    A last line without an end was not written to its end, and is left out. Raises ValueError with a sentence about the
    first line that does not hold.
    """
    for place, line in enumerate(file, 1):
        if line.endswith(b"\n"):
            last = _checked(place, line.removesuffix(b"\n"), key, last)
            yield last


def _checked(place: int, line: bytes, key: bytes, last: Checkpoint | None) -> Checkpoint:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"line {place} is no checkpoint")
    signature = hmac.digest(key, match["signed"], "sha256").hex()
    if not hmac.compare_digest(signature.encode(), match["signature"]):
        raise ValueError(
            f"line {place} has a wrong signature: it was changed, or signed with another HELPDESK_SECRET_KEY"
        )
    said = json.loads(line)
    number, previous = (last.number + 1, last.digest) if last else (1, _NONE)
    if said["number"] != number:
        raise ValueError(
            f"line {place} holds checkpoint {said['number']} where {number} belongs: "
            "a line was removed, moved, or an older one put in its place"
        )
    if said["previous"] != previous:
        raise ValueError(f"line {place} does not follow the line before it: one of them is of another file")
    found = tuple(Head(*head) for head in said["conversations"])
    return Checkpoint(number, datetime.fromisoformat(said["at"]), found, _digest(line))


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
