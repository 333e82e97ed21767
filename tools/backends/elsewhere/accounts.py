"""Accounts on a server: it keeps passwords and locks; one-time links, and what was done, are in books of our own.

Promise: what nobody saw done is not called done, and a link whose password was sent is never sent again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

import structlog
from pydantic import SecretStr
from sqlalchemy import Connection

from tools.backends.access import NO_PERSON
from tools.backends.accounts import PasswordRefused, Redemption, ResetLink
from tools.backends.database import Database, ask
from tools.backends.elsewhere import account_books as books
from tools.backends.failures import ACCOUNTS, NoAnswer
from tools.spec import NotPossible, ToolFailed

T = TypeVar("T")

LOCKED_AGAIN = "The account was unlocked and is locked again. IT has to look at the directory."

log = structlog.get_logger()


class SetsPasswords(Protocol):
    """A server that takes new passwords. Its methods raise ToolFailed where it does not answer."""

    async def active(self, person: str) -> bool:
        """There is a person with exactly this id, who has not left."""

    async def set_password(self, person: str, password: SecretStr) -> None:
        """Nothing; it was seen to be set.

        Raises PasswordRefused or ToolFailed where it was not, and NoAnswer where nobody knows.
        """


class Unlocks(Protocol):
    """A server that locks accounts. Its methods raise ToolFailed where it does not answer."""

    async def locked(self, person: str) -> bool | None:
        """Whether the account is; None where there is nobody with exactly this id, or they have left."""

    async def unlock(self, person: str) -> None:
        """Nothing; whether it did anything is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPasswords:
    """Passwords over one server, and the table of links."""

    server: SetsPasswords
    database: Database

    async def issue(self, link: ResetLink, key: str, now: datetime) -> bool:  # noqa: ARG002 -- as Passwords says
        """See Passwords."""
        if await _ask(self.database, lambda connection: books.issued(connection, key, link.person)):
            return False
        if not await self.server.active(link.person):
            raise NotPossible(NO_PERSON.format(link.person))
        return await _ask(self.database, lambda connection: books.issue(connection, link, key))

    async def redeem(self, token: SecretStr, password: SecretStr, now: datetime) -> Redemption:
        """See Passwords."""
        link = await _ask(self.database, partial(books.claim, token=token, password=password, now=now))
        if isinstance(link, Redemption):
            return link
        sent = False
        try:
            if sent := await self.server.active(link.person_id):
                await self.server.set_password(link.person_id, password)
        except (PasswordRefused, ToolFailed) as error:
            if sent and isinstance(error, NoAnswer):
                log.warning("a new password was sent, and it was not seen what became of it")
                return Redemption.UNSEEN
            await _ask(self.database, lambda connection: books.release(connection, link))
            raise
        return Redemption.CHANGED if sent else Redemption.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLocks:
    """Locks over one server, and the table of what was unlocked."""

    server: Unlocks
    database: Database

    async def unlock(self, person: str, key: str, now: datetime) -> bool:
        """See Locks."""
        done = await _ask(self.database, lambda connection: books.unlock_of(connection, key, person))
        if done and done.settled:
            return bool(done.was_locked)
        locked = await self._locked(person)
        if not done:
            await _ask(self.database, partial(books.open_unlock, key=key, person=person, now=now, locked=locked))
        if locked:
            await self.server.unlock(person)
            if await self._locked(person):
                raise ToolFailed(LOCKED_AGAIN)
        await _ask(self.database, lambda connection: books.settle_unlock(connection, key))
        return bool(done.was_locked) if done else locked

    async def _locked(self, person: str) -> bool:
        locked = await self.server.locked(person)
        if locked is None:
            raise NotPossible(NO_PERSON.format(person))
        return locked


async def _ask(database: Database, work: Callable[[Connection], T]) -> T:
    return await ask(database, ACCOUNTS, work)
