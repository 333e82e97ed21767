"""The Web API over HTTP: tokens, arguments, errors, and the trouble that a test orders."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from bot.playground.arguments import Arguments, read
from bot.playground.errors import ApiError
from bot.playground.messages import Json
from bot.playground.methods import METHODS
from bot.playground.tiers import Tiers
from bot.playground.workspace import Workspace

#: the one method that takes the app-level token
CONNECT = "apps.connections.open"

#: `fail(how=…)`: the call is done, but the connection ends before the answer
ANSWER_LOST = "answer_lost"
#: `fail(how=…)`: the connection ends and nothing is done
CONNECTION_LOST = "connection_lost"


@dataclass(frozen=True)
class RateLimit:
    """HTTP 429; the client should come back after so many seconds."""

    retry_after: int


Trouble = RateLimit | str | int


@dataclass(frozen=True)
class AppLevel:
    """What an app's own token is for: `connect` gives the address of a new connection in Socket Mode."""

    token: str
    connect: Callable[[], str]


class WebApi:
    """Answers `/api/<method>`; `calls` lists (method, arguments) of every call with a good token."""

    def __init__(self, workspace: Workspace, token: str, app_level: AppLevel | None = None) -> None:
        self._workspace = workspace
        #: the only one that is good; empty: none is
        self.token = token
        self._app_level = app_level
        self._troubles: dict[str, deque[Trouble]] = defaultdict(deque)
        #: None: any number of calls is taken
        self.tiers: Tiers | None = None
        #: how many calls of each method were too many
        self.limited: Counter[str] = Counter()
        self.calls: list[tuple[str, Json]] = []
        #: what the token may do, as Slack says with each answer; empty: it says nothing
        self.scopes = ""
        #: beginnings of the names of methods that this workspace has not
        self.lacking: tuple[str, ...] = ()

    def trouble(self, method: str, times: int, what: Trouble) -> None:
        """The next `times` calls of a method meet this, after what was ordered before."""
        self._troubles[method].extend([what] * times)

    async def endpoint(self, request: Request) -> Response:
        """One call."""
        method = request.path_params["method"]
        try:
            token, args = await read(request)
            self._authenticate(method, token)
        except ApiError as error:
            return JSONResponse(error.body())
        self.calls.append((method, args.values))
        trouble = self._troubles[method].popleft() if self._troubles[method] else self._too_many(method, args)
        answer = self._answer(method, args, trouble)
        self._workspace.changes.mark()
        return answer

    def _too_many(self, method: str, args: Arguments) -> Trouble | None:
        wait = self.tiers.wait(method, str(args.values.get("channel"))) if self.tiers else 0
        self.limited[method] += bool(wait)
        return RateLimit(wait) if wait else None

    def _authenticate(self, method: str, token: str) -> None:
        if not token:
            raise ApiError("not_authed")
        needed, other = self.token, self._app_level.token if self._app_level else None
        if method == CONNECT and other:
            needed, other = other, needed
        if token != needed:
            raise ApiError("not_allowed_token_type" if token == other else "invalid_auth")

    def _answer(self, method: str, args: Arguments, trouble: Trouble | None) -> Response:
        match trouble:
            case RateLimit(retry_after):
                limited = {"ok": False, "error": "ratelimited"}
                return JSONResponse(limited, 429, {"Retry-After": str(retry_after)})
            case int(status):
                return PlainTextResponse("upstream trouble", status)
            case "connection_lost":
                return LostConnection()
            case "answer_lost":
                self._perform(method, args)
                return LostConnection()
            case str(code):
                return JSONResponse(ApiError(code).body())
            case None:
                said = {"x-oauth-scopes": self.scopes} if self.scopes else None
                return JSONResponse(self._perform(method, args), headers=said)

    def _perform(self, method: str, args: Arguments) -> Json:
        if method == CONNECT and self._app_level:
            return {"ok": True, "url": self._app_level.connect()}
        if method not in METHODS or method.startswith(self.lacking):
            return ApiError("unknown_method").body()
        try:
            args.need(*METHODS[method].needs)
            return self._workspace.team.labelled({"ok": True, **METHODS[method].run(self._workspace, args)})
        except ApiError as error:
            return error.body()


class LostConnection(Response):
    """No answer: the connection is cut, as a client sees it when a proxy or the other side dies."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Cut uvicorn's transport; without one (in-process) the caller gets the exception."""
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        if transport is None:
            raise ConnectionResetError("the playground dropped this connection as ordered")
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass
