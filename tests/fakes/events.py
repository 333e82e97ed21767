"""An answer of OpenAI's Responses API, whole and as the events of its stream, as the specification has them."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Json = dict[str, Any]
Cut = Callable[[str], Iterable[str]]

#: the content type of a stream
STREAM = "text/event-stream"


def response(*output: object, status: str = "completed", **more: object) -> Json:
    """A response with these output items."""
    usage = {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 0},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 120,
    }
    fixed: Json = dict.fromkeys(("error", "incomplete_details", "instructions"))
    fixed |= {"id": "resp_1", "object": "response", "created_at": 1_790_000_000, "model": "gpt-test", "metadata": {}}
    fixed |= {"tools": [], "tool_choice": "auto", "parallel_tool_calls": True, "temperature": 1.0, "top_p": 1.0}
    return fixed | {"status": status, "output": list(output), "usage": usage} | more


def message(*texts: str) -> Json:
    """An output item that says something; each text is a content of its own."""
    contents = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []} for text in texts]
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": contents}


def function_call(call_id: str = "call_1", name: str = "search_kb", arguments: object = "{}") -> Json:
    """An output item that calls a function."""
    return {"type": "function_call", "id": "fc_1", "call_id": call_id, "name": name, "arguments": arguments}


def tokens(text: str) -> list[str]:
    """Cut in pieces of about a token."""
    return re.findall(r"(?s).{1,4}", text)


def events(whole: Json, cut: Cut = tokens) -> Iterator[Json]:
    """The events that lead to the response; its texts come in pieces as `cut` makes them."""
    for number, event in enumerate(_events(whole, cut)):
        yield {**event, "sequence_number": number}


def sse(told: Iterable[Mapping[str, Any]]) -> bytes:
    """Events as they go over the wire."""
    return b"".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in told)


def streamed(whole: Json) -> bytes:
    """A whole answer as a stream."""
    return sse(events(whole))


def _events(whole: Json, cut: Cut) -> Iterator[Json]:
    begun = {key: value for key, value in whole.items() if key != "usage"} | {"status": "in_progress", "output": []}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for number, item in enumerate(whole["output"]):
        place = {"item_id": item.get("id", f"i{number}"), "output_index": number}
        yield {
            "type": "response.output_item.added",
            "output_index": number,
            "item": item | _EMPTY.get(item.get("type"), {}),
        }
        yield from _inside(item, place, cut)
        yield {"type": "response.output_item.done", "output_index": number, "item": item}
    yield {"type": f"response.{whole['status']}", "response": whole}


#: what an item has not yet when it is begun
_EMPTY: dict[str | None, Json] = {
    "message": {"content": [], "status": "in_progress"},
    "function_call": {"arguments": "", "status": "in_progress"},
}


def _inside(item: Json, place: Json, cut: Cut) -> Iterator[Json]:
    match item:
        case {"type": "message", "content": contents}:
            for index, content in enumerate(contents):
                yield from _content(content, place | {"content_index": index}, cut)
        case {"type": "function_call", "arguments": str(arguments)}:
            for piece in cut(arguments):
                yield {"type": "response.function_call_arguments.delta", **place, "delta": piece}
            done = {"name": item["name"], "arguments": arguments}
            yield {"type": "response.function_call_arguments.done", **place, **done}
        case {"type": "reasoning", "summary": summaries}:
            for index, summary in enumerate(summaries):
                for piece in cut(summary["text"]):
                    at = place | {"summary_index": index}
                    yield {"type": "response.reasoning_summary_text.delta", **at, "delta": piece}


def _content(content: Json, place: Json, cut: Cut) -> Iterator[Json]:
    kind, key = content["type"], "refusal" if content["type"] == "refusal" else "text"
    more: Json = {"logprobs": []} if key == "text" else {}
    yield {"type": "response.content_part.added", **place, "part": content | {key: ""}}
    for piece in cut(content[key]):
        yield {"type": f"response.{kind}.delta", **place, "delta": piece, **more}
    yield {"type": f"response.{kind}.done", **place, key: content[key], **more}
    yield {"type": "response.content_part.done", **place, "part": content}
