"""Whatever object a model writes: what fits is taken as it is, all else is refused in words, and nothing breaks.

THOROUGH=1 for ten thousand objects a tool, as in CI; FUZZ_SEED for others than usual.
"""

import os
from collections.abc import Mapping
from typing import Any

import pytest

from tests.order import thorough
from tests.tools.fuzz import Maker
from tests.tools.second_reader import Unfit, fits, read
from tools import TOOLS
from tools.backends.mcp import Definition
from tools.mcp import mcp_tool
from tools.spec import BadArguments, Risk, Tool

OBJECTS = 10_000 if thorough() else 1_000
SEED = int(os.environ.get("FUZZ_SEED", "1"))

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "maxLength": 50},
        "level": {"enum": ["low", "high"], "type": "string"},
        "count": {"type": "integer", "minimum": 1, "maximum": 9},
        "share": {"type": "number"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "deep": {"type": "boolean"},
    },
    "required": ["path"],
    "additionalProperties": False,
}
THEIRS = mcp_tool("files", Definition("read", "Read a file.", SCHEMA), Risk.HIGH)


def meant(schema: Mapping[str, Any], text: str, *, strict: bool) -> Any:
    """The value of the text, by our own reading; None where it does not fit."""
    try:
        value = read(text)
    except Unfit:
        return None
    return value if fits(schema, value, strict=strict) else None


def taken(tool: Tool, text: str) -> Any:
    """What the validation makes of the text; None where it is refused in words."""
    try:
        made = tool.parse(text)
    except BadArguments as error:
        return None if 0 < len(str(error)) < 2_000 else error
    return made.model_dump(mode="json", exclude_unset=True)


@pytest.mark.sqlite
@pytest.mark.parametrize("tool", [*TOOLS, THEIRS], ids=lambda each: each.name)
def test_what_fits_is_taken_as_it_is_and_nothing_else_is(tool: Tool) -> None:
    """Given any text for arguments, then our own reading of the schema says the same as the validation."""
    maker, schema, good = Maker(tool, SEED), tool.arguments.model_json_schema(), 0
    for number in range(OBJECTS):
        text = maker.object()
        wanted, found = meant(schema, text, strict=tool.strict), taken(tool, text)
        assert found == wanted, f"object {number}: {text[:500]!r}"
        good += found is not None
    assert OBJECTS / 100 < good < OBJECTS, "chance makes neither only good objects nor only bad ones"
