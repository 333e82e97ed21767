"""The tokens of the API: who answers for each, and in whose name it may ask.

Promise: a token is kept as its SHA-256 alone, by which it is found: nothing here gives one away, or the time it takes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from bot.core.known import SlackUser
from bot.store.mentions import listed as listed_in
from bot.store.tables import api_tokens

#: valid ones of a name: the one that is used, and the one that is to take its place
MOST = 2

#: how exactly it is noted when one was used, seconds
COARSE = 3600.0

#: tokens that are listed
MAX_LISTED = 500

_row = api_tokens.c
_valid = _row.revoked_at.is_(None) & or_(_row.expires_at.is_(None), _row.expires_at > bindparam("now"))
_FOUND = select(api_tokens).where(_row.digest == bindparam("of_digest"), _valid)
_NAMED = select(api_tokens).where(_row.name == bindparam("of_name"), _valid)
_LISTED = select(api_tokens).order_by(_row.name, _row.created_at).limit(MAX_LISTED)
_REVOKE = (
    update(api_tokens)
    .where(_row.id == bindparam("of_id"), _row.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
_USED = update(api_tokens).where(_row.id == bindparam("of_id")).values(last_used_at=bindparam("now"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token; times are in seconds since the epoch."""

    id: str
    name: str
    #: None: the only workspace there is
    tenant: str | None = None
    owner: SlackUser
    acts_for: tuple[str, ...]
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    last_used_at: float | None = None


def add(connection: Connection, token: Token, digest: str) -> None:
    """From now on the token with this digest is good."""
    values = {name: getattr(token, name) for name in Token.__slots__} | {"acts_for": json.dumps(token.acts_for)}
    connection.execute(insert(api_tokens).values(**values, digest=digest))


def find(connection: Connection, digest: str, now: float) -> Token | None:
    """The valid token with this digest; that it was used is noted, once an hour."""
    row = connection.execute(_FOUND, {"of_digest": digest, "now": now}).first()
    if row is None:
        return None
    if row.last_used_at is None or now - row.last_used_at > COARSE:
        connection.execute(_USED, {"of_id": row.id, "now": now})
    return _token(row)


def valid(connection: Connection, name: str, now: float) -> list[Token]:
    """The valid tokens of this name."""
    return [_token(row) for row in connection.execute(_NAMED, {"of_name": name, "now": now})]


def listed(connection: Connection) -> list[Token]:
    """All of them by name, the oldest first, those that are not valid any more included."""
    return [_token(row) for row in connection.execute(_LISTED)]


def revoke(connection: Connection, token: str, now: float) -> bool:
    """The token with this id is no good from now on; False where there is none, or it was revoked before."""
    return bool(connection.execute(_REVOKE, {"of_id": token, "now": now}).rowcount)


def end(connection: Connection, users: Sequence[str], record: str | None, now: float) -> None:
    """What this person answers for is no good from now on, and by no list does anybody ask in their name any more."""
    connection.execute(
        update(api_tokens).where(_row.owner.in_(users), _row.revoked_at.is_(None)).values(revoked_at=now)
    )
    gone = {*users, *([record] if record else [])}
    for row in connection.execute(select(_row.id, _row.acts_for).where(listed_in(_row.acts_for, sorted(gone)))).all():
        left = [each for each in json.loads(row.acts_for) if each not in gone]
        connection.execute(update(api_tokens).where(_row.id == row.id).values(acts_for=json.dumps(left)))


def end_all(connection: Connection, now: float) -> int:
    """No token is good from now on; how many were not revoked before."""
    return connection.execute(update(api_tokens).where(_row.revoked_at.is_(None)).values(revoked_at=now)).rowcount


def _token(row: Row[Any]) -> Token:
    found = {name: getattr(row, name) for name in Token.__slots__}
    return Token(**{**found, "acts_for": tuple(json.loads(row.acts_for))})
