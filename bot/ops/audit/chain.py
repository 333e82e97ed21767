"""Whether the records of a conversation follow from one another. Pure; the same for the database and for an export.

Promise: of each conversation the first record that does not fit is named, whatever was done to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from bot.store.chain import GENESIS, NONCE_BYTES, chain_hash, commit_to
from bot.store.checkpoints import Checkpoint
from bot.store.keys import Signer
from bot.store.tombstones import hash_of, renewed, signed

#: how times are shown; they are UTC
TIME = "%Y-%m-%d %H:%M:%S UTC"

OTHER_SKELETON = "its record was changed: who, what or when, or one of its hashes"
OTHER_CONTENT = "its content was changed"
HALF_ERASED = "its content is erased in part only"
NOT_NEXT = "it does not follow the item before it: one of the two was changed, or they changed places"
TWICE = "it is there twice, or its number cannot be"
PURGED = "it is there, but was purged"
NO_ROW = "it has items, but no row among the conversations"
NO_TOMBSTONE = "its items are said to be purged, but there is no tombstone that says so"
NOT_PURGED = "it has a tombstone, but its items are not said to be purged"
FORGED = (
    "its tombstone is not signed with this HELPDESK_SECRET_KEY: its items were removed, or what stands for them was "
    "changed, by somebody without the key"
)


class Record(NamedTuple):
    """A row of the log as it was found; a value may be of any type, because anybody may have put it there."""

    conversation: Any
    seq: Any
    at: Any
    kind: Any
    turn: Any
    call: Any
    tool: Any
    actor: Any
    body: Any
    nonce: Any
    commitment: Any
    prev_hash: Any
    hash: Any


class Stone(NamedTuple):
    """What the row of a conversation says: where it ends, and up to where it was purged; values of any type, as above.

    In an export only the purge is said.
    """

    head: Any = None
    head_hash: Any = None
    purged_to: Any = 0
    tombstone: Any = None


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing in a conversation that is not as it was written; `seq` None: the conversation as a whole."""

    conversation: str
    seq: object
    what: str

    def __str__(self) -> str:
        place = "" if self.seq is None else f", item {self.seq}"
        return f"{self.conversation}{place}: {self.what}."


class Pin(NamedTuple):
    """The hash that an item has in a checkpoint, and when that was made."""

    hash: str
    at: datetime


#: what checkpoints say: conversation → seq → pin
Pins = dict[str, dict[int, Pin]]


def pin(pins: Pins, checkpoint: Checkpoint) -> None:
    """Add what the checkpoint says. The first word on an item counts: a later one cannot excuse a change."""
    for head in checkpoint.heads:
        pins.setdefault(head.conversation, {}).setdefault(head.seq, Pin(head.hash, checkpoint.at))


@dataclass(slots=True)
class Chain:
    """One conversation while its records are looked at, in order; after its first fault nothing more is said of it."""

    conversation: str
    pins: Mapping[int, Pin] = field(default_factory=dict)
    #: items up to this one are purged
    purged_to: int = 0
    seq: int = 0
    hash: str = GENESIS
    #: records looked at, and those of them whose content is erased
    count: int = 0
    erased: int = 0
    #: its tombstone is signed with the other key that is good
    other: bool = False
    fault: Fault | None = None

    def resume(self, stone: Stone, key: Signer | None) -> None:
        """The chain goes on from the tombstone, if there is one; before any record. Without a key none is forged."""
        purged_to, tombstone = stone.purged_to, stone.tombstone
        last = hash_of(tombstone)
        if purged_to in (0, None) and tombstone is None:
            return
        if not isinstance(purged_to, int) or purged_to < 1:
            self._found(None, NOT_PURGED)
        elif last is None:
            self._found(None, NO_TOMBSTONE)
        elif key and not signed(key, self.conversation, purged_to, tombstone):
            self._found(None, FORGED)
        else:
            self.purged_to = self.seq = purged_to
            self.hash = last
            self.other = key is not None and renewed(key, self.conversation, purged_to, tombstone) != tombstone
            if what := self._unpinned(purged_to, last):
                self._found(purged_to, what)

    def follow(self, record: Record) -> None:
        """Look at the next record."""
        self.count += 1
        self.erased += record.body is None
        if self.fault:
            return
        if record.seq > self.seq + 1:
            self._found(self.seq + 1, "it is missing")
        elif record.seq <= self.seq:
            self._found(record.seq, PURGED if 0 < record.seq <= self.purged_to else TWICE)
        elif what := wrong(record, self.hash) or self._unpinned(record.seq, record.hash):
            self._found(record.seq, what)
        self.seq, self.hash = record.seq, record.hash

    def end(self) -> None:
        """There are no more records: all that checkpoints speak of must have been there."""
        last = max(self.pins, default=0)
        if last > self.seq:
            what = f"the checkpoint of {self.pins[last].at:{TIME}} has {last} items"
            self._found(self.seq + 1 if self.seq else None, f"{'it is' if self.seq else 'all is'} missing: {what}")

    def end_at(self, row: Stone) -> None:
        """There are no more records, and the conversation's own row says where it ends."""
        head, head_hash = row.head, row.head_hash
        if head is None and head_hash is None:
            self._found(None, NO_ROW)
        elif head != self.seq and isinstance(head, int) and head > self.seq:
            self._found(self.seq + 1, f"it is missing: the conversation's row counts {head} items")
        elif head != self.seq:
            seq = max(head + 1, 1) if isinstance(head, int) else self.seq
            self._found(seq, f"the conversation's row counts {head} items only")
        elif head_hash != self.hash:
            self._found(self.seq, "the conversation's row names another hash as the last")
        self.end()

    def _unpinned(self, seq: int, last: object) -> str | None:
        pinned = self.pins.get(seq)
        if pinned is None or pinned.hash == last:
            return None
        sure = max((each for each in self.pins if each < seq), default=0)
        since = f"an item from {sure + 1} on" if sure + 1 < seq else "it"
        return f"{since} was written anew: the checkpoint of {pinned.at:{TIME}} has another hash here"

    def _found(self, seq: object, what: str) -> None:
        self.fault = self.fault or Fault(self.conversation, seq, what)


def wrong(record: Record, previous: str) -> str | None:
    """What is wrong with a record that stands behind the hash `previous`; None if nothing is."""
    if not _hashed(record):
        return OTHER_SKELETON
    if record.prev_hash != previous:
        return NOT_NEXT
    if record.body is None and record.nonce is None:
        return None
    if record.body is None or record.nonce is None:
        return HALF_ERASED
    return None if _committed(record) else OTHER_CONTENT


def _hashed(record: Record) -> bool:
    try:
        return bool(record.hash == chain_hash(record._asdict()))
    except (TypeError, ValueError):  # a value that is no JSON
        return False


def _committed(record: Record) -> bool:
    if not isinstance(record.body, str) or not isinstance(record.nonce, bytes) or len(record.nonce) != NONCE_BYTES:
        return False
    try:
        return bool(record.commitment == commit_to(record.nonce, record.body))
    except UnicodeEncodeError:  # bytes that are no text
        return False
