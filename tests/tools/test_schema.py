"""Arguments by somebody else's schema: what fits is handed on as it was, nothing else is, and no value is told."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from tools.arguments import MAX_ARGUMENT_CHARS
from tools.schema import MAX_CHARS, MAX_DEPTH, BadSchema, arguments_by

pytestmark = pytest.mark.sqlite

SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "path": {"type": "string", "pattern": "^(a+)+$", "maxLength": 50},
        "level": {"enum": ["low", "high"]},
        "tags": {"type": "array", "items": {"$ref": "#/definitions/tag"}},
        "model_dump": {"type": "integer", "default": 3},
    },
    "definitions": {"tag": {"type": "string"}},
    "required": ["path"],
    "additionalProperties": False,
}


def made(schema: dict[str, Any] = SCHEMA) -> type[BaseModel]:
    return arguments_by("files.read", schema, "mark")


def wrong(arguments: object, schema: dict[str, Any] = SCHEMA) -> str:
    with pytest.raises(ValidationError) as caught:
        made(schema).model_validate_json(json.dumps(arguments))
    return str(caught.value.errors(include_input=False, include_context=False)[0]["msg"])


def test_what_fits_is_handed_on_as_it_was_given_and_defaults_are_the_servers() -> None:
    text = '{"path":"b","model_dump":7,"tags":["x","y"]}'
    arguments = made().model_validate_json(text)
    assert arguments.model_dump_json() == text
    assert arguments.model_extra == json.loads(text)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("place", ['{"share":%s}', '{"deep":[{"a":%s}]}'])
def test_what_is_no_number_in_json_is_refused_wherever_it_stands(place: str, number: str) -> None:
    anything = made({"type": "object", "properties": {"share": {"type": "number"}}})
    with pytest.raises(ValidationError, match="a number is none that JSON knows"):
        anything.model_validate_json(place % number)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "path is missing"),
        ({"path": 7}, 'path: it does not fit type "string"'),
        ({"path": "a", "hunter2": 1}, "one was given that does not exist"),
        ({"path": "a", "level": "hunter2"}, 'level: it does not fit enum ["low", "high"]'),
        ({"path": "a", "tags": ["x", {"hunter2": 1}]}, 'tags: it does not fit type "string"'),
        ({"path": "x" * 51}, "path: it does not fit maxLength 50"),
    ],
)
def test_what_is_wrong_is_told_by_the_schema_s_words_and_never_by_the_value(arguments: object, told: str) -> None:
    assert wrong(arguments) == told


def test_limits_hold_where_a_schema_has_none() -> None:
    anything = {"type": "object"}
    deep: Any = "x"
    for _ in range(MAX_DEPTH):
        deep = [deep]
    assert wrong({"a": "x" * (MAX_ARGUMENT_CHARS + 1)}, anything) == "a text has more than 2000 characters"
    assert wrong({"x" * (MAX_ARGUMENT_CHARS + 1): 1}, anything) == "a text has more than 2000 characters"
    assert wrong({"a": deep}, anything) == "they are nested too deeply"
    assert wrong({"a": [0] * MAX_CHARS}, anything) == "together they have more than 20000 characters"


def test_a_pattern_of_theirs_is_not_run_here() -> None:
    made().model_validate_json(json.dumps({"path": "a" * 40 + "!"}))


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "string"}, "takes no object"),
        ({"type": "object", "properties": {"a": {"type": "text"}}}, "has a schema that is none"),
        ({"type": "object", "patternProperties": {"^a": {}}}, "has patternProperties in its schema"),
        ({"type": "object", "properties": {"a": {"$ref": "https://example.com/a"}}}, "refers to another one elsewhere"),
        ({"type": "object", "properties": {"a": {"maximum": float("inf")}}}, "has a schema with numbers that are none"),
        ({"type": "object", "title": "x" * 20_001}, "has a schema of more than 20000 characters"),
    ],
)
def test_a_schema_that_cannot_be_checked_by_is_refused(schema: dict[str, Any], why: str) -> None:
    with pytest.raises(BadSchema, match=why):
        made(schema)


def test_a_schema_without_end_refuses_everything() -> None:
    assert wrong({"a": 1}, {"type": "object", "$ref": "#"}) == "they cannot be checked"
    assert wrong({"a": 1}, {"type": "object", "$ref": "#/nowhere"}) == "they cannot be checked"


def test_another_mark_is_another_tool_for_whoever_approved() -> None:
    assert arguments_by("a.b", SCHEMA, "1").model_json_schema() != arguments_by("a.b", SCHEMA, "2").model_json_schema()


@given(st.dictionaries(st.text(max_size=10), st.none() | st.booleans() | st.integers() | st.text(max_size=10)))
def test_what_has_no_schema_to_speak_of_goes_through_unchanged(arguments: dict[str, Any]) -> None:
    parsed = made({"type": "object"}).model_validate_json(json.dumps(arguments))
    assert json.loads(parsed.model_dump_json()) == arguments
