"""The Responses API's shapes, both ways: a Prompt to a request body, a response body to a Reply.

Promise: pure, and equal prompts give equal bytes, so that the provider's prompt cache can serve the common start.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.core.exchange import (
    Answered,
    Called,
    CallPart,
    Function,
    Opaque,
    OpaquePart,
    Output,
    Picture,
    Prompt,
    PromptItem,
    Reply,
    Said,
    TextPart,
    Usage,
)
from bot.model import values
from tools.wire import wire_name

Part = TextPart | OpaquePart | CallPart

#: the provider's own items that are sent back; another adapter keeps other ones for the same model
_REASONING = "reasoning"


def request_body(model: str, prompt: Prompt) -> dict[str, Any]:
    """The body of POST /v1/responses."""
    body: dict[str, Any] = {
        "model": model,
        "instructions": prompt.instructions,
        "input": [_input(item) for item in _sendable(model, prompt.items)],
        "store": False,
        "stream": True,
    }
    if prompt.functions:
        body["tools"] = [_function(each) for each in prompt.functions]
        body["tool_choice"] = "auto" if prompt.may_call else "none"
        body["parallel_tool_calls"] = True
    if prompt.max_tokens is not None:
        body["max_output_tokens"] = prompt.max_tokens
    if prompt.safety_identifier:
        body["safety_identifier"] = prompt.safety_identifier[: values.MAX_NAME]
    if prompt.cache_key:
        body["prompt_cache_key"] = prompt.cache_key[: values.MAX_NAME]
    return body


def reply_of(model: str, response: Mapping[str, Any]) -> Reply:
    """The Reply in a response body; output items of a kind we do not know are left out."""
    output = values.mappings(response.get("output"))
    incomplete = response.get("status") == "incomplete"
    return Reply(
        model=model,
        parts=tuple(part for item in output for part in _parts(item)),
        status="refused" if any(map(_is_refusal, output)) else "incomplete" if incomplete else "complete",
        usage=usage_of(response),
    )


def _sendable(model: str, items: tuple[PromptItem, ...]) -> Iterator[PromptItem]:
    """Reasoning goes only to the model that made it, and only where what it led to follows (else: 400)."""
    kept = [item for item in items if not isinstance(item, Opaque) or _is_reasoning_of(model, item)]
    for item, following in zip(kept, [*kept[1:], None], strict=False):
        if not isinstance(item, Opaque) or isinstance(following, Opaque | Answered | Called):
            yield item


def _is_reasoning_of(model: str, item: Opaque) -> bool:
    return item.model == model and item.item.get("type") == _REASONING


def _input(item: PromptItem) -> dict[str, Any]:
    match item:
        case Said(text):
            return {"type": "message", "role": "user", "content": text}
        case Picture():
            return {"type": "message", "role": "user", "content": list(_picture(item))}
        case Answered(text):
            return {"type": "message", "role": "assistant", "content": text}
        case Opaque(_, raw):
            return dict(raw)
        case Called(call_id, tool, arguments):
            # servers that render arguments into a template parse them first, so nothing becomes an empty object
            return {
                "type": "function_call",
                "call_id": call_id,
                "name": wire_name(tool),
                "arguments": arguments or "{}",
            }
        case Output(call_id, text):
            return {"type": "function_call_output", "call_id": call_id, "output": text}


def _picture(picture: Picture) -> Iterator[dict[str, Any]]:
    """Its name, and itself where its bytes are there."""
    yield {"type": "input_text", "text": values.caption(picture)}
    if picture.body is not None:
        yield {"type": "input_image", "image_url": values.data_url(picture), "detail": "auto"}


def _function(function: Function) -> dict[str, Any]:
    return {
        "type": "function",
        "name": function.name,
        "description": function.description,
        "parameters": dict(function.parameters),
        "strict": function.strict,
    }


def _parts(item: Mapping[str, Any]) -> Iterator[Part]:
    match item.get("type"):
        case "message":
            if text := "".join(_texts(item)):
                yield TextPart(text)
        case "reasoning" if item.get("encrypted_content"):
            # without it the server would have to remember the item, which store=False forbids
            yield OpaquePart(item)
        case "function_call":
            yield CallPart(values.text(item.get("name")), values.arguments(item.get("arguments")))


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    for content in _contents(message):
        yield values.text(content.get("text") if content.get("type") == "output_text" else content.get("refusal"))


def _is_refusal(item: Mapping[str, Any]) -> bool:
    return item.get("type") == "message" and any(content.get("type") == "refusal" for content in _contents(item))


def _contents(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return values.mappings(item.get("content"))


def usage_of(response: Mapping[str, Any]) -> Usage:
    """The tokens of a response, also of one that failed."""
    return values.usage(response.get("usage"), "input_tokens", "output_tokens")
