"""What the adapter sends, and what our stand-in for OpenAI answers, fit OpenAI's own specification.

It is read in place; skipped where it is not at hand.
"""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from bot.core.exchange import Answered, Picture, Prompt, Said
from bot.model.chat_items import ADDITIONS, OPTIONS
from bot.model.chat_items import request_body as chat_body
from bot.model.plan_items import complaint
from bot.model.plan_items import request_body as plan_body
from bot.model.responses_items import request_body
from tests.fakes import chunks, events
from tests.model.provider import PROMPT, function_call, message, reasoning

NAME = "urn:openai"
#: the variable names a folder elsewhere; this is where it lies beside the repository
ENVIRONMENT = "HELPDESK_SPECS_DIR"
BESIDE = Path(__file__).parents[2].parent / "shared" / "specs"
FILE = "openai-openapi.json"

PICTURE = Picture("screen.png", "image/png", "5f", b"\x89PNG")


Schema = Callable[[str], Draft202012Validator]


@pytest.fixture(scope="module")
def schema_of() -> Schema:
    """Each schema of the specification by its name."""
    path = Path(os.environ.get(ENVIRONMENT) or BESIDE, FILE)
    if not path.is_file():
        pytest.skip(f"OpenAI's specification is not here; {ENVIRONMENT} may name a folder with {FILE}")
    whole: dict[str, Any] = json.loads(path.read_text())
    registry: Registry[Any] = Registry().with_resource(NAME, Resource.from_contents(whole, DRAFT202012))
    return lambda name: Draft202012Validator({"$ref": f"{NAME}#/components/schemas/{name}"}, registry=registry)


@pytest.fixture(scope="module")
def chat_schema(schema_of: Schema) -> Draft202012Validator:
    return schema_of("CreateChatCompletionRequest")


@pytest.fixture(scope="module")
def schema(schema_of: Schema) -> Draft202012Validator:
    return schema_of("CreateResponse")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(request_body("gpt-5.1", PROMPT), id="everything"),
        pytest.param(request_body("gpt-5.1", Prompt(instructions="", items=(Said(""),), functions=())), id="least"),
        pytest.param(request_body("gpt-5.1", replace(PROMPT, max_tokens=4_000)), id="bounded"),
        pytest.param(
            request_body("x", Prompt(instructions="", items=(), functions=PROMPT.functions, may_call=False)),
            id="answer due",
        ),
    ],
)
def test_request_fits(schema: Draft202012Validator, body: dict[str, Any]) -> None:
    assert [error.message for error in schema.iter_errors(body)] == []


@pytest.mark.parametrize("picture", [PICTURE, replace(PICTURE, body=None)])
def test_a_picture_fits(schema_of: Schema, picture: Picture) -> None:
    """By itself: as an item of a request the specification takes a message with parts as either of two of its kinds."""
    (message,) = request_body("gpt-5.1", Prompt(instructions="", items=(picture,), functions=()))["input"]
    assert [error.message for error in schema_of("InputMessage").iter_errors(message)] == []
    assert list(schema_of("InputMessage").iter_errors(message | {"content": [{"type": "input_image"}]}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"store": "no"},
        {"tool_choice": "maybe"},
        {"input": [{"type": "function_call"}]},
        {"safety_identifier": "x" * 65},
        {"tools": [{"type": "function", "name": "x"}]},
    ],
)
def test_the_check_itself_finds_what_is_wrong(schema: Draft202012Validator, wrong: dict[str, Any]) -> None:
    assert list(schema.iter_errors(request_body("gpt-5.1", PROMPT) | wrong))


