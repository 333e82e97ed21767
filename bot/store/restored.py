"""A database that was set back to a backup: what must not go on as if nothing had happened, told and taken away.

Each function is one bounded transaction or a small one; `after` goes through the conversations in the order of ids.
Promise: run twice, it changes nothing more.
"""

from sqlalchemy import Connection, bindparam, delete, exists, func, or_, select, update

from bot.store import inbox
from bot.store.arrivals import Restored
from bot.store.claims import CLOCK, STALE
from bot.store.resting import page
from bot.store.tables import (
    authenticators,
    claims,
    conversations,
    deliveries,
    log,
    requests,
    sealed,
    workers,
)
from bot.store.tables import inbox as inbox_table

#: conversations that one transaction gives up at most
MOST = 500

#: why a delivery was given up
GIVEN_UP = "restored"

#: when conversations are told: before all that waits there, so that it is admitted first
_FIRST = 0.0

#: seconds that a code of an authenticator is for
_STEP = 30

_id = conversations.c.id
_asks = exists().where(requests.c.conversation == _id, requests.c.verdict.is_(None))
#: whatever is not at rest, and whatever waits for people
_BUSY = select(_id).where(_id.in_(bindparam("ids", expanding=True)), or_(conversations.c.wake_at.is_not(None), _asks))
_DUE = select(deliveries.c.conversation).where(deliveries.c.due == 1).distinct().limit(MOST)
_GIVE_UP = (
    update(deliveries)
    .where(deliveries.c.conversation.in_(bindparam("ids", expanding=True)), deliveries.c.due == 1)
    .values(due=0, content=None, failed=GIVEN_UP)
)
_SILENT_FOR = select(CLOCK - func.max(workers.c.beat_at))
_used = authenticators.c.last_step
_USE_UP = update(authenticators).where(authenticators.c.confirmed == 1, _used < bindparam("step"))
_WAITING = (
    select(func.count()).select_from(inbox_table).where(inbox_table.c.body.is_not(None), inbox_table.c.sent_at > _FIRST)
)
_NEWEST = select(func.max(log.c.at))


def silent_for(connection: Connection) -> float | None:
    """For how long no worker was heard of, seconds; None where none ever was, or all were heard of long ago."""
    silent = connection.scalar(_SILENT_FOR)
    return float(silent) if silent is not None and silent < STALE else None


def tell(connection: Connection, after: str, now: float) -> tuple[int, str | None]:
    """Let those of the next conversations know that are not at rest; how many, and the last of the page."""
    ids = page(connection, after)
    if not ids:
        return 0, None
    busy = connection.scalars(_BUSY, {"ids": ids}).all()
    for conversation in busy:
        key = f"restored:{now}:{conversation}"
        inbox.put(connection, key, conversation, Restored(), sent_at=_FIRST, received_at=now)
    return len(busy), ids[-1]


def give_up(connection: Connection) -> int:
    """Of MOST conversations at most: what was to be shown is not; how many of them there were."""
    ids = connection.scalars(_DUE).all()
    if ids:
        connection.execute(_GIVE_UP, {"ids": ids})
    return len(ids)


def drop_secrets(connection: Connection) -> int:
    """One-time secrets may have been handed over since; how many are gone."""
    return connection.execute(delete(sealed)).rowcount


def use_up_codes(connection: Connection, now: float) -> None:
    """No code up to this moment is taken: it may have been used after the backup."""
    connection.execute(_USE_UP.values(last_step=int(now) // _STEP), {"step": int(now) // _STEP})


def forget_workers(connection: Connection) -> None:
    """Those of the backup are gone."""
    connection.execute(delete(claims))
    connection.execute(delete(workers))


def waiting(connection: Connection) -> int:
    """How much people sent is still to be admitted."""
    return connection.scalar(_WAITING) or 0


def newest(connection: Connection) -> float | None:
    """When the last thing happened that this database knows, seconds since the epoch."""
    found = connection.scalar(_NEWEST)
    return None if found is None else float(found)
