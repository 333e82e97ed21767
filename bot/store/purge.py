"""Purging conversations that are long over: their items and all that was computed from them go, a tombstone stays.

Promise: only where nothing is open or going on, which is looked at in the transaction that deletes; a conversation goes
whole or not at all, and its chain goes on from the tombstone when somebody writes there again.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, update

from bot.store import tombstones
from bot.store.keys import Signer
from bot.store.resting import AT_REST, UNCLAIMED, hold, let_go, page, some
from bot.store.tables import attachments, conversations, deliveries, log, requests, sealed, snapshots, starts, turns

#: what is computed from items, or of no use without them; usage stays, and inbox keys are forgotten by themselves
_GOING = (log, deliveries, requests, starts, turns, snapshots, attachments)

#: who has a conversation while it is purged, so that no worker can take it; no worker's id
_US = "purge"

_id = conversations.c.id
_LAST_BEFORE = some(log, log.c.seq == conversations.c.head, log.c.at < bindparam("before"))
_these = _id.in_(bindparam("ids", expanding=True))
_OVER = (
    select(_id, conversations.c.head, conversations.c.head_hash, conversations.c.purged_to)
    .where(_these, conversations.c.head > conversations.c.purged_to, _LAST_BEFORE, *AT_REST, ~some(sealed))
    .order_by(_id)
)
_UNCLAIMED = _OVER.where(UNCLAIMED)
_DELETE = [delete(table).where(table.c.conversation.in_(bindparam("ids", expanding=True))) for table in _GOING]
_BURY = (
    update(conversations)
    .where(_id == bindparam("conversation"))
    .values(purged_to=bindparam("to"), tombstone=bindparam("stone"))
)


class Over(NamedTuple):
    """A conversation that is over, as it was when it was looked at."""

    conversation: str
    head: int
    head_hash: str
    purged_to: int

    @property
    def items(self) -> int:
        """How many there are to purge."""
        return self.head - self.purged_to


def look(connection: Connection, after: str, before: float) -> tuple[list[Over], str | None]:
    """Those of the next PAGE conversations behind `after` that may be purged, and the last of the page; None: no more.

    `before`, in seconds since the epoch: nothing happened since then.
    """
    ids = page(connection, after)
    if not ids:
        return [], None
    return [Over(*row) for row in connection.execute(_UNCLAIMED, {"ids": ids, "before": before})], ids[-1]


def purge(connection: Connection, wanted: Sequence[Over], before: float, key: Signer) -> list[Over]:
    """Purge those of them that are still as they were, with tombstones signed by `key`; which those are."""
    free = hold(connection, (each.conversation for each in wanted), _US)
    still = [Over(*row) for row in connection.execute(_OVER, {"ids": free, "before": before})]
    gone = [each for each in still if each in wanted]
    if gone:
        for statement in _DELETE:
            connection.execute(statement, {"ids": [each.conversation for each in gone]})
        connection.execute(_BURY, [_tombstone(each, key) for each in gone])
    let_go(connection, free, _US)
    return gone


def _tombstone(over: Over, key: Signer) -> dict[str, object]:
    stone = tombstones.made(key, over.conversation, over.head, over.head_hash)
    return {"conversation": over.conversation, "to": over.head, "stone": stone}
