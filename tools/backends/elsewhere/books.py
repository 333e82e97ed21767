"""Which memberships on a server are ours to end: a server does not say who put a person into a group, or why.

Promise: what is asked of the server is on record before it is asked; what was not seen to be done is `settled` False.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from tools.backends import grants
from tools.backends.access import Granted
from tools.backends.database import only_writer
from tools.backends.tables import access_grants, access_revocations

#: a person and a group
Pair = tuple[str, str]

#: how long what was not seen to be done may still be happening
IN_FLUX = timedelta(minutes=10)


def touched(connection: Connection, pair: Pair, now: datetime) -> tuple[str, ...]:
    """Keys of what holds the membership or is about to change it; none: who is a member now is one for good."""
    since, found = now - IN_FLUX, list[str]()
    unsettled = ~access_grants.c.settled & (access_grants.c.ended_at > since)
    of_grants = grants.holding(*pair) | (grants.here(access_grants, *pair) & unsettled)
    found += connection.scalars(select(access_grants.c.key).where(of_grants))
    unsettled = ~access_revocations.c.settled & (access_revocations.c.at > since)
    of_revocations = grants.here(access_revocations, *pair) & unsettled
    found += connection.scalars(select(access_revocations.c.key).where(of_revocations))
    return tuple(sorted(found))


def wanted(connection: Connection, pair: Pair, now: datetime) -> bool:
    """A grant that is not due holds the membership."""
    lasting = grants.holding(*pair) & grants.lasts(now)
    return connection.execute(select(access_grants.c.key).where(lasting).limit(1)).first() is not None


def open_grant(
    connection: Connection, grant: dict[str, Any], known: tuple[str, ...], *, member: bool
) -> Row[Any] | None:
    """The grant, on record now; None where more is known than when it was looked who is a member."""
    only_writer(connection, access_grants)
    pair = (grant["person_id"], grant["group_id"])
    done = grants.grant_of(connection, grant["key"], *pair)
    if done is not None:
        return done
    if touched(connection, pair, grant["granted_at"]) != known:
        return None
    added = bool(known) or not member
    outcome = Granted(True, grant["until"]) if added else Granted(False, None)
    grants.record_grant(connection, outcome, settled=not added, **grant)
    return grants.grant_of(connection, grant["key"])


def close_grant(connection: Connection, key: str, now: datetime) -> tuple[Row[Any], bool] | None:
    """The grant, over now, and whether it was before; None where the directory needs to know nothing of it."""
    only_writer(connection, access_grants)
    grant = grants.grant_of(connection, key)
    if grant is None or (grant.ended_at and grant.settled):
        return None
    grants.end_grant(connection, key, now, settled=not grant.added)
    return (grant, grant.ended_at is not None) if grant.added else None


def open_revocation(connection: Connection, revocation: dict[str, Any]) -> Row[Any] | None:
    """The revocation, on record now."""
    only_writer(connection, access_grants)
    key, pair = revocation["key"], (revocation["person_id"], revocation["group_id"])
    if grants.revocation_of(connection, key, *pair) is None:
        grants.record_revocation(connection, **revocation, settled=False)
    return grants.revocation_of(connection, key, *pair)


def settle(connection: Connection, key: str, pair: Pair, now: datetime, *, member: bool) -> bool:
    """Whether what this key asked for is done, as `member` is what is wanted still."""
    only_writer(connection, access_grants)
    if wanted(connection, pair, now) is not member:
        return False
    for table in (access_grants, access_revocations):
        connection.execute(update(table).where(table.c.key == key).values(settled=True))
    return True


def forget_grant(connection: Connection, key: str) -> None:
    """Nothing; for what was never asked of the server."""
    connection.execute(delete(access_grants).where(access_grants.c.key == key, ~access_grants.c.settled))
