"""The keys that a sign-in publishes (JWKS): fetched when they are needed, and remembered.

Promise: whoever names keys that do not exist makes us fetch no more than once a minute.
"""

import asyncio
import json
from collections.abc import Callable

import httpx2
import jwt
import structlog

from bot.api.shapes import Problem

#: time limit for the answer, seconds; its bytes
LIMIT, MAX_BYTES = 5.0, 200_000

#: at least between two attempts; after which they are fetched anew; how long they count where that fails; seconds
PAUSE, FRESH, STALE = 60.0, 3600.0, 86_400.0

#: keys that are looked at
MAX_KEYS = 50

#: by which a token may be signed, all of them with two different keys
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")

_KINDS = ("RSA", "EC", "OKP")

log = structlog.get_logger()


class Keys:
    """The keys at an address."""

    def __init__(self, address: str, clock: Callable[[], float]) -> None:
        """`clock` counts seconds from anywhere."""
        self._address = address
        self._clock = clock
        self._known: dict[str, jwt.PyJWK] = {}
        #: when they were fetched, and when that was tried
        self._at = self._tried = float("-inf")
        self._fetching = asyncio.Lock()

    async def of(self, kid: object) -> jwt.PyJWK | None:
        """The key with this id; without one, the only key there is. Raises Problem where no keys can be had."""
        if kid is not None and not isinstance(kid, str):
            return None
        async with self._fetching:
            now = self._clock()
            if (self._find(kid) is None or now - self._at > FRESH) and now - self._tried >= PAUSE:
                self._tried = now
                await self._fetch(now)
        if now - self._at > STALE:
            raise Problem(503, "unavailable", "The keys of the sign-in cannot be had just now.", Retry_After="60")
        return self._find(kid)

    def _find(self, kid: str | None) -> jwt.PyJWK | None:
        if kid is None:
            return next(iter(self._known.values())) if len(self._known) == 1 else None
        return self._known.get(kid)

    async def _fetch(self, now: float) -> None:
        try:
            async with asyncio.timeout(LIMIT), httpx2.AsyncClient(timeout=LIMIT) as client:
                self._known = _read(await _body(client, self._address))
            self._at = now
        except (httpx2.HTTPError, TimeoutError, ValueError, RecursionError) as error:
            log.warning("the keys of the sign-in cannot be had", error=type(error).__name__)


async def _body(client: httpx2.AsyncClient, address: str) -> bytes:
    body = b""
    async with client.stream("GET", address) as response:
        response.raise_for_status()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > MAX_BYTES:
                raise ValueError("too many keys")
    return body


def _read(body: bytes) -> dict[str, jwt.PyJWK]:
    """Those that can be used, by id; secrets that two share are no keys here. Raises ValueError."""
    given = json.loads(body)
    listed = given.get("keys") if isinstance(given, dict) else None
    if not isinstance(listed, list):
        raise ValueError("no JWKS")  # noqa: TRY004 -- what came is wrong, not what was written here
    found = dict[str, jwt.PyJWK]()
    for each in listed[:MAX_KEYS]:
        if not isinstance(each, dict) or each.get("kty") not in _KINDS or each.get("use", "sig") != "sig":
            continue
        if each.get("alg", ALGORITHMS[0]) not in ALGORITHMS:
            continue
        try:
            key = jwt.PyJWK(each)
            found |= {str(each.get("kid", "")): key} if key.algorithm_name in ALGORITHMS else {}
        except jwt.PyJWTError as error:
            log.info("a key of the sign-in cannot be used", why=type(error).__name__)
    return found
