"""Messages that came by the API: put once, however often they are sent, and found again in the log."""

import hashlib
import json
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from bot.core import items
from bot.core.items import ITEM, Sent
from bot.store import inbox
from bot.store.arrivals import MessageArrived
from bot.store.tables import conversations, log
from bot.store.tables import inbox as inbox_table

# statements are made once: making one takes ten times as long as running it
_here = log.c.conversation == bindparam("conversation")
_NEWEST = (
    select(log.c.seq, log.c.body)
    .where(_here, log.c.kind == bindparam("of_kind"), log.c.body.is_not(None))
    .order_by(log.c.seq.desc())
    .limit(1)
)
_SENT = select(log.c.seq, log.c.body).where(
    _here, log.c.kind.in_(("user_message", "stop")), log.c.body.like(bindparam("named"))
)
_KEYED = select(inbox_table.c.conversation, inbox_table.c.body).where(inbox_table.c.key == bindparam("of_key"))
_WAITS = (
    select(inbox_table.c.body)
    .where(inbox_table.c.conversation == bindparam("conversation"), inbox_table.c.body.is_not(None))
    .order_by(inbox_table.c.id)
    .limit(1)
)
_HEAD = select(conversations.c.head, conversations.c.purged_to).where(conversations.c.id == bindparam("conversation"))


@dataclass(frozen=True, slots=True)
class Whose:
    """To whom a conversation belongs: a token's name, and the Slack user in whose name it is led."""

    token: str | None
    author: str


def digest(*parts: str | None) -> str:
    """SHA-256 of all of these, none of which can pass for another."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def put(connection: Connection, arrived: MessageArrived, *, sent_at: float) -> tuple[str, bool]:
    """The conversation that has the message, and whether it is the same one where it was sent before."""
    sent = arrived.sent
    assert sent
    place, key = arrived.thread, f"api:{arrived.thread.tenant}:{sent.token}:{sent.key}"
    if inbox.put(connection, key, place.conversation, arrived, sent_at=sent_at, received_at=sent_at):
        return place.conversation, True
    row = connection.execute(_KEYED, {"of_key": key}).one()
    if row.body:
        before = MessageArrived.model_validate_json(row.body).sent
    else:
        _, before = seq(connection, row.conversation, sent.key) or (0, None)
    # what was purged since has no answer any more
    return row.conversation, before is not None and before.digest == sent.digest


def seq(connection: Connection, conversation: str, key: str) -> tuple[int, Sent] | None:
    """Where in the log the message with this key is, or the stop that it was, and how it came."""
    # in JSON text a quotation mark that somebody wrote is escaped, so this is found in fields alone
    for row in connection.execute(_SENT, {"conversation": conversation, "named": f'%"key":"{key}"%'}):
        item = ITEM.validate_json(row.body)
        if isinstance(item, items.UserMessage | items.Stop) and item.sent and item.sent.key == key:
            return row.seq, item.sent
    return None


def newest(connection: Connection, conversation: str) -> int | None:
    """Where in the log its newest message is."""
    row = connection.execute(_NEWEST, {"conversation": conversation, "of_kind": "user_message"}).first()
    return row.seq if row else None


def whose(connection: Connection, conversation: str) -> Whose | None:
    """To whom it belongs; None where there is no such conversation."""
    # looked at first: what is admitted meanwhile is in the log then, and never in neither
    waits = connection.scalar(_WAITS, {"conversation": conversation})
    opened, said = (
        connection.execute(_NEWEST, {"conversation": conversation, "of_kind": kind}).first()
        for kind in ("opened", "user_message")
    )
    if opened and said:
        place, message = ITEM.validate_json(opened.body), ITEM.validate_json(said.body)
        assert isinstance(place, items.Opened)
        assert isinstance(message, items.UserMessage)
        return Whose(place.token, message.author)
    if waits is None or '"type":"message"' not in waits:
        return None
    arrived = MessageArrived.model_validate_json(waits)
    return Whose(arrived.thread.token, arrived.author)


def head(connection: Connection, conversation: str) -> tuple[int, int]:
    """The newest seq of the conversation, and up to which it was purged; zeros where there is none."""
    row = connection.execute(_HEAD, {"conversation": conversation}).first()
    return (row.head, row.purged_to) if row else (0, 0)
