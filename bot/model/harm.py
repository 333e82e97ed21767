"""Whether text is harmful, as OpenAI's moderation endpoint or one like it says, and what it said before.

Promise: a text that the endpoint cannot take is told apart from an endpoint that is away; others are looked at as ever.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog
from openai import APIError, AsyncOpenAI

from bot.errors import NotLooked
from bot.model import failures

#: seconds for one look
LIMIT_S = 5.0

#: characters looked at as one text, and texts looked at at once
MAX_CHARS, MAX_TEXTS = 10_000, 32

#: texts whose verdict is remembered
MAX_KNOWN = 10_000

#: True: flagged; None: nobody can say
Verdict = bool | None

log = structlog.get_logger()


class Moderation(Protocol):
    """Says whether text is harmful. Raises NotLooked."""

    async def flags(self, texts: Sequence[str]) -> list[Verdict]:
        """For each of these, in their order, whether it is; None for one that cannot be looked at."""


class ModerationEndpoint:
    """`POST /moderations` of the server that `client` talks to."""

    def __init__(self, client: AsyncOpenAI, name: str = "omni-moderation-latest") -> None:
        self._client = client
        self._name = name

    async def flags(self, texts: Sequence[str]) -> list[Verdict]:
        """See Moderation."""
        pieces = [
            (n, text[at : at + MAX_CHARS]) for n, text in enumerate(texts) for at in range(0, len(text), MAX_CHARS)
        ]
        found: list[set[Verdict]] = [set() for _ in texts]
        for first in range(0, len(pieces), MAX_TEXTS):
            some = pieces[first : first + MAX_TEXTS]
            for (n, _), verdict in zip(some, await self._look([piece for _, piece in some]), strict=True):
                found[n].add(verdict)
        return [True if True in each else None if None in each else False for each in found]

    async def _look(self, pieces: list[str]) -> list[Verdict]:
        try:
            async with asyncio.timeout(LIMIT_S):
                return _verdicts(await self._ask(pieces), len(pieces))
        except TimeoutError:
            raise NotLooked("The moderation endpoint did not answer in time.") from None
        except APIError as error:
            if not failures.is_final(error):
                raise NotLooked(f"The moderation endpoint did not answer ({type(error).__name__}).") from None
            if not (failures.is_refused(error) and len(pieces) > 1):
                log.warning("the moderation endpoint refuses to look at a text", why=type(error).__name__)
                return [None] * len(pieces)
        # one of them is why
        half = len(pieces) // 2
        return [*await self._look(pieces[:half]), *await self._look(pieces[half:])]

    async def _ask(self, pieces: list[str]) -> object:
        return await self._client.post("/moderations", body={"model": self._name, "input": pieces}, cast_to=object)


class Remembered:
    """The same, asked once about each text that anybody wrote, as long as there is room for what it said."""

    def __init__(self, moderation: Moderation) -> None:
        self._moderation = moderation
        self._known: OrderedDict[bytes, bool] = OrderedDict()

    async def flags(self, texts: Sequence[str]) -> list[Verdict]:
        """See Moderation; what was found out before it raises is not asked again."""
        known = self.known(texts)
        unknown = [*dict.fromkeys(text for text, verdict in zip(texts, known, strict=True) if verdict is None)]
        found: dict[str, Verdict] = {}
        for first in range(0, len(unknown), MAX_TEXTS):
            some = unknown[first : first + MAX_TEXTS]
            new = dict(zip(some, await self._moderation.flags(some), strict=True))
            self._remember(new)
            found |= new
        return [found.get(text, verdict) for text, verdict in zip(texts, known, strict=True)]

    def known(self, texts: Sequence[str]) -> list[Verdict]:
        """What is remembered of each; nobody is asked."""
        return [self._recalled(text) for text in texts]

    def _recalled(self, text: str) -> Verdict:
        if not text.strip():
            return False
        digest = _digest(text)
        if digest in self._known:
            self._known.move_to_end(digest)
        return self._known.get(digest)

    def _remember(self, found: Mapping[str, Verdict]) -> None:
        self._known |= {_digest(text): verdict for text, verdict in found.items() if verdict is not None}
        while len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)


def _verdicts(answer: object, wanted: int) -> list[Verdict]:
    results = answer.get("results") if isinstance(answer, Mapping) else None
    if not isinstance(results, list) or len(results) != wanted:
        raise NotLooked("The moderation endpoint's answer is none.")
    return [not isinstance(each, Mapping) or each.get("flagged") is not False for each in results]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
