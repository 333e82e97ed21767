"""Erasing the content of conversations that are at rest: who did what when stays, and so does the chain.

The model and the tools may repeat whatever was said before, in words that no search finds. So from the first item that
is to go on all content goes; what stood before it was written without it, and stays. The bot begins anew there, as
after a purge, and a worker that has the conversation in memory forgets it (`erased_to`).
Promise: only where nothing is open or going on, which is looked at in the transaction that erases.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, delete, select, update

from bot.store.deliveries import STATUS
from bot.store.resting import AT_REST, UNCLAIMED, hold, let_go, page, some
from bot.store.tables import attachments, conversations, deliveries, log, requests, sealed, snapshots

#: who has a conversation while it is erased, so that no worker can take it; no worker's id
_US = "erasure"

_id = conversations.c.id
_these = _id.in_(bindparam("ids", expanding=True))
_has_content = some(log, log.c.seq > conversations.c.purged_to, log.c.body.is_not(None))
_old = some(log, log.c.seq == conversations.c.head, log.c.at < bindparam("before"))
_IDLE = (
    select(_id, conversations.c.head, conversations.c.purged_to)
    .where(_these, *AT_REST, _old, _has_content, UNCLAIMED)
    .order_by(_id)
)
_RESTING = select(_id, conversations.c.head).where(_these, *AT_REST)
_here: BindParameter[str] = bindparam("of_conversation")
_ERASE = (
    update(log)
    .where(
        log.c.conversation == _here, log.c.seq.between(bindparam("first"), bindparam("last")), log.c.body.is_not(None)
    )
    .values(body=None, nonce=None)
)
#: what would show it otherwise; a digest of few words, which has no nonce, can be guessed
_FORGET = (
    delete(snapshots).where(snapshots.c.conversation == _here),
    delete(attachments).where(attachments.c.conversation == _here),
    delete(sealed).where(sealed.c.conversation == _here),
    update(deliveries)
    .where(deliveries.c.conversation == _here, deliveries.c.target != STATUS)
    .values(content=None, wanted="", shown=""),
    update(requests).where(requests.c.conversation == _here).values(reason=None),
    update(requests).where(requests.c.conversation == _here, ~requests.c.touches.startswith("[")).values(touches=""),
)
_BEGIN_ANEW = update(conversations).where(_id == _here).values(erased_to=bindparam("to"))


class Reach(NamedTuple):
    """What is to be erased of a conversation that ends with item `head`: all content from `first` to `last`."""

    conversation: str
    head: int
    first: int
    last: int

    @property
    def items(self) -> int:
        """How many there are at most."""
        return self.last - self.first + 1


def look(connection: Connection, after: str, before: float) -> tuple[list[Reach], str | None]:
    """Those of the next PAGE conversations behind `after` of which nothing happened since `before` (seconds since the
    epoch) and that have content; and the last of the page; None: no more."""
    ids = page(connection, after)
    if not ids:
        return [], None
    rows = connection.execute(_IDLE, {"ids": ids, "before": before})
    return [Reach(row.id, row.head, row.purged_to + 1, row.head) for row in rows], ids[-1]


def resting(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    """Those of the conversations that are at rest, with the last item of each."""
    return {row.id: row.head for row in connection.execute(_RESTING, {"ids": ids})}


def erase(connection: Connection, wanted: Sequence[Reach]) -> list[Reach]:
    """Erase those of them that are at rest and still end where they did; which those are."""
    free = hold(connection, (each.conversation for each in wanted), _US)
    heads = resting(connection, free)
    gone = [each for each in wanted if heads.get(each.conversation) == each.head]
    for each in gone:
        of = {"of_conversation": each.conversation}
        connection.execute(_ERASE, of | {"first": each.first, "last": each.last})
        for statement in _FORGET:
            connection.execute(statement, of)
        if each.last == each.head:
            connection.execute(_BEGIN_ANEW, of | {"to": each.head})
    let_go(connection, free, _US)
    return gone
