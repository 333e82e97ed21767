"""A server that speaks OpenAI's Responses API and thinks with the offline demo model."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.core.exchange import Answered, Called, CallPart, Function, Output, Prompt, PromptItem, Reply, Said, TextPart
from bot.model.demo import DemoModel
from tests.fakes.events import STREAM, events, function_call, message, response, sse


class OpenAI:
    """Serves `/v1/responses`; `down` makes it answer 503, `bodies` are the requests it got."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.down = False
        self._model = DemoModel()

    def routes(self) -> list[Route]:
        return [Route("/v1/responses", self._respond, methods=["POST"])]

    async def _respond(self, request: Request) -> Response:
        body = await request.json()
        self.bodies.append(body)
        if self.down:
            return JSONResponse({"error": {"message": "overloaded"}}, 503)
        functions = tuple(Function(each["name"], "", each["parameters"]) for each in body["tools"])
        prompt = Prompt(instructions=body["instructions"], items=tuple(_items(body["input"])), functions=functions)
        return answer(await self._model.reply(prompt))


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


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def answer(reply: Reply) -> Response:
    """The reply as a stream of events."""
    output: list[dict[str, Any]] = []
    for number, part in enumerate(reply.parts):
        match part:
            case TextPart(text):
                output.append(message(text) | {"id": f"m{number}"})
            case CallPart(tool, arguments):
                output.append(function_call(f"x{number}", tool, arguments) | {"id": f"f{number}"})
    return StreamingResponse((sse([event]) for event in events(response(*output))), media_type=STREAM)
