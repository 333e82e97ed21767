"""Search engines by HTTP: Brave's official API, or a SearXNG of one's own.

Promise: what comes back is text of a bounded size, from the domains that are allowed, within the time of one request.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import httpx2
from pydantic import BaseModel, SecretStr, ValidationError

from tools.backends.failures import WEB_SEARCH
from tools.backends.http_answers import answer
from tools.backends.web import Hit

#: seconds for one request, and for its connection
LIMIT_S, CONNECT_S = 8.0, 3.0
#: bytes of an answer
MAX_BYTES = 1_000_000
#: characters of a title, a snippet and an address; a longer address leads nowhere, so its page is left out
MAX_TITLE, MAX_SNIPPET, MAX_URL = 200, 500, 1_000
#: results that are asked for, because some may be from elsewhere
ASKED = 20
#: domains that are named in the query; answers are looked through in any case
MAX_NAMED = 10

BRAVE = "https://api.search.brave.com/res/v1/web/search"

_TAG = re.compile("<[^<>]{0,200}>")


class _Brave(BaseModel):
    """https://api-dashboard.search.brave.com/app/documentation/web-search/responses"""

    title: str
    url: str
    description: str = ""


class _SearXNG(BaseModel):
    """https://docs.searxng.org/dev/search_api.html"""

    title: str
    url: str
    content: str | None = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Where to ask, and as whom."""

    url: str
    #: the key, for Brave; a SearXNG has none
    key: SecretStr | None = None
    #: whose pages may be found, with those of their subdomains; none: all
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HttpSearch:
    """WebSearch over one engine."""

    engine: Engine
    client: httpx2.AsyncClient = field(repr=False)

    async def search(self, query: str, limit: int) -> Sequence[Hit]:
        """See WebSearch."""
        asked = await self._asked(_narrowed(query, self.engine.domains))
        try:
            found = _hits(asked, brave=self.engine.key is not None)
        except ValidationError as error:
            # what it says holds what was given
            raise WEB_SEARCH.unreadable(f"{error.error_count()} things are wrong") from None
        return [each for each in found if _allowed(each.url, self.engine.domains)][:limit]

    async def _asked(self, query: str) -> bytes:
        own: Mapping[str, str] = {"count": str(ASKED)} if self.engine.key else {"format": "json"}
        params, url = {"q": query, **own}, self.engine.url
        found = await answer(WEB_SEARCH, self.client, "GET", url, seconds=LIMIT_S, most=MAX_BYTES, params=params)
        if not found.is_success:
            raise WEB_SEARCH.no_answer("not with a success", status=found.status_code)
        return found.content


@asynccontextmanager
async def searching(engine: Engine) -> AsyncIterator[HttpSearch]:
    """A search with its connections, which end with the block; nobody is followed elsewhere."""
    headers = {"accept": "application/json"}
    if engine.key:
        headers["x-subscription-token"] = engine.key.get_secret_value()
    async with httpx2.AsyncClient(timeout=httpx2.Timeout(LIMIT_S, connect=CONNECT_S), headers=headers) as client:
        yield HttpSearch(engine, client)


class _OfBrave(BaseModel):
    class Web(BaseModel):
        results: list[Any] = []

    web: Web = Web()


class _OfSearXNG(BaseModel):
    results: list[Any] = []


def _hits(body: bytes, *, brave: bool) -> list[Hit]:
    """The rows that are pages. Raises ValidationError for what is no answer."""
    rows = _OfBrave.model_validate_json(body).web.results if brave else _OfSearXNG.model_validate_json(body).results
    found = [_hit(row, brave=brave) for row in rows[:ASKED]]
    return [each for each in found if each and len(each.url) <= MAX_URL]


def _hit(row: object, *, brave: bool) -> Hit | None:
    try:
        page = _Brave.model_validate(row) if brave else _SearXNG.model_validate(row)
    except ValidationError:
        return None
    said = page.description if isinstance(page, _Brave) else page.content or ""
    return Hit(_plain(page.title)[:MAX_TITLE], _plain(said)[:MAX_SNIPPET], page.url)


def _plain(text: str) -> str:
    return " ".join(unescape(_TAG.sub("", text)).split())


def _narrowed(query: str, domains: Sequence[str]) -> str:
    """The query as engines take it that know where to look."""
    return f"{query} ({' OR '.join(f'site:{each}' for each in domains)})" if 0 < len(domains) <= MAX_NAMED else query


def _allowed(url: str, domains: Sequence[str]) -> bool:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not host or parts.username:
        return False
    return not domains or any(host == each or host.endswith(f".{each}") for each in domains)
