"""Who has signed in elsewhere: a JSON Web Token of the company's own sign-in speaks for its very person.

Promise: only a signature by a key that the sign-in publishes counts, by an algorithm with two different keys; whatever
cannot be told means no.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import jwt
import structlog

from bot.api.doors import EMAIL, Issuer, Principal
from bot.api.keys import ALGORITHMS, Keys
from bot.api.persons import LOOKUP_LIMIT, NOT_NOW, user_of
from bot.api.shapes import Problem
from bot.core.known import SLACK_USER, SlackUser
from bot.core.tokens import PERSON, SIGNED_IN
from bot.errors import Unanswered
from bot.run.kit import Kit
from tools.spec import ToolFailed

#: by how much clocks may differ, seconds
LEEWAY = 60

log = structlog.get_logger()


class WebTokens:
    """See SignedIn."""

    def __init__(self, issuer: Issuer, keys: Keys, person: Callable[[str], Awaitable[SlackUser | None]]) -> None:
        """`person` says which Slack user a claim means."""
        self._issuer = issuer
        self._keys = keys
        self._person = person

    async def principal(self, token: str) -> Principal | None:
        """See SignedIn."""
        claims = await self._claims(token)
        value = claims.get(self._issuer.user) if claims else None
        if not claims or not isinstance(value, str):
            return None
        # where it is said at all it counts for any claim: those of other names hold addresses, too
        if claims.get("email_verified", self._issuer.user != EMAIL) is not True:
            return None
        try:
            async with asyncio.timeout(LOOKUP_LIMIT):
                user = await self._person(value)
        except (Unanswered, ToolFailed, TimeoutError):
            raise Problem(503, "unavailable", NOT_NOW, Retry_After="5") from None
        return Principal(f"{SIGNED_IN}{user}", None, user, frozenset({user})) if user else None

    async def _claims(self, token: str) -> dict[str, Any] | None:
        """What the token says, if it is good."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                return None
            key = await self._keys.of(header.get("kid"))
            if key is None:
                return None
            return jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._issuer.audience,
                issuer=self._issuer.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud"], "enforce_minimum_key_length": True},
            )
        except (jwt.PyJWTError, ValueError) as error:
            log.info("a web token is not good", why=type(error).__name__)
            return None


async def person(kit: Kit, value: str) -> SlackUser | None:
    """The Slack user whom a claim means: by their id, their directory id, or an address that Slack has seen them at."""
    if "@" not in value:
        known = SLACK_USER.fullmatch(value) or PERSON.fullmatch(value)
        user = await user_of(kit, value) if known else None
        found = await kit.people.who(user) if user else None
        return found.user if found and found.colleague else None
    user = await kit.people.find(value)
    found = await kit.people.who(user) if user else None
    here = found is not None and found.colleague and found.confirmed
    return found.user if found and here and (found.email or "").casefold() == value.casefold() else None
