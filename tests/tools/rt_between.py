"""Somebody between the bot and a Request Tracker, who loses what a test says."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.api.serving import serving
from tests.tools.rt import PATIENCE, RtWorld


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one change: something happens just before it, it is not made, or its answer is lost."""

    before: Callable[[], object] = lambda: None
    made: bool = True
    #: answered in the place of the server's own
    status: int | None = None


#: it is done and nobody hears of it; it is not done
LOST, FAILED = Fault(status=502), Fault(made=False, status=502)


@dataclass
class Between:
    """Between the bot and the server: passes on what is asked, and loses what a test says."""

    world: RtWorld
    http: httpx2.AsyncClient
    url: str = ""
    #: of the bot's next changes
    faults: list[Fault] = field(default_factory=list)
    #: method and path of each request
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        """The server's answer, unless there is a fault."""
        self.asked.append(f"{request.method} {request.url.path}")
        fault = self.faults.pop(0) if self.faults and request.method != "GET" else Fault()
        fault.before()
        response = Response("[]")
        if fault.made:
            response = await self._passed_on(request)
        return Response("[]", fault.status) if fault.status else response

    async def _passed_on(self, request: Request) -> Response:
        names = ("authorization", "content-type", "if-match")
        headers = {name: request.headers[name] for name in names if name in request.headers}
        target = f"{self.world.url}{request.url.path}?{request.url.query}"
        given = await self.http.request(request.method, target, headers=headers, content=await request.body())
        kept = {name: given.headers[name] for name in ("etag", "content-type") if name in given.headers}
        return Response(given.content, given.status_code, kept)


@asynccontextmanager
async def between(world: RtWorld) -> AsyncIterator[Between]:
    """Somebody between the bot and this server."""
    async with httpx2.AsyncClient(timeout=PATIENCE, verify=False) as http:
        made = Between(world, http)
        app = Starlette(routes=[Route("/{path:path}", made.answer, methods=["GET", "POST", "PUT"])])
        async with serving(app, "127.0.0.1", 0) as port:
            made.url = f"http://127.0.0.1:{port}"
            yield made
