"""A Responses API on a transport instead of a network: the real client, answers as a test says."""

import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from openai import AsyncOpenAI

from bot.core.exchange import Answered, Called, Function, Opaque, Output, Prompt, Said
from bot.model.responses import ResponsesModel
from tests.fakes import events

KEY = "sk-secret-key"
NAME = "gpt-test"
Answer = httpx2.Response | Exception


class Provider:
    """Gives `answers` in their order, raising exceptions among them as the network would; `bodies` is what was sent."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self.answers = list(answers)
        self.bodies: list[dict[str, Any]] = []
        self.requests: list[httpx2.Request] = []

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        self.bodies.append(json.loads(request.content))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@asynccontextmanager
async def model_at(handle: Callable[[httpx2.Request], Any]) -> AsyncIterator[ResponsesModel]:
    """The real adapter, its client's transport replaced by `handle`."""
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(handle))
    async with AsyncOpenAI(api_key=KEY, base_url="http://127.0.0.1/v1", max_retries=0, http_client=http) as client:
        yield ResponsesModel(client, NAME)


def response(*output: object, status: str = "completed", **more: object) -> httpx2.Response:
    """A response with these output items, streamed."""
    return stream(events.streamed(events.response(*output, status=status, **more)))


def plain(*output: object, status: str = "completed", **more: object) -> httpx2.Response:
    """The same from a server that does not stream."""
    return httpx2.Response(200, json=events.response(*output, status=status, **more))


def stream(content: bytes | AsyncIterator[bytes]) -> httpx2.Response:
    """A stream of just these bytes."""
    return httpx2.Response(200, content=content, headers={"content-type": events.STREAM})


def failed(status: int, code: str | None = None, headers: dict[str, str] | None = None) -> httpx2.Response:
    """An error as OpenAI words it, quoting what was said."""
    error = {"message": f"Bad input: {SAID} with {KEY}", "type": "some_error", "param": None, "code": code}
    return httpx2.Response(status, json={"error": error}, headers=headers)


#: what a person wrote; it may be in no log line
SAID = "my password is hunter2"


message, function_call = events.message, events.function_call


def reasoning(encrypted: str | None = "gAAAA") -> dict[str, Any]:
    return {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": encrypted}


SEARCH = Function(
    "search_kb",
    "Search.",
    {
        "type": "object",
        "properties": {"query": {"type": "string"}},
        "required": ["query"],
        "additionalProperties": False,
    },
)
PROMPT = Prompt(
    instructions="Help.",
    items=(
        Said(SAID),
        Opaque(NAME, reasoning()),
        Called("c2", "search_kb", '{"query": "wifi"}'),
        Output("c2", "[]"),
        Answered("Nothing found."),
        Said("Again."),
    ),
    functions=(SEARCH,),
    safety_identifier="5d41402abc4b2a76b9719d911017c592",
    cache_key="T1:v1:3",
)
