"""The log on disk: append, read, and erase content; every item is a link of its conversation's chain (chain.py)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.core import items
from bot.core.items import ITEM, Entry
from bot.errors import LostClaim
from bot.store import attachments
from bot.store.chain import GENESIS, rows
from bot.store.tables import conversations, log

#: what stands where a message was
ERASED = "[erased]"

# statements are made once: making one takes ten times as long as running it
_this = conversations.c.id == bindparam("conversation")
_READ = (
    select(log.c.seq, log.c.at, log.c.body)
    .where(log.c.conversation == bindparam("conversation"), log.c.seq > bindparam("after"))
    .order_by(log.c.seq)
)
_ABOUT = (
    select(log.c.seq, log.c.at, log.c.body)
    .where(log.c.conversation == bindparam("conversation"))
    .where(
        or_(
            and_(log.c.kind.in_(("user_message", "edited", "earlier")), log.c.body.like(bindparam("named"))),
            and_(log.c.kind == "rebase", log.c.body.not_like('%"summary":""%')),
        )
    )
    .order_by(log.c.seq)
)
_ATTACHED = (
    select(log.c.seq, log.c.at, log.c.body)
    .where(log.c.conversation == bindparam("conversation"), log.c.seq > bindparam("after"))
    .where(log.c.kind == "attached", log.c.body.is_not(None))
)
_ITEM = (log.c.conversation == bindparam("of_conversation")) & (log.c.seq == bindparam("of_seq"))
_BODY = select(log.c.body).where(_ITEM)
_LEFT = select(log.c.kind, log.c.turn, log.c.call, log.c.tool, log.c.actor).where(_ITEM)
_WHEN = select(log.c.kind, log.c.at).where(_ITEM)
_ERASE = update(log).where(_ITEM).values(body=None, nonce=None)
_APPEND, _OPEN = insert(log), insert(conversations)
_LAST = select(conversations.c.head).where(_this)
_HEAD = select(conversations.c.head_hash).where(_this)
_WAKE = update(conversations).where(_this).values(wake_at=bindparam("wake_at"))
_REST = _WAKE.where(conversations.c.head == bindparam("before"))
_MOVE = (
    _REST.where(conversations.c.purged_to == bindparam("purged"), conversations.c.erased_to == bindparam("erased"))
    .values(head=bindparam("head"), head_hash=bindparam("head_hash"))
    .returning(conversations.c.head)
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What is left of an item that is nobody's message, and whose content was erased; no fold goes on from it."""

    kind: str
    turn: int | None
    call: int | None
    tool: str | None
    actor: str | None


def read(connection: Connection, conversation: str, after: int = 0) -> list[Entry]:
    """The entries behind `after`, oldest first.

    An erased message reads "[erased]", and the conversation goes on, as it does without what was read of its files,
    without earlier ones that it quoted and without a summary; of other erased items an Erased is left.
    """
    rows = connection.execute(_READ, {"conversation": conversation, "after": after}).all()
    return [
        Entry(
            seq=seq,
            at=datetime.fromtimestamp(at, UTC),
            item=ITEM.validate_json(body) if body is not None else _left(connection, conversation, seq),
        )
        for seq, at, body in rows
    ]


def item(connection: Connection, conversation: str, seq: int) -> items.Item | None:
    """The item at this place; None where there is none, or where its content was erased."""
    body = connection.scalar(_BODY, {"of_conversation": conversation, "of_seq": seq})
    return ITEM.validate_json(body) if body else None


def head(connection: Connection, conversation: str) -> int:
    """The last seq of the conversation; 0 where nothing happened in it."""
    return connection.scalar(_LAST, {"conversation": conversation}) or 0


def stands(connection: Connection, conversation: str, entry: Entry) -> bool:
    """Whether this entry was written, and no other one at its place."""
    row = connection.execute(_WHEN, {"of_conversation": conversation, "of_seq": entry.seq}).first()
    return row is not None and (row.kind, row.at) == (entry.item.kind, entry.at.timestamp())


