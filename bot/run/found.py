"""What a look into the database gives whoever has a conversation: what arrived, and what somebody else wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from bot.core.items import Entry, Item
from bot.core.thread import Thread
from bot.errors import LostClaim
from bot.store import arrivals, chain, inbox, log, snapshots
from bot.store.tables import conversations

_row = conversations.c
_ROW = select(_row.head, _row.head_hash, _row.wake_at, _row.purged_to, _row.erased_to).where(
    _row.id == bindparam("conversation")
)

#: up to which items were purged, and content was erased
Gone = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """What the look gave."""

    #: row of the inbox, when it was sent, what it is; and the items that nobody was shown, by seq
    arrived: list[tuple[int, datetime, arrivals.Arrived]]
    unshown: Mapping[int, Item | None]
    #: what the log holds of messages that were edited or deleted, by their timestamps
    about: Mapping[str, list[Entry]]
    wake_at: float | None = None
    gone: Gone = (0, 0)
    head_hash: str = chain.GENESIS
    #: the thread to begin anew with; None: go on with the one that is there
    start: Thread | None = None
    news: list[Entry] = field(default_factory=list)


def look(connection: Connection, conversation: str, committed: int, pending: Sequence[Entry], gone: Gone) -> Found:
    """What is new for whoever knows the items up to `committed`, with `gone`, and wants to write those pending.

    Raises LostClaim where that is not what these follow.
    """
    arrived = inbox.waiting(connection, conversation)
    unshown = {
        each.seq: log.item(connection, conversation, each.seq)
        for _, _, each in arrived
        if isinstance(each, arrivals.Undelivered)
    }
    about = {
        each.ts: log.about(connection, conversation, each.ts)
        for _, _, each in arrived
        if isinstance(each, arrivals.EditArrived | arrivals.DeletionArrived)
    }
    row = connection.execute(_ROW, {"conversation": conversation}).first()
    if row is None:
        return Found(arrived, unshown, about)
    now = (row.purged_to, row.erased_to)
    if pending and (now != gone or row.head != committed):
        raise LostClaim(f"somebody else wrote to {conversation}")
    start, news = _news(connection, conversation, committed, row.head, now, fewer=now != gone)
    return Found(arrived, unshown, about, row.wake_at, now, row.head_hash, start, news)


def _news(
    connection: Connection, conversation: str, committed: int, head: int, gone: Gone, *, fewer: bool
) -> tuple[Thread | None, list[Entry]]:
    """Where to begin anew, if so, and the entries to go on with: of what is left out none is read."""
    if committed and not fewer:
        return None, log.read(connection, conversation, after=committed) if head > committed else []
    start = snapshots.newest(connection, conversation, max(gone))
    return start, log.read(connection, conversation, after=max(start.since - 1, 0))
