"""A Responses API on a transport instead of a network: the real client, answers as a test says."""

import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from openai import AsyncOpenAI

from bot.core.exchange import Answered, Called, Function, Opaque, Output, Prompt, Said
from bot.model.responses import ResponsesModel

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
    """A response with these output items."""
    usage = {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 0},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 120,
    }
    body = {"id": "resp_1", "object": "response", "status": status, "output": list(output), "usage": usage, **more}
    return httpx2.Response(200, json=body)


def failed(status: int, code: str | None = None, headers: dict[str, str] | None = None) -> httpx2.Response:
    """An error as OpenAI words it, quoting what was said."""
    error = {"message": f"Bad input: {SAID} with {KEY}", "type": "some_error", "param": None, "code": code}
    return httpx2.Response(status, json={"error": error}, headers=headers)


#: what a person wrote; it may be in no log line
SAID = "my password is hunter2"


def message(*texts: str) -> dict[str, Any]:
    contents = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": contents}


def function_call(call_id: str = "call_1", name: str = "search_kb", arguments: object = "{}") -> dict[str, Any]:
    return {"type": "function_call", "id": "fc_1", "call_id": call_id, "name": name, "arguments": arguments}


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
