"""Which worker has which conversation, where several work on one database (PostgreSQL).

Promise: a conversation is one worker's until that worker gives it back or has not been heard of for STALE seconds; and
what a worker writes about a conversation that another one has taken over is refused (`held`). Times are the database's
own, so that clocks of machines need not agree.
"""

from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, literal_column, select, union
from sqlalchemy.dialects.postgresql import insert

from bot.errors import LostClaim
from bot.store import inbox
from bot.store.tables import claims, conversations, deliveries, workers

#: how often a worker says that it lives, and after how long in silence it counts as dead, seconds
BEAT, STALE = 4.0, 15.0

#: how long the row of a worker that is silent is kept, seconds
KEPT = 3600.0

#: conversations that one look finds at most; the next one finds the others
FOUND = 500

#: one scanner at a time; any number that is used for nothing else
_SCANNER = select(func.pg_try_advisory_xact_lock(4862101))

#: seconds since the epoch, by the database
CLOCK = func.extract("epoch", func.clock_timestamp())
_beat = insert(workers).values(id=bindparam("worker"), beat_at=CLOCK)
_BEAT = _beat.on_conflict_do_update(index_elements=[workers.c.id], set_={"beat_at": CLOCK})


#: it was heard of lately: neither long ago nor, where the database's clock was set back, in the future
_heard = workers.c.beat_at.between(CLOCK - STALE, CLOCK + STALE)


def _alive(worker: Any) -> Any:
    return exists().where(workers.c.id == worker, _heard)


_taken = exists().where(
    claims.c.conversation == bindparam("wanted"), claims.c.worker != bindparam("me"), _alive(claims.c.worker)
)
_row = insert(claims).from_select(
    ["conversation", "worker"], select(bindparam("wanted").label("c"), bindparam("me").label("w")).where(~_taken)
)
_TAKE = _row.on_conflict_do_update(
    index_elements=[claims.c.conversation],
    set_={"worker": _row.excluded.worker},
    # by name: the clause of an upsert has no enclosing FROM in which a column would be found
    where=(claims.c.worker == _row.excluded.worker) | ~_alive(literal_column("claims.worker")),
).returning(claims.c.conversation)
_mine = (claims.c.conversation == bindparam("held")) & (claims.c.worker == bindparam("me"))
_HELD = select(claims.c.worker).where(_mine)
_RELEASE = delete(claims).where(_mine)
_LEAVE = delete(claims).where(claims.c.worker == bindparam("me")).returning(claims.c.conversation)
_GONE = delete(workers).where(workers.c.id == bindparam("me"))


def _free(conversation: Any) -> Any:
    """No living worker has it."""
    return ~exists().where(claims.c.conversation == conversation, _alive(claims.c.worker))


_waiting = inbox.UNDONE.subquery()
_UNATTENDED = union(
    # who has one may wait for Slack just now, and not see that its time has come
    select(conversations.c.id).where(
        conversations.c.wake_at <= bindparam("now"), (conversations.c.wake_at > 0) | _free(conversations.c.id)
    ),
    select(_waiting.c.conversation).where(_free(_waiting.c.conversation)),
    select(deliveries.c.conversation).where(deliveries.c.due == 1, _free(deliveries.c.conversation)),
).limit(FOUND)
_SILENT = select(workers.c.id).where(~_heard)
_FORGOTTEN = delete(workers).where(workers.c.beat_at < CLOCK - KEPT)
_ORPHANS = delete(claims).where(~exists().where(workers.c.id == claims.c.worker))
_ALIVE = select(func.count()).where(_heard)


def alive(connection: Connection) -> int:
    """How many workers were heard of lately."""
    return connection.scalar(_ALIVE) or 0


def beat(connection: Connection, worker: str) -> None:
    """The worker lives. What workers left that died long ago is thrown away."""
    connection.execute(_BEAT, {"worker": worker})
    connection.execute(_FORGOTTEN)
    connection.execute(_ORPHANS)


def missed(connection: Connection) -> set[str]:
    """Workers that fell silent and did not say good-bye."""
    return set(connection.scalars(_SILENT))


def take(connection: Connection, conversation: str, worker: str) -> bool:
    """Whether the conversation is the worker's from now on."""
    return connection.execute(_TAKE, {"wanted": conversation, "me": worker}).first() is not None


def held(connection: Connection, conversation: str, worker: str) -> None:
    """Nothing; raises LostClaim where the worker does not have the conversation any more.

    It holds no lock, which would cost a flush to the disk even where only something is read. A transaction that was
    paused is broken off by the server long before its worker counts as dead (postgresql.LIMITS), and of two that append
    the log's key lets one.
    """
    if connection.execute(_HELD, {"held": conversation, "me": worker}).first() is None:
        raise LostClaim(f"another worker has {conversation}")


def release(connection: Connection, conversation: str, worker: str) -> None:
    """The worker needs it no more."""
    connection.execute(_RELEASE, {"held": conversation, "me": worker})


def leave(connection: Connection, worker: str) -> None:
    """The worker ends: others are told of what it still had."""
    for conversation in connection.scalars(_LEAVE, {"me": worker}).all():
        inbox.ring(connection, conversation)
    connection.execute(_GONE, {"me": worker})


def scan(connection: Connection, now: float) -> None:
    """Ring for what is due, waits, or was left undone by a worker that died; unless another worker looks just now."""
    if connection.scalar(_SCANNER):
        for conversation in connection.scalars(_UNATTENDED, {"now": now}).all():
            inbox.ring(connection, conversation)
