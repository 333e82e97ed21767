"""The routes of the HTTP API and its OpenAPI document: `/api/agent`, `/openapi.json`, `/docs`.

The text of this page is what callers read at `/docs`.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec

from fastapi import FastAPI, Request, Security
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.api import requests
from bot.api.agent import Agent
from bot.api.answers import after, refused, streamed, unforeseen
from bot.api.shapes import Answer, Problem, Question, Refusal, Status
from bot.version import version

P = ParamSpec("P")

#: seconds a caller waits unless a setting says otherwise
WAIT = 60.0

#: what a question is waited for, and what somebody who comes back waits for
WORKING: frozenset[Status] = frozenset({"working"})
OPEN: frozenset[Status] = WORKING | {"waiting_for_approval"}

TEXT = """
Ask the IT-helpdesk agent what people ask it in Slack, in their name.

- Every request needs `Authorization: Bearer …`. A token says who answers for it, and in whose name it may ask.
- What is risky waits for people, who decide **in Slack**. Nothing here can. Whoever answers for the token never may.
- `working` or `waiting_for_approval`: come back with `GET`, or stay with `Accept: text/event-stream`.
- Every refusal looks the same: `{"error": {"code": "…", "message": "…"}}`.
"""

_CODES = {
    400: "The request is not well-formed.",
    401: "The token is missing, wrong, expired or revoked.",
    403: "The token may not ask in this person's name.",
    404: "There is no such conversation of this token.",
    405: "There is no such method here.",
    408: "The body did not come in time.",
    409: "The Idempotency-Key was used for another request.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Something in the body is wrong; the message names it.",
    429: "Too many requests; `Retry-After` says when there may be more.",
    500: "A problem on our side.",
    503: "Something this needs is away just now.",
}
_EVENTS = {
    "schema": {"type": "string"},
    "example": 'event: status\ndata: {"conversation_id":"T0123456789:api:…","status":"working"}\n\n',
}


def _header(name: str, text: str, example: str, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "description": text,
        "schema": {"type": "string", **schema},
        "example": example,
    }


_PREFER = _header("Prefer", "Wait so many seconds at most.", "wait=10")
_KEY = _header(
    "Idempotency-Key",
    "Makes it one request however often it is sent, for a week.",
    "7f1c5a",
    minLength=1,
    maxLength=255,
    pattern="^[!-~]([ -~]*[!-~])?$",
)
_LAST = _header(
    "Last-Event-ID",
    "With `Accept: text/event-stream`: the stream goes on behind this event.",
    "17",
    pattern="^[0-9]{1,9}$",
)


def _responses(*codes: int) -> dict[int | str, dict[str, Any]]:
    standing: dict[int | str, dict[str, Any]] = {
        200: {"model": Answer, "description": "How things stand.", "content": {"text/event-stream": _EVENTS}},
        202: {"model": Answer, "description": "Somebody works on it."},
    }
    return standing | {code: {"model": Refusal, "description": _CODES[code]} for code in codes}


_BODY = {
    "required": True,
    "content": {"application/json": {"schema": Question.model_json_schema()}},
}


def routes(agent: Agent, wait: float = WAIT) -> list[BaseRoute]:
    """The routes; whoever asks is waited for as long as `wait` says, seconds."""
    app = FastAPI(
        title="Helpdesk",
        version=version(),
        description=TEXT,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        dependencies=[Security(HTTPBearer(auto_error=False, description="A token of `helpdesk tokens create`."))],
        exception_handlers={HTTPException: _elsewhere},
    )
    _add_ask(app, agent, wait)
    _add_look(app, agent, wait)
    paths = ("/api/agent", "/api/agent/{conversation_id}", "/openapi.json", "/docs")
    return [Route(path, app) for path in paths]


def _add_ask(app: FastAPI, agent: Agent, wait: float) -> None:
    @app.post(
        "/api/agent",
        summary="Ask",
        response_model=None,
        responses=_responses(400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 500, 503),
        openapi_extra={"requestBody": _BODY, "parameters": [_KEY, _PREFER]},
    )
    @_refusing
    async def ask(request: Request) -> Response:
        """Ask something in somebody's name, in a new conversation or in one that goes on.

        The answer comes when there is one, or when nobody wants to wait any longer. With `Accept: text/event-stream`
        come the events `status`, `tool_call`, `approval`, `answer`, and at last `done`.
        """
        principal = await agent.enter(dict(request.headers), _address(request))
        key, question = requests.key(request), await requests.question(request)
        reading = await agent.ask(principal, question, key)
        gone = agent.gone(principal, request.is_disconnected)
        patience = requests.seconds(request, wait, wait)
        if requests.streams(request):
            return streamed(agent.waits, reading, patience, WORKING, gone, 0)
        return await after(agent.waits, reading, patience, WORKING, gone)


def _add_look(app: FastAPI, agent: Agent, wait: float) -> None:
    @app.get(
        "/api/agent/{conversation_id}",
        summary="Look",
        response_model=None,
        responses=_responses(400, 401, 403, 404, 429, 500, 503),
        openapi_extra={"parameters": [_PREFER, _LAST]},
    )
    @_refusing
    async def look(request: Request, conversation_id: str) -> Response:
        """How the newest question of a conversation stands, at once.

        With `Prefer: wait=…` it waits for what is still open, approvals too; with `Accept: text/event-stream` it tells
        what happens until then.
        """
        principal = await agent.enter(dict(request.headers), _address(request))
        reading = await agent.look(principal, conversation_id)
        gone = agent.gone(principal, request.is_disconnected)
        if requests.streams(request):
            patience, last = requests.seconds(request, wait, wait), requests.last_event(request)
            return streamed(agent.waits, reading, patience, OPEN, gone, last)
        patience = requests.seconds(request, wait, 0)
        return await after(agent.waits, reading, patience, OPEN, gone)


def _refusing(handler: Callable[P, Awaitable[Response]]) -> Callable[P, Awaitable[Response]]:
    """The handler, which says what is wrong as every refusal here is said."""

    @wraps(handler)
    async def handled(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return await handler(*args, **kwargs)
        except Problem as problem:
            return refused(problem)
        except Exception as error:  # noqa: BLE001 -- a traceback could hold what people wrote
            return unforeseen(error)

    return handled


async def _elsewhere(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = "method_not_allowed" if error.status_code == 405 else "not_found"  # noqa: PLR2004 -- HTTP's own number
    return refused(Problem(error.status_code, code, str(error.detail), **(error.headers or {})))


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
