"""Searching the web, by either engine over real HTTP: what leaves, what comes back, and what goes wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.api.serving import serving
from tests.tools.rig import Desk
from tools.backends import http_search
from tools.backends.failures import DOWN, UNREADABLE, WEB_SEARCH
from tools.backends.http_search import MAX_BYTES, Engine, searching
from tools.backends.web import WebSearch
from tools.spec import BadArguments, ToolFailed, TryAgain, Untrusted
from tools.web import NOT_SENT, web_search

pytestmark = pytest.mark.sqlite

KEY = "brave-hunter2"
ROWS: list[Any] = [
    {
        "title": "Wi-Fi <b>help</b> &amp; more",
        "url": "https://support.example.com/wifi",
        "text": "Turn\nit <i>off</i>.",
    },
    {"title": "Elsewhere", "url": "https://example.org/wifi", "text": "x" * 2_000},
    {"title": "Not ours", "url": "https://example.com.evil.test/", "text": ""},
    {"title": "No page", "url": "javascript:alert(1)", "text": ""},
    {"title": "In another's name", "url": "https://example.com@evil.test/", "text": ""},
    {"title": 7, "url": None},
    "no row",
    {"title": "Bare", "url": "https://example.com/"},
]


@dataclass
class World:
    """An engine on a real connection, which answers as a test says."""

    url: str = ""
    status: int = 200
    rows: list[Any] = field(default_factory=lambda: list(ROWS))
    body: bytes | None = None
    to: str = ""
    stalls: bool = False
    asked: list[Request] = field(default_factory=list)

    async def brave(self, request: Request) -> Response:
        return await self._answer(request, lambda rows: {"web": {"results": rows}}, "description")

    async def searxng(self, request: Request) -> Response:
        return await self._answer(request, lambda rows: {"results": rows}, "content")

    async def _answer(self, request: Request, made: Any, text: str) -> Response:
        self.asked.append(request)
        if self.stalls:
            await asyncio.sleep(60)
        if self.to:
            return RedirectResponse(self.to)
        rows = [{text if k == "text" else k: v for k, v in r.items()} if isinstance(r, dict) else r for r in self.rows]
        return Response(self.body or json.dumps(made(rows)), self.status, media_type="application/json")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    app = Starlette(routes=[Route("/brave", made.brave), Route("/searxng", made.searxng)])
    async with serving(app, "127.0.0.1", 0) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


def engine(world: World, name: str, *domains: str) -> Engine:
    key = SecretStr(KEY) if name == "brave" else None
    return Engine(url=f"{world.url}/{name}", key=key, domains=domains)


@pytest.fixture(params=["brave", "searxng"])
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


async def found(desk: Desk, asked: Engine, query: str = "wifi help", top_k: int = 5) -> Any:
    async with searching(asked) as web:
        desk.backends = {**desk.backends, WebSearch: web}
        return await desk.use(web_search, {"query": query, "top_k": top_k})


async def test_pages_come_as_plain_text_and_bounded(desk: Desk, world: World, name: str) -> None:
    pages = (await found(desk, engine(world, name)))["pages"]
    assert [each["title"] for each in pages] == ["Wi-Fi help & more", "Elsewhere", "Not ours", "Bare"]
    assert pages[0] == {
        "title": "Wi-Fi help & more",
        "snippet": "Turn it off.",
        "url": "https://support.example.com/wifi",
    }
    assert len(pages[1]["snippet"]) == http_search.MAX_SNIPPET
    assert len((await found(desk, engine(world, name), top_k=1))["pages"]) == 1


async def test_only_allowed_domains_and_their_subdomains_are_shown(desk: Desk, world: World, name: str) -> None:
    pages = (await found(desk, engine(world, name, "example.com")))["pages"]
    assert [each["title"] for each in pages] == ["Wi-Fi help & more", "Bare"]
    assert world.asked[0].query_params["q"] == "wifi help (site:example.com)"


async def test_the_engine_is_asked_as_it_wants_to_be(desk: Desk, world: World) -> None:
    await found(desk, engine(world, "brave"))
    await found(desk, engine(world, "searxng"))
    brave, searxng = world.asked
    assert brave.headers["x-subscription-token"] == KEY
    assert dict(brave.query_params) == {"q": "wifi help", "count": "20"}
    assert "x-subscription-token" not in searxng.headers
    assert dict(searxng.query_params) == {"q": "wifi help", "format": "json"}


async def test_what_is_found_is_nobodys_word(desk: Desk, world: World, name: str) -> None:
    async with searching(engine(world, name)) as web:
        desk.backends = {**desk.backends, WebSearch: web}
        assert isinstance(await desk.result(web_search, {"query": "wifi", "top_k": 3}), Untrusted)


@pytest.mark.parametrize(
    "query",
    [
        "mail to alex.chen@example.com bounces",
        "laptop of U-123",
        "account 2819c223-7f76-453a-919d-413861904646 is locked",
        "account 00u1a2b3c4d5e6f7g8h9 is locked",
        "call +44 20 7946 0958",
        "card 4111 1111 1111 1111",
    ],
)
async def test_people_are_not_searched_for(desk: Desk, world: World, query: str) -> None:
    with pytest.raises(TryAgain, match=NOT_SENT):
        await found(desk, engine(world, "brave"), query)
    assert world.asked == []


@pytest.mark.parametrize("query", ["error 0x80070005", "KB5034441 Windows 11 24H2", "macOS 15.1 wifi", "HTTP 502"])
async def test_numbers_of_errors_and_versions_are(desk: Desk, world: World, query: str) -> None:
    await found(desk, engine(world, "brave"), query)
    assert world.asked[0].query_params["q"] == query


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, None),
        (500, None),
        (401, KEY.encode()),
        (200, b"<html>"),
        (200, b'{"results": 7, "web": 7}'),
        (200, b"[]"),
        (200, b'"' + b"x" * (MAX_BYTES + 1) + b'"'),
    ],
)
async def test_an_engine_that_gives_no_answer_is_a_sentence(
    desk: Desk, world: World, name: str, status: int, body: bytes | None
) -> None:
    world.status, world.body = status, body
    with pytest.raises(ToolFailed) as caught:
        await found(desk, engine(world, name))
    assert str(caught.value) == WEB_SEARCH.says(DOWN if status != 200 else UNREADABLE)
    assert caught.value.__cause__ is None, "what was answered is told nobody"


async def test_nobody_is_followed_elsewhere(desk: Desk, world: World, name: str) -> None:
    world.to = f"{world.url}/other"
    with pytest.raises(ToolFailed):
        await found(desk, engine(world, name))
    assert len(world.asked) == 1


async def test_an_engine_that_is_silent_is_given_up(
    desk: Desk, world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_search, "LIMIT_S", 0.2)
    world.stalls = True
    with pytest.raises(ToolFailed):
        await found(desk, engine(world, name))


async def test_an_engine_that_is_not_there_is_a_sentence(desk: Desk) -> None:
    with pytest.raises(ToolFailed, match=WEB_SEARCH.says(DOWN)):
        await found(desk, Engine(url="http://127.0.0.1:1/search"))


def test_a_key_is_not_printed() -> None:
    assert KEY not in repr(Engine(url="https://x", key=SecretStr(KEY)))


@pytest.mark.parametrize("top_k", [0, 11])
async def test_how_many_is_bounded(desk: Desk, world: World, top_k: int) -> None:
    with pytest.raises(BadArguments):
        await found(desk, engine(world, "brave"), top_k=top_k)
