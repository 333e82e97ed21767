"""The inbox: what arrived, stored before Slack is answered, unique by meaning, in the order of the sender's clock.

Promise: a key enters once, however often and through however many processes it is delivered.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.core.items import UserMessage
from bot.store import log
from bot.store.arrivals import ARRIVED, Arrived, DeletionArrived, EditArrived, MessageArrived, Overheard
from bot.store.tables import conversations, inbox

#: how long a reply in a thread that nobody called us into waits for its mention, seconds: Slack's third and last try
#: to deliver that one comes after six minutes, and the reply is not sent again once it was taken
STRANGER_WAITS = 400

#: how long a key is remembered after it was admitted, seconds; Slack's last retry comes within ten minutes
KEY_KEPT = 7 * 24 * 3600


#: the channel on which PostgreSQL tells workers of a conversation
RING = "helpdesk"


# statements are made once: making one takes ten times as long as running it
_row = insert(inbox)
_PUT = _row.on_conflict_do_update(
    index_elements=[inbox.c.key],
    set_={"needs_thread": 0},
    where=(inbox.c.needs_thread == 1) & (_row.excluded.needs_thread == 0),
).returning(inbox.c.id)
_WAITING = (
    select(inbox.c.id, inbox.c.sent_at, inbox.c.needs_thread, inbox.c.body)
    .where(inbox.c.conversation == bindparam("conversation"), inbox.c.body.is_not(None))
    .order_by(inbox.c.sent_at, inbox.c.id)
)
_RING = select(func.pg_notify(RING, bindparam("conversation")))
_OURS = select(exists().where(conversations.c.id == bindparam("conversation")))
_WAITS = select(
    exists().where(
        inbox.c.conversation == bindparam("conversation"), inbox.c.body.is_not(None), inbox.c.needs_thread == 0
    )
)
_PLACE = select(inbox.c.conversation).where(inbox.c.key == bindparam("key"))
_ADMITTED = select(inbox.c.body.is_(None)).where(inbox.c.key == bindparam("key"))
_AT_WORK = select(conversations.c.wake_at == 0.0).where(conversations.c.id == bindparam("conversation"))
_ADMIT = update(inbox).where(inbox.c.id.in_(bindparam("ids", expanding=True))).values(body=None, needs_thread=0)
_TAKE_BACK = delete(inbox).where(inbox.c.key == bindparam("of_key"), inbox.c.body.is_not(None))
_KEYED = select(
    inbox.c.conversation, inbox.c.needs_thread, inbox.c.sent_at, inbox.c.body.is_not(None).label("waits")
).where(inbox.c.key == bindparam("key"))
_CALLED = (
    update(inbox)
    .where(inbox.c.key == bindparam("of_key"), inbox.c.sent_at == bindparam("at"))
    .where(inbox.c.needs_thread == bindparam("needed"))
    .values(needs_thread=0, body=bindparam("new_body"), sent_at=bindparam("new_at"), received_at=bindparam("now"))
)
_call = inbox.alias("call")
_called = exists().where(
    _call.c.conversation == inbox.c.conversation, _call.c.body.is_not(None), _call.c.needs_thread == 0
)
_known = exists().where(conversations.c.id == inbox.c.conversation)
#: a reply in a thread that we neither work on nor were called into by a message still to be admitted
_UNASKED = (inbox.c.needs_thread == 1) & ~(_known | _called)
#: a row that is to be admitted
TO_ADMIT = inbox.c.body.is_not(None) & ~_UNASKED
#: conversations with something to admit
UNDONE = select(inbox.c.conversation).where(TO_ADMIT).distinct()


def put(
    connection: Connection,
    key: str,
    conversation: str,
    arrived: Arrived,
    *,
    sent_at: float,
    received_at: float,
    needs_thread: bool = False,
) -> bool:
    """Store it; False where the key was seen before. A key seen as a mere reply may come again as a mention."""
    row = {
        "key": key,
        "conversation": conversation,
        "sent_at": sent_at,
        "received_at": received_at,
        "needs_thread": int(needs_thread),
        "body": arrived.model_dump_json(),
    }
    new = connection.execute(_PUT, row).first() is not None
    if new:
        ring(connection, conversation)
    return new


def put_called(
    connection: Connection, key: str, arrived: MessageArrived, *, sent_at: float, received_at: float
) -> bool:
    """As `put`, for a message that an edit at `sent_at` made one for us, whatever became of it under its key before;
    False where it is in the log, or about to be: then the edit is one like any other."""
    conversation = arrived.thread.conversation
    found = connection.execute(_KEYED, {"key": key}).first()
    # looked at after its row: what was admitted in between is seen here
    if any(isinstance(each.item, UserMessage) for each in log.about(connection, conversation, arrived.ts)):
        return False
    if found is None:
        return put(connection, key, conversation, arrived, sent_at=sent_at, received_at=received_at)
    if found.waits and not found.needs_thread:
        return False
    row = {"new_body": arrived.model_dump_json(), "new_at": sent_at, "now": received_at}
    # of two processes that look at once, one finds the row as it was
    done = connection.execute(_CALLED, row | {"of_key": key, "at": found.sent_at, "needed": found.needs_thread})
    if done.rowcount:
        ring(connection, conversation)
    return bool(done.rowcount)


def put_about(
    connection: Connection,
    message: str,
    key: str,
    conversation: str,
    arrived: EditArrived | DeletionArrived,
    *,
    sent_at: float,
    received_at: float,
) -> str | None:
    """As `put`, for what became of a message that has the key `message`; the conversation, if there is something new.

    Nothing is stored where the message is none of ours. Else it waits as the message does, and is forgotten with it
    where that was a mere reply. `conversation` is where it stands as far as Slack says; we may know better.
    """
    found = connection.execute(_KEYED, {"key": message}).first()
    if found is None and not connection.scalar(_OURS, {"conversation": conversation}):
        return None
    place, waits = (found.conversation, bool(found.needs_thread)) if found else (conversation, False)
    at = {"sent_at": sent_at, "received_at": received_at}
    return place if put(connection, key, place, arrived, **at, needs_thread=waits) else None


def take_back(connection: Connection, key: str) -> bool:
    """As if it had never arrived; False where it is in the log, or was never there."""
    return bool(connection.execute(_TAKE_BACK, {"of_key": key}).rowcount)


def ring(connection: Connection, conversation: str) -> None:
    """Wake the workers on other machines once the transaction is committed; SQLite has none."""
    if connection.dialect.name == "postgresql":
        connection.execute(_RING, {"conversation": conversation})


def waiting(connection: Connection, conversation: str) -> list[tuple[int, datetime, Arrived]]:
    """What is not admitted, in the order it was sent; nothing if all are replies and the conversation is not ours."""
    rows = connection.execute(_WAITING, {"conversation": conversation}).all()
    called_at = min((row.sent_at for row in rows if not row.needs_thread), default=None)
    # a conversation of ours was called into before; asked only where the answer matters
    if rows and rows[0].needs_thread and connection.scalar(_OURS, {"conversation": conversation}):
        called_at = rows[0].sent_at
    if called_at is None:
        return []
    return [
        (row.id, datetime.fromtimestamp(row.sent_at, UTC), _arrived(row, overheard=row.sent_at < called_at))
        for row in rows
    ]


def _arrived(row: Row[Any, Any, Any, Any], *, overheard: bool) -> Arrived:
    return Overheard() if overheard else ARRIVED.validate_json(row.body)


def ours(connection: Connection, conversation: str) -> bool:
    """We work on it, or somebody called us there just now."""
    here = {"conversation": conversation}
    return bool(connection.scalar(_OURS, here) or connection.scalar(_WAITS, here))


def place_of(connection: Connection, key: str) -> str | None:
    """The conversation that what arrived under this key belongs to; None where nothing did."""
    found: str | None = connection.scalar(_PLACE, {"key": key})
    return found


def dealt_with(connection: Connection, key: str, conversation: str) -> bool:
    """What arrived under this key is in the log, and nothing is being done in the conversation just now."""
    admitted = connection.scalar(_ADMITTED, {"key": key})
    return bool(admitted) and not connection.scalar(_AT_WORK, {"conversation": conversation})


def admit(connection: Connection, ids: list[int]) -> None:
    """These are in the log now; their words are kept there only."""
    connection.execute(_ADMIT, {"ids": ids})


def undone(connection: Connection) -> list[str]:
    """Conversations with something to admit; replies that nobody called us into are not ours to admit."""
    return list(connection.scalars(UNDONE))


def forget(connection: Connection, now: float) -> None:
    """Delete replies nobody called us into, and keys too old to come again."""
    late = (inbox.c.received_at < now - STRANGER_WAITS) & inbox.c.body.is_not(None)
    connection.execute(delete(inbox).where(late, _UNASKED))
    connection.execute(delete(inbox).where(inbox.c.body.is_(None), inbox.c.received_at < now - KEY_KEPT))
