"""How things stand, in numbers: what waits, what is due, and since when. Read beside the work, for whoever watches it.

Every number comes from an index that holds only what is open, or from the part of one that is due.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, func, select, text

from bot.store import claims, house, inbox
from bot.store.deliveries import STATUS
from bot.store.tables import conversations, deliveries, requests, streams, turns
from bot.store.tables import inbox as inbox_table

#: how long each statement may take on PostgreSQL, milliseconds
_LIMIT = text("SET LOCAL statement_timeout = 2000")

# statements are made once: making one takes ten times as long as running it
_waking = conversations.c.wake_at
_new = deliveries.c.ts.is_(None) & (deliveries.c.target != STATUS)
#: how many, and since when the oldest is there, seconds since the epoch
_COUNTED = {
    "inbox": select(func.count(), func.min(inbox_table.c.received_at)).where(inbox.TO_ADMIT),
    "conversations": select(func.count(), func.min(_waking)).where(_waking > 0, _waking <= bindparam("now")),
    # a row is as old as what it first showed, so the age of an update is not known
    "deliveries": select(func.count(), func.min(case((_new, deliveries.c.created_at)))).where(text("due = 1")),
    "requests": select(func.count(), func.min(requests.c.opened_at)).where(requests.c.verdict.is_(None)),
    "turns": select(func.count(), func.min(turns.c.started_at)).where(text("running = 1")),
    "streams": select(func.count(), func.min(streams.c.started_at)).where(text("open = 1")),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there are, and for how long the oldest has waited, seconds; 0 where there is none."""

    number: int
    age: float


@dataclass(frozen=True, slots=True)
class Gauges:
    """How things stood when it was read."""

    inbox: Counted
    conversations: Counted
    deliveries: Counted
    requests: Counted
    turns: Counted
    streams: Counted
    frozen: bool
    #: None on SQLite, which one process works on
    workers: int | None


def read(connection: Connection, now: float) -> Gauges:
    """How things stand; `now` in seconds since the epoch."""
    shared = connection.dialect.name == "postgresql"
    if shared:
        connection.execute(_LIMIT)
    found = {}
    for name, statement in _COUNTED.items():
        number, since = connection.execute(statement, {"now": now} if name == "conversations" else {}).one()
        found[name] = Counted(number, max(0.0, now - since) if since is not None else 0.0)
    return Gauges(**found, frozen=house.frozen(connection), workers=claims.alive(connection) if shared else None)
