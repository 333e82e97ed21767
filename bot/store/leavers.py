"""People who leave: what they may still do ends in the transaction that hears of it; what systems behind the tools
remember of them is on a list until it is forgotten there.

Promise: what is on the list is tried again until it is done, however long such a system is away.
"""

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from bot.store import authenticators, inbox, links, lists, tokens
from bot.store.arrivals import PersonGone
from bot.store.tables import leavers, requests

#: people that one look gives
MOST = 100


def leaves(connection: Connection, tenant: str, user: str, event: str, now: float) -> list[str]:
    """The Slack user is no longer with us; the conversations that are told.

    `event` names what was heard, which counts once; `now` in seconds since the epoch.
    """
    link = links.of_user(connection, user)
    # where two claim to be one person, nobody knows whose access it is
    record = link.sure if link else None
    found = sorted({*_asked(connection, user), *(lists.with_person(connection, record) if record else ())})
    for conversation in found:
        gone = PersonGone(record=record, user=user)
        inbox.put(connection, f"left:{event}:{conversation}", conversation, gone, sent_at=now, received_at=now)
    _take_away(connection, user, record, now)
    row = insert(leavers).values(tenant=tenant, slack_user=user, at=now)
    connection.execute(row.on_conflict_do_nothing())
    return found


def _take_away(connection: Connection, user: str, record: str | None, now: float) -> None:
    """What proves who they are, and whatever asks in their name: their authenticator, and tokens of the API."""
    authenticators.reset(connection, user)
    tokens.end(connection, [user], record, now)


def _asked(connection: Connection, user: str) -> list[str]:
    """Conversations with an open request of theirs."""
    open_ones = requests.c.verdict.is_(None) & (requests.c.requester == user)
    return list(connection.scalars(select(requests.c.conversation).where(open_ones)))


def waiting(connection: Connection) -> list[tuple[str, str]]:
    """Tenant and Slack user of those of whom something may still be remembered, the first MOST of them."""
    rows = connection.execute(select(leavers.c.tenant, leavers.c.slack_user).order_by(leavers.c.at).limit(MOST))
    return [(row.tenant, row.slack_user) for row in rows]


def forgotten(connection: Connection, tenant: str, user: str) -> None:
    """Nothing is remembered of them any more."""
    connection.execute(delete(leavers).where(leavers.c.tenant == tenant, leavers.c.slack_user == user))