def append(
    connection: Connection,
    conversation: str,
    entries: Sequence[Entry],
    nonce: Callable[[], bytes],
    wake_at: float | None,
    *,
    gone: tuple[int, int] = (0, 0),
    prev_hash: str | None = None,
) -> str:
    """Write the entries, which follow the last one; the hash of the last of them.

    `prev_hash` is the hash before them, looked up where it is not known. Raises LostClaim where somebody else wrote,
    purged or erased meanwhile; `gone`: up to where items are known to be purged, and content to be erased.
    """
    first = entries[0].seq
    added = list(rows(conversation, entries, nonce, prev_hash or _head(connection, conversation)))
    values = {"head": added[-1]["seq"], "head_hash": added[-1]["hash"], "wake_at": wake_at}
    try:
        connection.execute(_APPEND, added)
        if first == 1:
            connection.execute(_OPEN, {"id": conversation, **values})
    except IntegrityError:
        raise LostClaim(f"item {first} of {conversation} exists") from None
    if first > 1:
        # the key alone is not enough: what another one wrote may have been purged since
        known = {"conversation": conversation, "before": first - 1, "purged": gone[0], "erased": gone[1]}
        if connection.execute(_MOVE, known | values).first() is None:
            raise LostClaim(f"{conversation} does not end at item {first - 1} any more")
    return str(added[-1]["hash"])


def set_wake(connection: Connection, conversation: str, wake_at: float | None, head: int) -> None:
    """When the conversation, whose last seq is `head`, is to be looked at although nothing arrives.

    Raises LostClaim where somebody else wrote meanwhile, who knows better.
    """
    values = {"conversation": conversation, "wake_at": wake_at, "before": head}
    if not connection.execute(_REST, values).rowcount and head:
        raise LostClaim(f"item {head} of {conversation} is not the last one")


def erase(connection: Connection, conversation: str, seqs: Iterable[int]) -> None:
    """Throw away the content of these items, for good; who did what when stays, and so does the chain.

    With a message goes what was read of its files.
    """
    gone = [*seqs]
    if not gone:
        return
    gone += [each.seq for each in _attached_to(connection, conversation, gone)]
    attachments.drop(connection, conversation, gone)
    connection.execute(_ERASE, [{"of_conversation": conversation, "of_seq": seq} for seq in gone])


def without_words(item: items.Item) -> items.Item:
    """The item in memory as it is read once its content is erased."""
    match item:
        case items.UserMessage():
            return item.model_copy(update={"text": ERASED, "ts": "", "quoted": None, "files": ()})
        case items.Attached():
            return item.model_copy(update={"ref": 0, "files": ()})
        case items.Edited():
            return item.model_copy(update={"text": ERASED, "ts": ""})
        case items.Earlier():
            return item.model_copy(update={"messages": (), "complete": True})
        case items.Rebase():
            return items.Rebase(reason="compaction", since=item.since, actor=item.actor)
    return item


def about(connection: Connection, conversation: str, ts: str) -> list[Entry]:
    """What the log holds of the Slack message with this timestamp: itself, what it was edited to, what quotes it, and
    what was read of its files. And all summaries, of which nobody knows whether they hold it."""
    # in JSON text a quotation mark that somebody wrote is escaped, so this is found in fields alone
    named = {"conversation": conversation, "named": f'%"ts":"{ts}"%'}
    found = [_entry(*row) for row in connection.execute(_ABOUT, named)]
    return found + _attached_to(connection, conversation, [each.seq for each in found])


def _attached_to(connection: Connection, conversation: str, messages: Sequence[int]) -> list[Entry]:
    """The items that say what was read of the files of these messages."""
    if not messages:
        return []
    rows = connection.execute(_ATTACHED, {"conversation": conversation, "after": min(messages)}).all()
    read = [_entry(*row) for row in rows]
    return [each for each in read if isinstance(each.item, items.Attached) and each.item.ref in messages]


def _entry(seq: int, at: float, body: str) -> Entry:
    return Entry(seq=seq, at=datetime.fromtimestamp(at, UTC), item=ITEM.validate_json(body))


def _left(connection: Connection, conversation: str, seq: int) -> Any:
    row = connection.execute(_LEFT, {"of_conversation": conversation, "of_seq": seq}).one()
    match row.kind:
        case "user_message":
            return items.UserMessage(author=row.actor, text=ERASED, ts="", joins=None if row.turn == seq else row.turn)
        case "edited":
            return items.Edited(ref=0, turn=row.turn, author=row.actor, text=ERASED, ts="")
        case "attached":
            return items.Attached(turn=row.turn, ref=0, author=row.actor, files=())
        case "earlier":
            return items.Earlier(turn=row.turn, messages=(), complete=True)
        case "rebase":
            return items.Rebase(reason="compaction", since=row.turn, actor=row.actor)
    return Erased(*row)


def _head(connection: Connection, conversation: str) -> str:
    found = connection.scalar(_HEAD, {"conversation": conversation})
    return str(found or GENESIS)
