"""Conversations at rest: how all are gone over, and how workers are kept away from some while they are changed."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from bot.core.house import CHANNEL
from bot.store.tables import claims, conversations, deliveries, endings, inbox, requests

#: conversations that one look goes over
PAGE = 1_000

_id = conversations.c.id


def some(table: Table, *conditions: Any) -> Any:
    """Of a conversation's row: the table has such rows of it."""
    return exists().where(table.c.conversation == _id, *conditions)


#: of a conversation's row: nothing is open there, waits or is going on; the house is none that ends
AT_REST = (
    conversations.c.wake_at.is_(None),
    ~_id.contains(f":{CHANNEL}:"),
    ~some(requests, requests.c.verdict.is_(None)),
    ~some(endings),
    ~some(inbox, inbox.c.body.is_not(None)),
    ~some(deliveries, deliveries.c.due == 1),
)
#: of a conversation's row: no worker has it
UNCLAIMED = ~some(claims)

_PAGE = select(_id).where(_id > bindparam("after")).order_by(_id).limit(PAGE)
_CLAIM = insert(claims).on_conflict_do_nothing().returning(claims.c.conversation)
_RELEASE = delete(claims).where(
    claims.c.worker == bindparam("us"), claims.c.conversation.in_(bindparam("ids", expanding=True))
)


def page(connection: Connection, after: str) -> Sequence[str]:
    """The next PAGE conversations behind `after`, by id; none: there are no more."""
    return connection.scalars(_PAGE, {"after": after}).all()


def hold(connection: Connection, ids: Iterable[str], us: str) -> list[str]:
    """Those that nobody has, by id: no worker takes one until we let go. `us` is no worker's id."""
    rows = [{"conversation": each, "worker": us} for each in sorted({*ids})]
    return sorted(connection.scalars(_CLAIM, rows))


def let_go(connection: Connection, ids: Sequence[str], us: str) -> None:
    """Workers may take these again."""
    connection.execute(_RELEASE, {"ids": ids, "us": us})
