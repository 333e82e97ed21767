"""A completion of Chat Completions, whole and as the chunks of its stream, as the specification has them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from tests.fakes.events import Cut, Json, tokens

USAGE: Json = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 64},
}
_FIXED: Json = {"id": "chatcmpl-1", "created": 1_790_000_000, "model": "gpt-test"}


def tool_call(name: object = "search_kb", arguments: object = "{}", call_id: str = "call_1", **more: object) -> Json:
    """An entry of `tool_calls`."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}, **more}


def completion(
    text: str | None = None,
    *calls: Json,
    refusal: str | None = None,
    finish: str | None = None,
    usage: object = USAGE,
) -> Json:
    """A whole completion."""
    message: Json = {"role": "assistant", "content": text, "refusal": refusal}
    if calls:
        message["tool_calls"] = list(calls)
    finish = finish or ("tool_calls" if calls else "stop")
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    return {**_FIXED, "object": "chat.completion", "choices": [choice], "usage": usage}


def chunks(whole: Json, cut: Cut = tokens) -> Iterator[Json]:
    """The chunks that lead to it; its texts come in pieces as `cut` makes them."""
    (choice,) = whole["choices"]
    message = choice["message"]
    yield _chunk({"role": "assistant", "content": ""})
    for key in ("content", "refusal"):
        for piece in cut(message[key] or ""):
            yield _chunk({key: piece})
    for index, call in enumerate(message.get("tool_calls", ())):
        yield from _call(call | {"index": index}, cut)
    yield _chunk({}, choice["finish_reason"])
    if whole["usage"] is not None:
        yield {**_FIXED, "object": "chat.completion.chunk", "choices": [], "usage": whole["usage"]}


def _call(call: Json, cut: Cut) -> Iterator[Json]:
    arguments = call["function"]["arguments"]
    if not isinstance(arguments, str):
        yield _chunk({"tool_calls": [call]})
        return
    yield _chunk({"tool_calls": [call | {"function": call["function"] | {"arguments": ""}}]})
    for piece in cut(arguments):
        yield _chunk({"tool_calls": [{"index": call["index"], "function": {"arguments": piece}}]})


def _chunk(delta: Json, finish: str | None = None) -> Json:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {**_FIXED, "object": "chat.completion.chunk", "choices": [choice]}


def sse(told: Iterable[Any], end: bytes = b"data: [DONE]\n\n") -> bytes:
    """Chunks as they go over the wire."""
    return b"".join(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in told) + end
