"""The app's side of the local Slack in tests, a clock that is told the time, and a way to serve on a free port."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.playground import LocalSlack
from bot.playground.guard import LoopbackOnly

Json = dict[str, Any]


@dataclass
class Clock:
    """Time that stands still until it is told."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.moment

    def pass_(self, seconds: float) -> None:
        """Let time go by."""
        self.moment += timedelta(seconds=seconds)


@dataclass
class App:
    """The app's side: takes every request and answers as the test says."""

    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    on_request: Callable[[], None] = lambda: None
    hangs: bool = False

    async def endpoint(self, request: Request) -> Response:
        """Record, then give the next prepared answer or 200."""
        self.requests.append((dict(request.headers), await request.body()))
        self.on_request()
        if self.hangs:
            await asyncio.Event().wait()
        return self.answers.pop(0) if self.answers else JSONResponse({})

    def transport(self) -> httpx2.ASGITransport:
        """A way in without a socket."""
        return httpx2.ASGITransport(Starlette(routes=[Route("/slack/events", self.endpoint, methods=["POST"])]))

    def events(self, kind: str | None = None) -> list[Json]:
        """The inner events received, of one type or all."""
        bodies = [json.loads(body) for headers, body in self.requests if headers["content-type"] == "application/json"]
        return [body["event"] for body in bodies if kind in (None, body["event"]["type"])]

    def payloads(self) -> list[Json]:
        """The interaction payloads received."""
        forms = [parse_qs(body.decode()) for headers, body in self.requests if "form" in headers["content-type"]]
        return [json.loads(form["payload"][0]) for form in forms if "payload" in form]


@asynccontextmanager
async def served(slack: LocalSlack) -> AsyncIterator[None]:
    """Serve a local Slack on a free loopback port and tell it its address."""
    config = uvicorn.Config(
        Starlette(routes=slack.routes(), middleware=[Middleware(LoopbackOnly)]),
        port=0,
        log_level="error",
        lifespan="off",
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    slack.base_url = f"http://127.0.0.1:{port}"
    yield
    # Cancelled rather than told to exit, because uvicorn looks for that only ten times a second.
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    for listener in server.servers:
        listener.close()
