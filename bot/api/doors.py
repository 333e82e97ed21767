"""Who is let in: by a token of the database or of the settings, or signed in elsewhere (signed_in.py).

Promise: whatever is wrong with a token, the answer is the same one; a token is neither logged nor kept.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from bot.api.rates import Rate
from bot.api.shapes import Problem
from bot.core.known import SlackUser
from bot.core.tokens import Given, digest_of
from bot.store import tokens
from bot.store.database import Database

#: wrong tokens of one address within a minute, after which it is not looked at others
MAX_WRONG = 20

#: good tokens remembered, which are let in whatever else comes from the same address
MAX_GOOD = 1_000

#: characters of a token
MAX_TOKEN = 8_000


#: the claim that says who somebody is, unless a setting names another; it counts only with `email_verified`
EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who uses the API."""

    #: whose conversations these are
    name: str
    #: None: the only workspace there is
    tenant: str | None
    #: who answers for it, and in whose name it may ask
    owner: SlackUser
    acts_for: frozenset[str]
    #: of a token of the database, which may end while somebody waits
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Issuer:
    """The sign-in: what its tokens say, and where its keys are."""

    issuer: str
    audience: str
    #: address of a JWKS
    keys: str
    #: the claim with a Slack user, an id of the directory or an address
    user: str = EMAIL


class SignedIn(Protocol):
    """Tells who has signed in elsewhere."""

    async def principal(self, token: str) -> Principal | None:
        """Whose token it is; None where it is none, or not good. Raises Problem where that cannot be said now."""


class Doors:
    """Lets in."""

    def __init__(
        self,
        database: Database,
        given: Iterable[Given],
        now: Callable[[], float],
        clock: Callable[[], float],
        signed_in: SignedIn | None = None,
    ) -> None:
        """`now` is in seconds since the epoch, `clock` counts them from anywhere."""
        self._database = database
        self._given = {each.digest: each for each in given}
        self._now = now
        self._signed_in = signed_in
        self._wrong = Rate(MAX_WRONG, clock)
        self._good: OrderedDict[str, None] = OrderedDict()

    async def enter(self, headers: Mapping[str, str], address: str) -> Principal:
        """Who asks, by the header `authorization`. Raises Problem."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        token = token.strip()
        digest = digest_of(token)
        if digest not in self._good and (wait := self._wrong.wait(address)):
            raise too_often(wait)
        usable = kind.lower() == "bearer" and 0 < len(token) <= MAX_TOKEN
        found = await self._principal(token, digest) if usable else None
        if found is None:
            self._good.pop(digest, None)
            self._wrong.take(address)
            raise _wrong()
        self._good[digest] = None
        if len(self._good) > MAX_GOOD:
            self._good.popitem(last=False)
        return found

    async def stay(self, principal: Principal) -> None:
        """Looks again, while somebody waits. Raises Problem once their token has ended, or says something else."""
        if principal.digest and await self._stored(principal.digest) != principal:
            raise _wrong()

    async def _principal(self, token: str, digest: str) -> Principal | None:
        if given := self._given.get(digest):
            return Principal(given.name, None, given.owner, frozenset(given.acts_for))
        if found := await self._stored(digest):
            return found
        return await self._signed_in.principal(token) if self._signed_in else None

    async def _stored(self, digest: str) -> Principal | None:
        def find(connection: Connection) -> tokens.Token | None:
            return tokens.find(connection, digest, self._now())

        if found := await self._database.run(find):
            return Principal(found.name, found.tenant, found.owner, frozenset(found.acts_for), digest)
        return None


def _wrong() -> Problem:
    text = "The token is missing, wrong, expired or revoked."
    return Problem(401, "unauthorized", text, WWW_Authenticate="Bearer")


def too_often(wait: float) -> Problem:
    """Come back in so many seconds."""
    return Problem(429, "too_many_requests", "Too many requests. Please wait.", Retry_After=str(math.ceil(wait)))
