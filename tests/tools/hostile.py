"""A server on a real connection that answers as a test says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.api.serving import serving


@dataclass
class Hostile:
    """What it answers."""

    kind: str
    url: str = ""
    status: int = 200
    head: dict[str, str] = field(default_factory=dict)
    body: str = ""
    stalls: bool = False
    #: its first answers, before the others
    first: list[int] = field(default_factory=list)
    asked: int = 0

    async def answer(self, _: Request) -> Response:
        self.asked += 1
        if self.stalls:
            await asyncio.sleep(60)
        status = self.first.pop(0) if self.first else self.status
        return Response(self.body, status, self.head, media_type=self.kind)


@asynccontextmanager
async def hostile_server(kind: str) -> AsyncIterator[Hostile]:
    """The server; `kind`: of its answers' bodies."""
    made = Hostile(kind)
    methods = ["GET", "POST", "PATCH", "PUT"]
    app = Starlette(routes=[Route("/{path:path}", made.answer, methods=methods)])
    async with serving(app, "127.0.0.1", 0) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made
