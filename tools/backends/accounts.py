"""A person's sign-in account: locked or not, and the one-time link that sets a new password.

A system may know of the one and not of the other, so they are two.

Promise: a key acts at most once, and neither a link's token nor a password is ever stored.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from pydantic import SecretStr

#: how long a one-time link works
LINK_VALID = timedelta(minutes=15)

#: characters in a new password
MIN_PASSWORD_CHARS, MAX_PASSWORD_CHARS = 12, 256
#: different characters in a new password, so that one held-down key does not pass
MIN_DISTINCT_CHARS = 6


@dataclass(frozen=True, slots=True)
class Account:
    """What can be read back about an account; times are aware UTC."""

    person: str
    locked: bool
    #: until when a link that was issued and not used still works
    link_expires_at: datetime | None
    password_changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ResetLink:
    """A one-time link as the account system knows it: whose it is and how to recognise it, not what it is."""

    person: str
    #: see `token_hash`
    token_hash: str
    #: aware UTC; from this moment on the link is refused
    expires_at: datetime


class Redemption(Enum):
    """What came of using a one-time link."""

    CHANGED = "the password is set, the account is unlocked and the link is used up"
    UNKNOWN = "no such link: never issued, used, or replaced by a newer one"
    EXPIRED = "the link is too old"
    UNSEEN = "the password was sent, nobody knows what became of it, and the link is used up"


class PasswordRefused(Exception):
    """A password will not do; the message is a sentence for people, and their link can still be used."""


class Locks(Protocol):
    """Accounts that may be locked. Raises ToolFailed where the system does not answer or there is no account."""

    async def unlock(self, person: str, key: str, now: datetime) -> bool:
        """True where the account was locked and now is not. A repeated key answers as before and changes nothing."""


class Passwords(Protocol):
    """Accounts with passwords. Raises ToolFailed as Locks do; nothing was set then."""

    async def issue(self, link: ResetLink, key: str, now: datetime) -> bool:
        """True where the link is the account's only valid one now; False where this key issued its link before."""

    async def redeem(self, token: SecretStr, password: SecretStr, now: datetime) -> Redemption:
        """What came of it; a link sets a password once at most. Raises PasswordRefused."""


def token_hash(token: SecretStr) -> str:
    """SHA-256 of a link's token, in hex. Enough without salt: a token is 256 random bits, not a password."""
    return hashlib.sha256(token.get_secret_value().encode()).hexdigest()


def check_password(password: SecretStr) -> None:
    """Nothing where a new password will do for us. Raises PasswordRefused."""
    text = password.get_secret_value()
    if not MIN_PASSWORD_CHARS <= len(text) <= MAX_PASSWORD_CHARS:
        raise PasswordRefused(f"Use {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters.")
    if len(set(text)) < MIN_DISTINCT_CHARS:
        raise PasswordRefused(f"Use at least {MIN_DISTINCT_CHARS} different characters.")
