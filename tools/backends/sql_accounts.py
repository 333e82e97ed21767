"""The embedded account system, in SQL. It records that a password was changed; it keeps no password."""

import hmac
from datetime import datetime

from pydantic import SecretStr
from sqlalchemy import Connection, insert, select, update

from tools.backends.accounts import Account, Redemption, ResetLink, check_password, token_hash
from tools.backends.database import Database, ask, only_writer
from tools.backends.failures import ACCOUNTS
from tools.backends.tables import account_changes, accounts
from tools.spec import NotPossible


class SqlAccounts:
    """Locks and Passwords over the `accounts` tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, person: str) -> Account | None:
        """The account of a person, or None."""
        return await ask(self._database, ACCOUNTS, lambda connection: _find(connection, person))

    async def unlock(self, person: str, key: str, now: datetime) -> bool:
        """See Locks."""
        return await ask(self._database, ACCOUNTS, lambda connection: _unlock(connection, person, key, now))

    async def issue(self, link: ResetLink, key: str, now: datetime) -> bool:
        """See Passwords."""
        return await ask(self._database, ACCOUNTS, lambda connection: _issue(connection, link, key, now))

    async def redeem(self, token: SecretStr, password: SecretStr, now: datetime) -> Redemption:
        """See Passwords."""
        return await ask(self._database, ACCOUNTS, lambda connection: _redeem(connection, token, password, now))


def _find(connection: Connection, person: str) -> Account | None:
    row = connection.execute(select(accounts).where(accounts.c.person_id == person)).one_or_none()
    return None if row is None else Account(row.person_id, row.locked, row.reset_expires_at, row.password_changed_at)


def _unlock(connection: Connection, person: str, key: str, now: datetime) -> bool:
    only_writer(connection, accounts)
    before = _done(connection, key, person, "unlock")
    if before is not None:
        return before
    was_locked = _existing(connection, person).locked
    connection.execute(update(accounts).where(accounts.c.person_id == person).values(locked=False))
    _record(connection, key=key, person_id=person, change="unlock", effective=was_locked, at=now)
    return was_locked


def _issue(connection: Connection, link: ResetLink, key: str, now: datetime) -> bool:
    only_writer(connection, accounts)
    if _done(connection, key, link.person, "reset_link") is not None:
        return False
    _existing(connection, link.person)
    connection.execute(
        update(accounts)
        .where(accounts.c.person_id == link.person)
        .values(reset_hash=link.token_hash, reset_expires_at=link.expires_at)
    )
    _record(connection, key=key, person_id=link.person, change="reset_link", effective=True, at=now)
    return True


def _redeem(connection: Connection, token: SecretStr, password: SecretStr, now: datetime) -> Redemption:
    only_writer(connection, accounts)
    presented = token_hash(token)
    row = connection.execute(select(accounts).where(accounts.c.reset_hash == presented)).one_or_none()
    # The index search ran on a hash nobody can steer; the decision itself takes the same time for any input.
    if row is None or not hmac.compare_digest(row.reset_hash, presented):
        return Redemption.UNKNOWN
    if row.reset_expires_at <= now:
        return Redemption.EXPIRED
    check_password(password)
    used = connection.execute(
        update(accounts)
        .where(accounts.c.reset_hash == presented)
        .values(reset_hash=None, reset_expires_at=None, password_changed_at=now, locked=False)
        .returning(accounts.c.person_id)
    ).one_or_none()
    return Redemption.UNKNOWN if used is None else Redemption.CHANGED


def _existing(connection: Connection, person: str) -> Account:
    account = _find(connection, person)
    if account is None:
        raise NotPossible(f"{person} has no sign-in account here. IT has to create one first.")
    return account


def _done(connection: Connection, key: str, person: str, change: str) -> bool | None:
    row = connection.execute(select(account_changes).where(account_changes.c.key == key)).one_or_none()
    if row is None:
        return None
    if (row.person_id, row.change) != (person, change):
        raise ValueError("one key for two different changes")
    return bool(row.effective)


def _record(connection: Connection, **values: object) -> None:
    connection.execute(insert(account_changes).values(**values))
