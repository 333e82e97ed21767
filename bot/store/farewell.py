"""What conversations that still go on are told before the content of a person is erased there.

Each of the person's messages counts as deleted in Slack: so the one writer erases it, forgets it, and ends what it
asked for (run/amended.py). What they asked for otherwise, and access for a time, ends as if they had left.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from sqlalchemy import ColumnElement, Connection, and_, false, or_, select

from bot.core import items
from bot.core.items import ITEM
from bot.store import inbox as inbox_rows
from bot.store.arrivals import DeletionArrived, MessageArrived, PersonGone
from bot.store.persons import Somebody
from bot.store.tables import endings, inbox, log, requests

#: conversations with something that waits, which are named at once
MOST = 1_000


def tell(connection: Connection, who: Somebody, conversation: str, now: float) -> None:
    """Tell the conversation; a message is told of once, however often this is said."""
    put = partial(inbox_rows.put, connection, sent_at=now, received_at=now)
    for ts in sorted({*_said(connection, who, conversation), *_sent(connection, who, conversation)}):
        put(f"erased:{conversation}:{ts}", conversation, DeletionArrived(ts=ts))
    if _open(connection, who, conversation):
        for user in who.users or (None,):
            gone = PersonGone(record=who.record, user=user)
            put(f"erased:{conversation}:{user}:{now}", conversation, gone)


def waiting(connection: Connection, who: Somebody) -> list[str]:
    """Conversations for which something of theirs waits that nobody has taken up."""
    found = select(inbox.c.conversation).where(_theirs(who), inbox.c.needs_thread == 0)
    return list(connection.scalars(found.distinct().limit(MOST)))


def drop_overheard(connection: Connection, who: Somebody) -> int:
    """Replies of theirs that were said to somebody else, and wait for whether we are called."""
    gone = inbox.update().where(_theirs(who), inbox.c.needs_thread == 1).values(body=None)
    return connection.execute(gone).rowcount


def _theirs(who: Somebody) -> ColumnElement[bool]:
    """What arrived, waits, and names them."""
    named = (inbox.c.body.contains(f'"{user}"', autoescape=True) for user in who.users)
    return and_(inbox.c.body.is_not(None), or_(false(), *named))


def _said(connection: Connection, who: Somebody, conversation: str) -> Iterator[str]:
    here = (log.c.conversation == conversation) & log.c.body.is_not(None)
    kinds = log.c.kind.in_(("user_message", "earlier"))
    for body in connection.scalars(select(log.c.body).where(here, kinds)):
        match ITEM.validate_json(body):
            case items.UserMessage(author=author, ts=ts) if author in who.users:
                yield ts
            case items.Earlier(messages=messages):
                yield from (each.ts for each in messages if each.author in who.users)


def _sent(connection: Connection, who: Somebody, conversation: str) -> Iterator[str]:
    for _, _, each in inbox_rows.waiting(connection, conversation):
        if isinstance(each, MessageArrived) and each.author in who.users:
            yield each.ts


def _open(connection: Connection, who: Somebody, conversation: str) -> bool:
    asked = requests.c.verdict.is_(None) & requests.c.requester.in_(who.users)
    mine = select(requests.c.id).where(requests.c.conversation == conversation, asked)
    ends = select(endings.c.call).where(endings.c.conversation == conversation, endings.c.person == who.record)
    told: Sequence[object] = connection.execute(mine).all() or connection.execute(ends).all()
    return bool(told)
