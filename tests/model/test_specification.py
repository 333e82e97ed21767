"""What the adapter sends fits OpenAI's own specification, read in place; skipped where it is not at hand."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from bot.core.exchange import Prompt, Said
from bot.model.responses_items import request_body
from tests.model.provider import PROMPT

NAME = "urn:openai"
#: the variable names a copy elsewhere; this is where it lies beside the repository
ENVIRONMENT = "OPENAI_SPECIFICATION"
BESIDE = Path(__file__).parents[2].parent / "shared" / "specs" / "openai-openapi.json"


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    path = Path(os.environ.get(ENVIRONMENT) or BESIDE)
    if not path.is_file():
        pytest.skip(f"OpenAI's specification is not here; {ENVIRONMENT} may name a copy (openapi in JSON)")
    whole: dict[str, Any] = json.loads(path.read_text())
    registry: Registry[Any] = Registry().with_resource(NAME, Resource.from_contents(whole, DRAFT202012))
    return Draft202012Validator({"$ref": f"{NAME}#/components/schemas/CreateResponse"}, registry=registry)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(request_body("gpt-5.1", PROMPT), id="everything"),
        pytest.param(request_body("gpt-5.1", PROMPT, with_opaque=False), id="without reasoning"),
        pytest.param(request_body("gpt-5.1", Prompt(instructions="", items=(Said(""),), functions=())), id="least"),
        pytest.param(
            request_body("x", Prompt(instructions="", items=(), functions=PROMPT.functions, may_call=False)),
            id="answer due",
        ),
    ],
)
def test_request_fits(schema: Draft202012Validator, body: dict[str, Any]) -> None:
    assert [error.message for error in schema.iter_errors(body)] == []


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
