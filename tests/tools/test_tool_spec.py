"""A tool's declaration, its schema and what it lets through."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from tools import TOOLS
from tools.arguments import MAX_ARGUMENT_CHARS
from tools.backends.access import Access
from tools.backends.accounts import Locks, Passwords
from tools.backends.devices import Devices
from tools.backends.directory import Directory
from tools.backends.knowledge import Knowledge
from tools.backends.memories import Memories
from tools.backends.tickets import Tickets
from tools.backends.web import WebSearch
from tools.spec import BadArguments, Context, Risk, Tool, Undo, menu, tool

NAMED = {each.name: each for each in TOOLS}
SECRET = "hunter2-hunter2"


@tool(risk=Risk.LOW, read_only=True)
async def echo(text: str, size: float = 1.0, long: Annotated[str, Field(max_length=5_000)] = "") -> str:
    """Say it again."""
    return f"{text} {size} {long}"


def objects(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every object schema inside a schema."""
    if isinstance(schema, Mapping):
        if schema.get("type") == "object":
            yield schema
        for inner in schema.values():
            yield from objects(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from objects(inner)


def test_the_menu_is_the_one_that_users_rely_on() -> None:
    risks = {name: (each.risk, each.read_only, each.sealed) for name, each in NAMED.items()}
    assert risks == {
        "search_kb": (Risk.LOW, True, False),
        "web_search": (Risk.LOW, True, False),
        "lookup_user": (Risk.LOW, True, False),
        "calculator": (Risk.LOW, True, False),
        "remember": (Risk.LOW, False, False),
        "recall": (Risk.LOW, True, False),
        "forget": (Risk.LOW, False, False),
        "read_more": (Risk.LOW, True, False),
        "request_status": (Risk.LOW, True, False),
        "withdraw_request": (Risk.LOW, False, False),
        "create_ticket": (Risk.LOW, False, False),
        "get_ticket": (Risk.LOW, True, False),
        "list_my_tickets": (Risk.LOW, True, False),
        "update_ticket": (Risk.LOW, False, False),
        "share_ticket": (Risk.MEDIUM, False, False),
        "escalate_to_human": (Risk.LOW, False, False),
        "unlock_account": (Risk.MEDIUM, False, False),
        "reset_password": (Risk.HIGH, False, True),
        "find_device": (Risk.LOW, True, False),
        "list_my_access": (Risk.LOW, True, False),
        "grant_access": (Risk.HIGH, False, False),
        "revoke_access": (Risk.MEDIUM, False, False),
        "wipe_device": (Risk.CRITICAL, False, False),
    }


def test_what_can_repeat_what_people_wrote_is_not_trusted() -> None:
    """Names, the web and the sentences on requests can; tickets and articles are marked in the result itself."""
    assert {name for name, each in NAMED.items() if not each.trusted} == {
        "lookup_user",
        "web_search",
        "request_status",
        "withdraw_request",
    }


def test_a_grant_is_taken_back_by_the_clock_and_can_be_narrowed_in_time_alone() -> None:
    grant, revoke = NAMED["grant_access"], NAMED["revoke_access"]
    assert grant.undone_by == Undo("revoke_access", ("user_id", "group"))
    assert set(grant.undone_by.arguments) == set(revoke.arguments.model_fields)
    assert (grant.ends_after, grant.narrow) == ("duration_hours", ("duration_hours",))
    assert (grant.subject, grant.resource, grant.resolved_by) == ("user_id", "group", Access)
    assert (revoke.subject, revoke.resource, revoke.resolved_by) == ("user_id", "group", Access)
    assert revoke.undone_by is None


def test_a_wipe_is_resolved_and_irreversible() -> None:
    wipe = NAMED["wipe_device"]
    assert (wipe.resource, wipe.resolved_by, wipe.undo) == ("device_id", Devices, None)


@pytest.mark.parametrize("made", TOOLS, ids=lambda each: each.name)
def test_every_mutating_tool_may_be_retried_under_its_key(made: Tool) -> None:
    assert made.idempotent


def test_a_second_tool_of_one_name_is_refused() -> None:
    with pytest.raises(ValueError, match="two tools are named search_kb"):
        menu((*TOOLS, NAMED["search_kb"]), [])


def test_a_tool_without_its_backend_is_not_offered() -> None:
    assert {"calculator", "read_more", "request_status", "withdraw_request"} <= set(menu(TOOLS, []))
    assert not {"search_kb", "lookup_user", "get_ticket", "reset_password"} & set(menu(TOOLS, []))
    assert "reset_password" not in menu(TOOLS, [Locks, Passwords, Knowledge, Tickets])
    assert "unlock_account" not in menu(TOOLS, [Directory, Passwords])
    assert not {"grant_access", "revoke_access"} & set(menu(TOOLS, [Access, Devices]))
    assert set(
        menu(TOOLS, [Access, Locks, Passwords, Devices, Directory, Knowledge, Memories, Tickets, WebSearch])
    ) == set(NAMED)


@pytest.mark.parametrize("made", TOOLS, ids=lambda each: each.name)
def test_schemas_are_strict_all_the_way_down(made: Tool) -> None:
    jsonschema.Draft202012Validator.check_schema(dict(made.schema))
    found = list(objects(made.schema))
    assert found
    for each in found:
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])
    assert made.description


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"text": 5}, "text: Input should be a valid string"),
        ({}, "text: Field required"),
        ({"text": "x", SECRET: 1}, "arguments: one was given that does not exist"),
        ({"text": "x", "size": SECRET}, "size: Input should be a valid number"),
        ({"text": SECRET * 200}, f"text: String should have at most {MAX_ARGUMENT_CHARS} characters"),
        ({"text": "x", "size": math.nan}, "size: Input should be a finite number"),
        ([SECRET], "arguments: Input should be an object"),
    ],
)
def test_bad_arguments_name_the_field_and_never_the_value(arguments: object, complaint: str) -> None:
    with pytest.raises(BadArguments) as raised:
        echo.parse(json.dumps(arguments))
    assert complaint in str(raised.value)
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None


def test_what_is_no_json_is_bad_arguments() -> None:
    for text in ("", "{", "null", '{"text": "\\ud800"}', "[" * 10_000, '{"text": "x"} {}'):
        with pytest.raises(BadArguments):
            echo.parse(text)


async def test_a_field_may_declare_a_larger_limit_and_a_default() -> None:
    arguments = echo.parse(json.dumps({"text": "a", "long": "x" * 5_000}))
    assert await echo.call(arguments, {}) == f"a 1.0 {'x' * 5_000}"


def test_backends_and_context_are_no_arguments_of_the_model() -> None:
    assert set(NAMED["reset_password"].arguments.model_fields) == {"user_id"}
    assert NAMED["reset_password"].needs == {"directory": Directory, "passwords": Passwords, "context": Context}


NAMES = sorted({name for each in TOOLS for name in each.arguments.model_fields})
PLAUSIBLE = ["U-123", "T-1001", "L-1001", "low", 8]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(PLAUSIBLE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(TOOLS), st.data())
def test_whatever_passes_fits_the_schema(made: Tool, data: st.DataObject) -> None:
    """Given any object, then it is refused as BadArguments or the schema shown to models allows it."""
    own = st.fixed_dictionaries({}, optional=dict.fromkeys(made.arguments.model_fields, VALUES))
    arguments = data.draw(own | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), VALUES, max_size=5))
    try:
        made.parse(json.dumps(arguments))
    except BadArguments:
        return
    missing = {name: None for name in made.arguments.model_fields if name not in arguments}
    jsonschema.validate(arguments | missing, dict(made.schema))
