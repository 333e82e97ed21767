"""The HTTP application: `/slack/events` for Slack, `/healthz` (the process lives), `/readyz` (it can do its work)."""

import re
from collections.abc import Awaitable, Callable

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.api.sizes import fits

#: bytes of a request; Slack's are far smaller
MAX_BODY = 1_000_000

#: seconds since 1970, as Slack signs them
_TIMESTAMP = re.compile("[0-9]{1,12}")


def routes(slack: AsyncApp | None, ready: Callable[[], Awaitable[bool]]) -> list[BaseRoute]:
    """The routes; `ready` says whether the database answers. Without `slack` it has another way in than HTTP."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        return PlainTextResponse("ready") if await ready() else PlainTextResponse("the database does not answer", 503)

    return [*([_door(slack)] if slack else []), Route("/healthz", healthz), Route("/readyz", readyz)]


def _door(slack: AsyncApp) -> Route:
    handler = AsyncSlackRequestHandler(slack)

    async def events(request: Request) -> Response:
        if not fits(request, MAX_BODY):
            return PlainTextResponse("too large, or of unknown size", 413)
        if not _TIMESTAMP.fullmatch(request.headers.get("x-slack-request-timestamp", "")):
            return PlainTextResponse("not signed", 401)
        try:
            return await handler.handle(request)
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
            # Bolt (1.30) reads the body before it checks who sent it; what a listener raises does not come here
            return PlainTextResponse("not a request as Slack makes them", 400)

    return Route("/slack/events", events, methods=["POST"])


def application(slack: AsyncApp | None, ready: Callable[[], Awaitable[bool]]) -> Starlette:
    """The application of `helpdesk run`; it sends nobody on to another address, which the header Host would name."""
    app = Starlette(routes=routes(slack, ready))
    app.router.redirect_slashes = False
    return app
