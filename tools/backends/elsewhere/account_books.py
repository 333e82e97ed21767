"""The books of accounts on a server, in SQL: one-time links, and who was unlocked under which key.

Promise: a link is claimed before the server is asked, so it sets a password once at most, whoever dies when. One that
was claimed and whose end nobody saw stays used up.
"""

from datetime import datetime
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection, Row, Table, insert, select, update

from tools.backends.accounts import Redemption, ResetLink, check_password, token_hash
from tools.backends.database import only_writer
from tools.backends.tables import account_unlocks, reset_links


def issued(connection: Connection, key: str, person: str) -> bool:
    """There was a link of this key. Raises ValueError where it is not this person's."""
    return _of(connection, reset_links, key, person) is not None


def issue(connection: Connection, link: ResetLink, key: str) -> bool:
    """See Passwords."""
    only_writer(connection, reset_links)
    if issued(connection, key, link.person):
        return False
    connection.execute(update(reset_links).where(reset_links.c.person_id == link.person).values(usable=False))
    row = {"key": key, "person_id": link.person, "token_hash": link.token_hash, "expires_at": link.expires_at}
    connection.execute(insert(reset_links).values(row | {"usable": True}))
    return True


def claim(connection: Connection, token: SecretStr, password: SecretStr, now: datetime) -> Row[Any] | Redemption:
    """The link, which nobody can use from now on; or why not. Raises PasswordRefused, and then they can."""
    only_writer(connection, reset_links)
    presented = reset_links.c.token_hash == token_hash(token)
    link = connection.execute(select(reset_links).where(presented, reset_links.c.usable)).one_or_none()
    if link is None:
        return Redemption.UNKNOWN
    if link.expires_at <= now:
        return Redemption.EXPIRED
    check_password(password)
    connection.execute(update(reset_links).where(presented).values(usable=False))
    return link


def release(connection: Connection, link: Row[Any]) -> None:
    """Nothing; the link can be used again, unless there is a newer one."""
    only_writer(connection, reset_links)
    newer = reset_links.c.usable | (reset_links.c.expires_at > link.expires_at)
    others = select(reset_links.c.key).where(reset_links.c.person_id == link.person_id, newer)
    if connection.execute(others.limit(1)).first() is None:
        connection.execute(update(reset_links).where(reset_links.c.key == link.key).values(usable=True))


def unlock_of(connection: Connection, key: str, person: str) -> Row[Any] | None:
    """The unlocking of this key. Raises ValueError where it is not this person's."""
    return _of(connection, account_unlocks, key, person)


def open_unlock(connection: Connection, key: str, person: str, now: datetime, *, locked: bool) -> None:
    """Nothing; it is on record, and not seen to be done."""
    only_writer(connection, account_unlocks)
    if unlock_of(connection, key, person) is None:
        row = {"key": key, "person_id": person, "was_locked": locked, "at": now, "settled": False}
        connection.execute(insert(account_unlocks).values(row))


def settle_unlock(connection: Connection, key: str) -> None:
    """Nothing; it was seen to be done."""
    connection.execute(update(account_unlocks).where(account_unlocks.c.key == key).values(settled=True))


def _of(connection: Connection, table: Table, key: str, person: str) -> Row[Any] | None:
    found = connection.execute(select(table).where(table.c.key == key)).one_or_none()
    if found and found.person_id != person:
        raise ValueError("one key for two different changes")
    return found
