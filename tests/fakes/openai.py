"""A server that speaks OpenAI's APIs and thinks with the offline demo model."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.core.exchange import Answered, Called, CallPart, Function, Output, Prompt, PromptItem, Reply, Said, TextPart
from bot.model.demo import DemoModel
from bot.model.speech import text_of
from tests.fakes import chunks
from tests.fakes.events import STREAM, events, function_call, message, response, sse

#: how the adapter of plans shows what came of a call
_OBSERVATION = "[observation: output of "


class OpenAI:
    """Serves `/v1/responses` and `/v1/chat/completions`, functions and plans.

    `down` makes it answer 503, `broke` that there is no quota left, `bodies` are the requests it got. With `thoughts`
    each response begins with reasoning that only it can read.
    """

    def __init__(self, thoughts: str = "") -> None:
        self.bodies: list[dict[str, Any]] = []
        self.down = self.broke = False
        #: answers after which it is down
        self.left = 1_000_000
        self._thoughts = thoughts
        self._model = DemoModel()

    def routes(self, at: str = "") -> list[Route]:
        return [
            Route(f"{at}/v1/responses", self._respond, methods=["POST"]),
            Route(f"{at}/v1/chat/completions", self._complete, methods=["POST"]),
        ]

    async def _respond(self, request: Request) -> Response:
        body = await self._body(request)
        if self.broke:
            return JSONResponse({"error": {"message": "no money", "code": "insufficient_quota"}}, 429)
        if self.down or self.left <= 0:
            return JSONResponse({"error": {"message": "overloaded"}}, 503)
        self.left -= 1
        functions = tuple(Function(each["name"], "", each["parameters"]) for each in body.get("tools", ()))
        prompt = Prompt(instructions=body["instructions"], items=tuple(_items(body["input"])), functions=functions)
        return answer(await self._model.reply(prompt), self._thoughts)

    async def _complete(self, request: Request) -> Response:
        body = await self._body(request)
        if self.down:
            return JSONResponse({"error": {"message": "overloaded"}}, 503)
        planned = "response_format" in body
        shown = _planned_items(body["messages"]) if planned else _chat_items(body["messages"])
        declared = _planned_functions(body["messages"][0]["content"]) if planned else _functions(body["tools"])
        prompt = Prompt(instructions="", items=tuple(shown), functions=tuple(declared))
        reply = await self._model.reply(prompt)
        return _completion(reply, planned=planned)

    async def _body(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = await request.json()
        self.bodies.append(body)
        return body


def _items(given: list[dict[str, Any]]) -> Iterator[PromptItem]:
    for item in given:
        match item.get("type", "message"):
            case "message" if item["role"] == "user":
                yield Said(_text(item["content"]))
            case "message":
                yield Answered(_text(item["content"]))
            case "function_call":
                yield Called(item["call_id"], item["name"], item["arguments"])
            case "function_call_output":
                yield Output(item["call_id"], item["output"])


def _chat_items(messages: list[dict[str, Any]]) -> Iterator[PromptItem]:
    for each in messages:
        match each["role"]:
            case "user":
                yield Said(_text(each["content"]))
            case "tool":
                yield Output(each["tool_call_id"], each["content"])
            case "assistant":
                if each["content"]:
                    yield Answered(each["content"])
                for call in each.get("tool_calls", ()):
                    yield Called(call["id"], call["function"]["name"], call["function"]["arguments"])


def _planned_items(messages: list[dict[str, Any]]) -> Iterator[PromptItem]:
    """Observations follow the calls of a plan in their order, so ids of our own join them."""
    number, waiting = 0, list[str]()
    for each in messages[1:]:
        said = _text(each["content"])
        if each["role"] == "user" and said.startswith(_OBSERVATION):
            yield Output(waiting.pop(0), said.partition("\n")[2])
        elif each["role"] == "user":
            yield Said(said)
        else:
            for step in json.loads(said)["steps"]:
                if step["action"] == "finish":
                    yield Answered(step["note"])
                    continue
                number += 1
                waiting.append(f"p{number}")
                yield Called(f"p{number}", step["tool"], json.dumps(step["arguments"]))


def _functions(tools: list[dict[str, Any]]) -> Iterator[Function]:
    for each in tools:
        yield Function(each["function"]["name"], "", each["function"]["parameters"])


def _planned_functions(instructions: str) -> Iterator[Function]:
    for line in instructions.partition("The tools:\n")[2].splitlines():
        declared = json.loads(line)
        yield Function(declared["tool"], declared["description"], declared["arguments"])


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def answer(reply: Reply, thoughts: str = "") -> Response:
    """The reply as a stream of events, after the reasoning that led to it."""
    sealed = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": thoughts}
    output: list[dict[str, Any]] = [sealed] if thoughts else []
    for number, part in enumerate(reply.parts):
        match part:
            case TextPart(text):
                output.append(message(text) | {"id": f"m{number}"})
            case CallPart(tool, arguments):
                output.append(function_call(f"x{number}", tool, arguments) | {"id": f"f{number}"})
    return _stream(sse([event]) for event in events(response(*output)))


def _completion(reply: Reply, *, planned: bool) -> Response:
    """The reply as a stream of chunks."""
    text, calls = text_of(reply), [part for part in reply.parts if isinstance(part, CallPart)]
    if planned:
        steps: list[dict[str, Any]] = [{"action": "finish", "note": text}] if text else []
        steps += [{"action": "call_tool", "tool": each.tool, "arguments": json.loads(each.arguments)} for each in calls]
        whole = chunks.completion(json.dumps({"steps": steps}))
    else:
        entries = (chunks.tool_call(each.tool, each.arguments, f"x{at}") for at, each in enumerate(calls))
        whole = chunks.completion(text or None, *entries)
    return _stream([*(chunks.sse([chunk], b"") for chunk in chunks.chunks(whole)), b"data: [DONE]\n\n"])


def _stream(pieces: Iterable[bytes]) -> Response:
    async def each() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return StreamingResponse(each(), media_type=STREAM)