THOUGHT = reasoning() | {"summary": [{"type": "summary_text", "text": "Hm, the wifi."}]}
REFUSED = message() | {"content": [{"type": "refusal", "refusal": "I can't help with that."}]}
#: the event of each type by the name of its schema
EVENTS = {
    "response.created": "ResponseCreatedEvent",
    "response.in_progress": "ResponseInProgressEvent",
    "response.output_item.added": "ResponseOutputItemAddedEvent",
    "response.content_part.added": "ResponseContentPartAddedEvent",
    "response.output_text.delta": "ResponseTextDeltaEvent",
    "response.output_text.done": "ResponseTextDoneEvent",
    "response.refusal.delta": "ResponseRefusalDeltaEvent",
    "response.refusal.done": "ResponseRefusalDoneEvent",
    "response.content_part.done": "ResponseContentPartDoneEvent",
    "response.function_call_arguments.delta": "ResponseFunctionCallArgumentsDeltaEvent",
    "response.function_call_arguments.done": "ResponseFunctionCallArgumentsDoneEvent",
    "response.reasoning_summary_text.delta": "ResponseReasoningSummaryTextDeltaEvent",
    "response.output_item.done": "ResponseOutputItemDoneEvent",
    "response.completed": "ResponseCompletedEvent",
    "response.incomplete": "ResponseIncompleteEvent",
    "response.failed": "ResponseFailedEvent",
}


def answers() -> list[events.Json]:
    """Every event our stand-in sends."""
    failure = {"code": "server_error", "message": "Oops."}
    said = events.response(THOUGHT, message("Let me look."), function_call(), message("Done."))
    cut = events.response(message("Let"), status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    failed = events.response(message("Let"), status="failed", error=failure)
    return [event for whole in (said, cut, failed, events.response(REFUSED)) for event in events.events(whole)]


def test_the_events_of_our_stand_in_fit(schema_of: Schema) -> None:
    told = answers()
    assert {event["type"] for event in told} == set(EVENTS)
    wrong = [
        (event["type"], error.json_path, error.message)
        for event in told
        for error in schema_of(EVENTS[event["type"]]).iter_errors(event)
    ]
    assert wrong == []


LEAST = Prompt(instructions="", items=(Said(""),), functions=())
EVERYTHING = replace(PROMPT, items=(*PROMPT.items, PICTURE, Answered("Hm."), replace(PICTURE, body=None)))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(chat_body("gpt-5.1", EVERYTHING), id="everything"),
        pytest.param(chat_body("gpt-5.1", EVERYTHING, frozenset(OPTIONS)), id="without what may be left out"),
        pytest.param(chat_body("x", replace(EVERYTHING, may_call=False)), id="answer due"),
        pytest.param(chat_body("x", LEAST), id="least"),
        pytest.param(chat_body("x", replace(LEAST, max_tokens=4_000)), id="bounded"),
        pytest.param(plan_body("gpt-5.1", EVERYTHING, complaint("?", "!")), id="plan"),
        pytest.param(plan_body("x", LEAST, [], frozenset(OPTIONS)), id="least plan"),
        pytest.param(chat_body("x", EVERYTHING, frozenset(ADDITIONS)), id="with what only others want"),
    ],
)
def test_a_request_of_chat_completions_fits(chat_schema: Draft202012Validator, body: dict[str, Any]) -> None:
    assert [error.message for error in chat_schema.iter_errors(body)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"stream": "no"},
        {"tool_choice": "maybe"},
        {"messages": []},
        {"messages": [{"role": "tool", "content": "no id"}]},
        {"messages": [{"role": "assistant", "tool_calls": [{"id": "c1"}]}]},
        {"tools": [{"type": "function", "function": {}}]},
        {"response_format": {"type": "json_schema"}},
    ],
)
def test_the_check_of_chat_completions_finds_what_is_wrong(
    chat_schema: Draft202012Validator, wrong: dict[str, Any]
) -> None:
    assert list(chat_schema.iter_errors(chat_body("gpt-5.1", PROMPT) | wrong))


def test_the_completions_and_chunks_of_our_stand_in_fit(schema_of: Schema) -> None:
    said = (chunks.completion("Let me look.", chunks.tool_call()), chunks.completion(refusal="No.", finish="stop"))
    kinds = {
        "chat.completion": "CreateChatCompletionResponse",
        "chat.completion.chunk": "CreateChatCompletionStreamResponse",
    }
    for told in (each for whole in said for each in (whole, *chunks.chunks(whole))):
        wrong = schema_of(kinds[told["object"]]).iter_errors(told)
        # in the way of OpenAPI 3.0, which JSON Schema does not know
        assert [error.message for error in wrong if error.instance is not None or not error.schema["nullable"]] == []
