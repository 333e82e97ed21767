"""The shapes of Chat Completions, both ways: a Prompt to a request body, a completion to a Reply.

Promise: pure, and equal prompts give equal bytes, so that the provider's prompt cache can serve the common start. No
system message but the first.
"""

from collections.abc import Iterator
from typing import Any

from bot.core.exchange import (
    CallPart,
    Function,
    OpaquePart,
    Output,
    Picture,
    Prompt,
    Reply,
    Said,
    TextPart,
)
from bot.model import values
from bot.model.chat_answer import Completion
from bot.model.lighter import Taste
from bot.model.spoken import Spoken, grouped
from tools.wire import wire_name

Message = dict[str, Any]

#: fields that some servers refuse, and what their refusals call them
FIELDS = {
    "stream_options": "stream_options|include_usage",
    "safety_identifier": "safety_identifier",
    "prompt_cache_key": "prompt_cache_key",
    "max_completion_tokens": "max_completion_tokens",
}
OPTIONS = {**FIELDS, "parallel_tool_calls": "parallel_tool_calls", "strict": "strict"}
#: Google wants each call signed: as it signed it itself, or with words of its documentation that stand for a call of
#: somebody else (ai.google.dev, thought signatures)
ADDITIONS = {"signatures": r"thought[_ ]signature"}
_UNSIGNED = {"google": {"thought_signature": "skip_thought_signature_validator"}}

#: the kind of our own item that keeps what a server sent beside a call and wants back with it
_BESIDE = "chat.call"


def request_body(model: str, prompt: Prompt, taste: Taste = frozenset()) -> dict[str, Any]:
    """The body of POST /v1/chat/completions."""
    body: dict[str, Any] = common_body(model, prompt, list(_messages(model, prompt, taste)), taste)
    if prompt.functions:
        body["tools"] = [_function(each, taste) for each in prompt.functions]
        body["tool_choice"] = "auto" if prompt.may_call else "none"
        if "parallel_tool_calls" not in taste:
            body["parallel_tool_calls"] = True
    return body


def common_body(model: str, prompt: Prompt, messages: list[Message], taste: Taste) -> dict[str, Any]:
    """What every request of this API holds, whatever the model may do."""
    options = {
        "stream_options": {"include_usage": True},
        "safety_identifier": prompt.safety_identifier[: values.MAX_NAME],
        "prompt_cache_key": prompt.cache_key[: values.MAX_NAME],
        "max_completion_tokens": prompt.max_tokens,
    }
    sent = {name: value for name, value in options.items() if value and name not in taste}
    return {"model": model, "messages": messages, "stream": True, **sent}


def reply_of(model: str, completion: Completion) -> Reply:
    """The Reply in a completion."""
    text = completion.text + completion.refusal
    parts: list[TextPart | OpaquePart | CallPart] = [TextPart(text)] if text else []
    for call in completion.calls:
        if call.beside:
            parts.append(OpaquePart({"type": _BESIDE, "extra_content": call.beside}))
        parts.append(CallPart(call.name, call.arguments))
    return Reply(model=model, parts=tuple(parts), status=completion.status, usage=completion.usage)


def picture_content(picture: Picture) -> str | list[dict[str, Any]]:
    """The content of a message that shows it."""
    if picture.body is None:
        return values.caption(picture)
    shown = {"url": values.data_url(picture), "detail": "auto"}
    return [{"type": "text", "text": values.caption(picture)}, {"type": "image_url", "image_url": shown}]


def _messages(model: str, prompt: Prompt, taste: Taste) -> Iterator[Message]:
    if prompt.instructions:
        yield {"role": "system", "content": prompt.instructions}
    for item in grouped(model, prompt.items):
        match item:
            case Said(text):
                yield {"role": "user", "content": text}
            case Picture():
                yield {"role": "user", "content": picture_content(item)}
            case Output(call_id, text):
                yield {"role": "tool", "tool_call_id": call_id, "content": text}
            case Spoken():
                yield _spoken(item, taste)


def _spoken(spoken: Spoken, taste: Taste) -> Message:
    message: Message = {"role": "assistant", "content": spoken.text or None}
    if spoken.calls:
        message["tool_calls"] = list(_calls(spoken, taste))
    return message


def _calls(spoken: Spoken, taste: Taste) -> Iterator[dict[str, Any]]:
    for call in spoken.calls:
        # servers that render arguments into a template parse them first, so nothing becomes an empty object
        function = {"name": wire_name(call.tool), "arguments": call.arguments or "{}"}
        own = spoken.opaque.get(call.call_id, {})
        beside = own.get("extra_content") if own.get("type") == _BESIDE else None
        beside = beside or (_UNSIGNED if "signatures" in taste else None)
        more = {"extra_content": beside} if beside else {}
        yield {"id": call.call_id, "type": "function", "function": function, **more}


def _function(function: Function, taste: Taste) -> dict[str, Any]:
    declared = {
        "name": function.name,
        "description": function.description,
        "parameters": dict(function.parameters),
        **({} if "strict" in taste else {"strict": function.strict}),
    }
    return {"type": "function", "function": declared}
