"""Streams: messages of ours that grow in Slack while the model speaks. A row is there before Slack is asked for one.

Promise: a process that dies leaves a row, so what stands half in Slack is completed or ended by the next one. All
workers together begin no more of them in a minute than Slack allows. Times are seconds since the epoch.
"""

from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, update

from bot.store.tables import conversations, deliveries, inbox, streams, turns

#: streams begun by a team in a minute
A_MINUTE, MOST = 60.0, 15

#: how long a row is kept that is not open, seconds
KEPT = 600.0

_here = (streams.c.conversation == bindparam("of_conversation")) & (streams.c.open == 1)
_ROW = insert(streams).returning(streams.c.id)
_OPEN = select(streams.c.id).where(_here)
_BEGUN = select(func.count()).where(streams.c.team == bindparam("team"), streams.c.started_at > bindparam("since"))
_NOTE = update(streams).where(streams.c.id == bindparam("of_id")).values(ts=bindparam("ts"))
_OVER = update(streams).values(open=0).returning(streams.c.conversation, streams.c.ts, streams.c.started_at)
_CLOSE = _OVER.where(_here)
_CLOSE_ID = _OVER.where(streams.c.id == bindparam("of_id"), streams.c.open == 1)
_of_it = streams.c.conversation
#: anything but "at once", which is 0
_sleeps = conversations.c.wake_at.is_(None) | (conversations.c.wake_at > 0)
_LEFT = (
    select(_of_it)
    .where(
        streams.c.open == 1,
        exists().where(conversations.c.id == _of_it, _sleeps),
        ~exists().where(turns.c.conversation == _of_it, turns.c.running == 1),
        ~exists().where(inbox.c.conversation == _of_it, inbox.c.body.is_not(None)),
        ~exists().where(deliveries.c.conversation == _of_it, deliveries.c.due == 1),
    )
    .limit(1_000)
)
#: posts that come first: a stream would stand above them
_BEFORE = select(
    exists().where(
        deliveries.c.conversation == bindparam("of_conversation"),
        deliveries.c.target == "thread",
        deliveries.c.due == 1,
        deliveries.c.ts.is_(None),
    )
)
_FORGET = delete(streams).where(streams.c.started_at < bindparam("before"), streams.c.open == 0)


class Begun(NamedTuple):
    """A stream that somebody began; no ts: not known whether Slack did."""

    conversation: str
    ts: str | None
    started_at: float


def reserve(connection: Connection, conversation: str, team: str, now: float, made_by: str) -> int | None:
    """The id of a new row; None where the conversation has an open one or something unposted, or the team too many."""
    if is_open(connection, conversation) or connection.scalar(_BEFORE, {"of_conversation": conversation}):
        return None
    if (connection.scalar(_BEGUN, {"team": team, "since": now - A_MINUTE}) or 0) >= MOST:
        return None
    row = {"conversation": conversation, "team": team, "started_at": now, "made_by": made_by, "open": 1}
    return int(connection.execute(_ROW, row).scalar_one())


def is_open(connection: Connection, conversation: str) -> bool:
    """The next message in the thread takes a stream's place."""
    return connection.scalar(_OPEN, {"of_conversation": conversation}) is not None


def note(connection: Connection, stream: int, ts: str) -> None:
    """Slack began it."""
    connection.execute(_NOTE, {"of_id": stream, "ts": ts})


def close(connection: Connection, conversation: str) -> Begun | None:
    """The open stream of the conversation, which is the caller's to end from now on."""
    return _begun(connection.execute(_CLOSE, {"of_conversation": conversation}).first())


def drop(connection: Connection, stream: int) -> bool:
    """Slack began none; false where somebody else closed the row meanwhile."""
    return connection.execute(_CLOSE_ID, {"of_id": stream}).first() is not None


def left(connection: Connection) -> list[str]:
    """Conversations at rest with a stream that nothing completes any more."""
    return list(connection.scalars(_LEFT))


def forget(connection: Connection, now: float) -> None:
    """Delete rows that count for nothing any more."""
    connection.execute(_FORGET, {"before": now - KEPT})


def _begun(row: Any) -> Begun | None:
    return Begun(*row) if row else None
