"""The same answer of a model as each server says it that we talk with; and what our requests look like there."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from openai import AsyncOpenAI
from pydantic import SecretStr

from bot.core.exchange import Function, Prompt, PromptItem
from bot.model.chat import ChatModel
from bot.model.chat_items import request_body as chat_body
from bot.model.plan import PlanModel
from bot.model.plan_items import request_body as plan_body
from bot.model.port import Model
from bot.model.request import openai_client
from bot.model.responses import ResponsesModel
from bot.model.responses_items import request_body as responses_body
from tests.fakes import chunks, events
from tests.model.server import Sent, Server, serving

NAME = "gpt-test"
JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a model gives: its text, its calls as (tool, arguments), or that it declines."""

    text: str = ""
    calls: tuple[tuple[object, object], ...] = ()
    refusal: str = ""
    #: it was cut off
    cut: bool = False
    #: what the server sends as the number of tokens; None: nothing at all
    tokens: object = 20
    ids: Sequence[str] = ()

    def id(self, at: int) -> str:
        return self.ids[at] if at < len(self.ids) else f"call_{at}"


@dataclass(frozen=True)
class Dialect:
    """How one kind of server is talked with; `say` is a whole answer in pieces."""

    name: str
    api: Callable[[AsyncOpenAI, str], Model]
    say: Callable[[Given], Sent]
    body: Callable[[str, Prompt], dict[str, Any]]

    @asynccontextmanager
    async def model(self, *answers: Sent) -> AsyncIterator[tuple[Model, Server]]:
        """The adapter, and its server, which gives these answers."""
        async with serving(answers) as server, openai_client(SecretStr("none"), server.address) as client:
            yield self.api(client, NAME), server

    def input(self, items: Iterable[PromptItem], functions: tuple[Function, ...] = ()) -> list[dict[str, Any]]:
        """What a request shows of a conversation."""
        body = self.body(NAME, Prompt(instructions="Help.", items=tuple(items), functions=functions))
        return list(body["input"] if "input" in body else body["messages"])


def _response(given: Given) -> events.Json:
    output = [events.message(given.text)] if given.text else []
    if given.refusal:
        output.append(events.message() | {"content": [{"type": "refusal", "refusal": given.refusal}]})
    output += [
        events.function_call(given.id(at), name, arguments)  # type: ignore[arg-type]
        for at, (name, arguments) in enumerate(given.calls)
    ]
    more: dict[str, Any] = {"incomplete_details": {"reason": "max_output_tokens"}} if given.cut else {}
    usage = None if given.tokens is None else {"input_tokens": 100, "output_tokens": given.tokens}
    return events.response(*output, status="incomplete" if given.cut else "completed", usage=usage, **more)


def _completion(given: Given) -> events.Json:
    calls = [chunks.tool_call(name, arguments, given.id(at)) for at, (name, arguments) in enumerate(given.calls)]
    usage = None if given.tokens is None else {"prompt_tokens": 100, "completion_tokens": given.tokens}
    finish = "length" if given.cut else None
    return chunks.completion(given.text or None, *calls, refusal=given.refusal or None, finish=finish, usage=usage)


def _planned(given: Given) -> Given:
    """The same as a plan in the answer's text."""
    steps: list[dict[str, Any]] = [{"action": "think", "thought": "Hm."}] if given.text or given.calls else []
    steps += [{"action": "finish", "note": given.text}] if given.text else []
    steps += [{"action": "call_tool", "tool": tool, "arguments": given} for tool, given in given.calls]
    text = json.dumps({"steps": steps}) if steps else ""
    # what is cut off ends in the middle of its note
    return Given(text=text[:-4] if given.cut else text, refusal=given.refusal, cut=given.cut, tokens=given.tokens)


def _streamed(told: Iterable[Any], sse: Callable[[list[Any]], bytes], end: bytes = b"") -> Sent:
    return Sent((*(sse([each]) for each in told), end))


def _chunked(told: Iterable[Any]) -> Sent:
    return _streamed(told, lambda each: chunks.sse(each, b""), b"data: [DONE]\n\n")


def _whole(answer: events.Json) -> Sent:
    return Sent((json.dumps(answer).encode(),), kind=JSON)


def _no_index(given: Given) -> Sent:
    """A server that sends whole calls, several in one chunk, without index; and no usage but with the last word."""
    whole = _completion(given)
    calls = whole["choices"][0]["message"].pop("tool_calls", [])
    told = list(chunks.chunks(whole | {"usage": None}))
    told[-1] |= {"usage": whole["usage"]}
    if calls:
        told[-1]["choices"][0]["delta"] = {"tool_calls": calls}
    return _chunked(told)


def _prose(given: Given) -> Sent:
    """A model that talks before its plan, in a thought and beside it, and fences it."""
    said = _planned(given)
    text = f"<think>Wifi? {{}}</think>\nHere is my plan:\n```json\n{said.text}" if said.text else ""
    text += "\n```\n" if text and not given.cut else ""
    return _chunked(
        chunks.chunks(_completion(Given(text=text, refusal=said.refusal, cut=said.cut, tokens=said.tokens)))
    )


def _plan_body(model: str, prompt: Prompt) -> dict[str, Any]:
    return plan_body(model, prompt, [])


RESPONSES = Dialect(
    "responses", ResponsesModel, lambda given: _streamed(events.events(_response(given)), events.sse), responses_body
)
CHAT = Dialect("chat", ChatModel, lambda given: _chunked(chunks.chunks(_completion(given))), chat_body)
PLAN = Dialect("plan", PlanModel, lambda given: _chunked(chunks.chunks(_completion(_planned(given)))), _plan_body)

#: one for each API
APIS = (RESPONSES, CHAT, PLAN)
#: and the ways of servers that differ from the book
DIALECTS = (
    *APIS,
    Dialect("responses, not streamed", ResponsesModel, lambda given: _whole(_response(given)), responses_body),
    Dialect("chat, not streamed", ChatModel, lambda given: _whole(_completion(given)), chat_body),
    Dialect("chat, whole calls without index", ChatModel, _no_index, chat_body),
    Dialect("plan, not streamed", PlanModel, lambda given: _whole(_completion(_planned(given))), _plan_body),
    Dialect("plan, in prose", PlanModel, _prose, _plan_body),
)
