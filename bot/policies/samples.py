"""Made-up calls on which conditions are tried: the largest arguments a tool takes and the smallest, much known and
nothing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.core.rules import OBJECTS, VALUES
from tools.arguments import MAX_ARGUMENT_CHARS
from tools.spec import Tool

#: groups of one person that a condition looks at; of somebody in more it fails, and so counts as its strictest
MAX_GROUPS = 1_000

#: characters of a long name
NAME = 200

#: characters of all arguments of a sample
MAX_CHARS = 200_000

#: items of a list that declares no limit
MAX_ITEMS = 100

_LARGE, _DEEP = 1_000_000, 6

Seen = Mapping[str, Any]


def samples(tools: Iterable[Tool]) -> Iterator[tuple[str, Seen]]:
    """What a sample is, in words, and what rules would see of it; four of each tool."""
    for each in tools:
        schema = each.arguments.model_json_schema()
        for size, large in (("largest", True), ("smallest", False)):
            arguments = _sample(schema, schema.get("$defs", {}), large, _DEEP)
            for truth in (True, False):
                yield f"the {size} arguments of {each.name}", _seen(arguments, large, truth)


def anybody() -> Iterator[tuple[str, Seen]]:
    """The same for a condition that looks at no arguments."""
    for large in (True, False):
        for truth in (True, False):
            yield "a sample call", _seen({}, large, truth)


def _seen(arguments: Any, large: bool, truth: bool) -> Seen:
    text = "n" * NAME if large else ""
    groups = [f"{number:064d}" for number in range(MAX_GROUPS)] if large else []
    kinds = {
        "groups": groups, "privileged": truth, "known": truth, "private": truth,
        "hour": 23 * truth, "minute": 59 * truth, "weekday": 1 + 6 * truth, "date": "2026-01-01",
        "tool_hour": 99 * truth, "tool_day": 99 * truth, "subject_day": 99 * truth,
    }  # fmt: skip
    objects = {name: {field: kinds.get(field, text) for field in fields} for name, fields in OBJECTS.items()}
    return {"args": arguments, **objects, **dict.fromkeys(VALUES, truth)}


def _sample(schema: Any, defs: Mapping[str, Any], large: bool, depth: int) -> Any:
    # a schema of an MCP server may hold what none of ours does, such as true
    if depth == 0 or not isinstance(schema, Mapping):
        return None
    if "$ref" in schema:
        return _sample(defs.get(str(schema["$ref"]).rpartition("/")[2]), defs, large, depth - 1)
    choices = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    if "anyOf" in schema:
        choices = [_sample(each, defs, large, depth - 1) for each in schema["anyOf"]]
    if choices:
        return (max if large else min)(choices, key=_size)
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: _sample(each, defs, large, depth - 1) for name, each in fields.items()}
        case "array":
            item = _sample(schema.get("items", {}), defs, large, depth - 1)
            return [item] * _items(schema, large, _size(item))
    return _scalar(schema, large)


def _items(schema: Mapping[str, Any], large: bool, size: int) -> int:
    fewest = int(schema.get("minItems", 0))
    most = int(schema.get("maxItems", max(fewest, MAX_ITEMS)))
    return min(most if large else fewest, max(1, MAX_CHARS // max(1, size)))


def _scalar(schema: Mapping[str, Any], large: bool) -> Any:
    match schema.get("type"):
        case "string":
            length = schema.get("maxLength", MAX_ARGUMENT_CHARS) if large else schema.get("minLength", 0)
            return "x" * min(int(length), MAX_CHARS)
        case "integer":
            return int(schema.get("maximum", _LARGE) if large else schema.get("minimum", 0))
        case "number":
            return float(schema.get("maximum", _LARGE) if large else schema.get("minimum", 0))
        case "boolean":
            return large
    return None


def _size(value: Any) -> int:
    return 0 if value is None else len(json.dumps(value))
