"""Snapshots: how far the fold of a long conversation had come, so that a load need not begin at the first item.

Promise: a snapshot changes nothing. It is taken only if the log still has the item it stands behind, with that item's
hash, and if this very code made it; else everything is folded from the log, which alone is what happened.
"""

import hashlib
from functools import cache
from importlib import resources

import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, and_, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from bot.core.fold import fold
from bot.core.thread import Thread
from bot.store import log
from bot.store.tables import conversations, snapshots
from bot.store.tables import log as records

#: items between two snapshots of a conversation: writing one costs as much as folding five items
EVERY = 20

_row = insert(snapshots)
_KEEP = _row.on_conflict_do_update(
    index_elements=[snapshots.c.conversation],
    set_={name: _row.excluded[name] for name in ("seq", "hash", "version", "body")},
)
_same = and_(
    records.c.conversation == snapshots.c.conversation,
    records.c.seq == snapshots.c.seq,
    records.c.hash == snapshots.c.hash,
)
_KEPT = (
    select(snapshots.c.body)
    .join(records, _same)
    .where(snapshots.c.conversation == bindparam("conversation"), snapshots.c.version == bindparam("version"))
)
_GONE = select(conversations.c.purged_to, conversations.c.erased_to).where(
    conversations.c.id == bindparam("conversation")
)


def thread_at_head(connection: Connection, conversation: str) -> Thread:
    """The fold of the whole conversation."""
    gone = connection.execute(_GONE, {"conversation": conversation}).first()
    thread = newest(connection, conversation, max(gone or (0,)))
    return fold(log.read(connection, conversation, after=thread.head), thread)


def newest(connection: Connection, conversation: str, gone_to: int) -> Thread:
    """The thread as far as a snapshot has it; without one that fits, the thread before the first item that counts.

    `gone_to`: up to this one items were purged, or their content was erased.
    """
    body = connection.scalar(_KEPT, {"conversation": conversation, "version": version()})
    try:
        thread = load(body) if body else None
    except ValidationError:
        structlog.get_logger().warning("a snapshot cannot be read", conversation=conversation)
        thread = None
    return thread or Thread(head=gone_to, since=gone_to + 1 if gone_to else 0)


def keep(
    connection: Connection, conversation: str, thread: Thread, head_hash: str, before: int, *, now: bool = False
) -> None:
    """Note the thread behind its newest item, which has this hash, if it is time: `before` was the head until now.

    `now`: in any case, because the one that is there has words that were erased.
    """
    if now or thread.head // EVERY > before // EVERY:
        row = {"conversation": conversation, "seq": thread.head, "hash": head_hash, "version": version()}
        connection.execute(_KEEP, row | {"body": dump(thread)})


def dump(thread: Thread) -> str:
    """The thread as JSON text."""
    return _adapter().dump_json(thread).decode()


def load(text: str) -> Thread:
    """The thread of such a text. Raises ValidationError where it is none."""
    return _adapter().validate_json(text)


@cache
def version() -> str:
    """A digest of the code that folds: whoever changes a rule need not think of snapshots."""
    digest = hashlib.sha256(resources.files("tools").joinpath("spec.py").read_bytes())
    for file in sorted(resources.files("bot.core").iterdir(), key=lambda each: each.name):
        if file.name.endswith(".py"):
            digest.update(file.read_bytes())
    return digest.hexdigest()


@cache
def _adapter() -> TypeAdapter[Thread]:
    return TypeAdapter(Thread)
