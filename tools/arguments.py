"""The arguments of our tools: a model made of a function's parameters, and the JSON Schema that models are shown.

Promise: nothing fits that the schema does not say exactly, and what is wrong names fields, never values.
"""

import inspect
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

#: characters in any argument whose field declares no limit of its own
MAX_ARGUMENT_CHARS = 2_000

#: JSON Schema words that strict function calling takes (OpenAI, structured outputs guide);
#: limits stay with our own validation
_KEPT = {"type", "description", "enum", "const", "properties", "items", "anyOf", "$ref", "$defs"}


def arguments_model(name: str, parameters: list[inspect.Parameter]) -> type[BaseModel]:
    """What is given for these parameters, all of it."""
    fields: dict[str, Any] = {p.name: (p.annotation, ... if p.default is p.empty else p.default) for p in parameters}
    rules = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, str_max_length=MAX_ARGUMENT_CHARS)
    return create_model(name, __config__=rules, **fields)


def strict_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema as strict function calling takes it. Raises TypeError where it has no way to say something."""
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            kept[key] = {name: strict_schema(inner) for name, inner in value.items()}
        elif key == "items":
            kept[key] = strict_schema(value)
        elif key == "anyOf":
            kept[key] = [strict_schema(inner) for inner in value]
        elif key in _KEPT:
            kept[key] = value
    if not kept.keys() & {"type", "anyOf", "$ref", "enum", "const"}:
        raise TypeError(f"strict function calling has no way to say {sorted(schema)}")
    if kept.get("type") == "object":
        if schema.get("additionalProperties", True) is not False:
            raise TypeError("an object among the arguments must forbid extra fields")
        kept.setdefault("properties", {})
        kept["required"] = list(kept["properties"])
        kept["additionalProperties"] = False
    return kept


def explain(error: ValidationError) -> str:
    """What is wrong, for the model."""
    wrong = error.errors(include_input=False, include_context=False, include_url=False)
    return "; ".join(_complaint(each["type"], each["loc"], each["msg"]) for each in wrong[:5])


def _complaint(kind: str, loc: tuple[int | str, ...], message: str) -> str:
    if kind == "extra_forbidden":
        # The name of a field that is not ours is the model's own text, as much as any value.
        return "arguments: one was given that does not exist"
    return f"{'.'.join(str(part) for part in loc) or 'arguments'}: {message}"
