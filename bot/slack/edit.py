"""The form that changes a request's arguments: an input for each one that people may change, and what they entered.

Promise: whom and what the call touches is not among them, and what nobody touched stays as it is stored.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from bot.core.edits import editable
from bot.core.items import Request
from bot.slack import blocks
from bot.slack.blocks import Block
from bot.slack.card_words import COMPLAINTS, EDITING, NOTHING_DIFFERENT
from tools.arguments import MAX_ARGUMENT_CHARS
from tools.spec import Tool

#: characters of a text that a form can hold; longer ones are not offered
MAX_INPUT = 3_000

#: inputs of one form, and options of one select
MAX_FIELDS, MAX_OPTIONS = 40, 100

#: a text that may be longer gets several lines
ONE_LINE = 100


@dataclass(frozen=True, slots=True)
class Field:
    """An argument that a form can change."""

    name: str
    kind: str
    #: its JSON Schema, without the part that says that it may be null
    schema: Mapping[str, Any]
    value: Any
    #: may be left empty; then it is null, or is not given
    optional: bool
    nullable: bool
    #: whoever only lowers it may still approve
    narrow: bool = False


def fields(request: Request, tool: Tool) -> list[Field]:
    """The arguments of the request that a form can change, in the tool's order."""
    schema, given = tool.arguments.model_json_schema(), json.loads(request.arguments)
    made = [_field(name, schema, given.get(name)) for name in editable(tool)]
    return [replace(each, narrow=each.name in tool.narrow) for each in made if each][:MAX_FIELDS]


def _field(name: str, whole: Mapping[str, Any], value: Any) -> Field | None:
    described = whole["properties"][name]
    either = [_resolved(each, whole) for each in described.get("anyOf", [described])]
    nullable = {"type": "null"} in either
    kinds = [each for each in either if each != {"type": "null"}]
    if len(kinds) != 1:
        return None
    schema = {**{key: each for key, each in described.items() if key != "anyOf"}, **kinds[0]}
    kind = _kind(schema, value)
    optional = nullable or name not in whole.get("required", [])
    return Field(name, kind, schema, value, optional, nullable) if kind else None


def _resolved(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    found: Mapping[str, Any] = whole["$defs"][reference.rpartition("/")[2]] if reference else schema
    return found


def _kind(schema: Mapping[str, Any], value: Any) -> str:
    """How it is entered: text, number, choice, flag; empty where it cannot be."""
    if "enum" in schema:
        fits = len(schema["enum"]) <= MAX_OPTIONS and all(isinstance(each, str) and each for each in schema["enum"])
        return "choice" if fits else ""
    match schema.get("type"):
        case "string":
            return "text" if value is None or (isinstance(value, str) and len(value) <= MAX_INPUT) else ""
        case "integer" | "number":
            return "number"
        case "boolean":
            return "flag"
    return ""


# ── the form ──


def form(offered: Iterable[Field], place: str) -> Block:
    """The form, with everything as it is now."""
    offered = list(offered)
    told = blocks.context(_told_before(offered))
    return blocks.modal("approval.edit", "Edit the request", [told, *map(_input, offered)], "Change", place)


def _told_before(offered: Iterable[Field]) -> str:
    lowered = " or ".join(each.name.replace("_", " ") for each in offered if each.narrow)
    may = f"If you only lower the {lowered}, you may still approve it. " if lowered else ""
    return f"{may}If you change anything{' else' if lowered else ''}, somebody else must approve it. {EDITING}"


def _input(field: Field) -> Block:
    label = field.name.replace("_", " ").capitalize()
    hint = str(field.schema.get("description", ""))
    return blocks.field(field.name, label, _element(field), hint, optional=field.optional)


def _element(field: Field) -> Block:
    now: dict[str, Any] = {}
    match field.kind:
        case "text":
            most = min(field.schema.get("maxLength", MAX_ARGUMENT_CHARS), MAX_INPUT)
            now = {"initial_value": field.value} if field.value else {}
            return {
                "type": "plain_text_input",
                "action_id": field.name,
                "max_length": max(most, len(field.value or "")),
                "multiline": most > ONE_LINE,
            } | now
        case "number":
            limits = {"minimum": "min_value", "maximum": "max_value"}
            bounds = {ours: str(field.schema[theirs]) for theirs, ours in limits.items() if theirs in field.schema}
            now = {"initial_value": _shown(field.value)} if field.value is not None else {}
            whole = field.schema["type"] == "integer"
            return {"type": "number_input", "action_id": field.name, "is_decimal_allowed": not whole} | bounds | now
    options = [blocks.option(label, value) for label, value in _options(field)]
    chosen = [each for each in options if each["value"] == _shown(field.value)]
    now = {"initial_option": chosen[0]} if chosen else {}
    return {"type": "static_select", "action_id": field.name, "options": options} | now


def _options(field: Field) -> list[tuple[str, str]]:
    if field.kind == "flag":
        return [("Yes", "true"), ("No", "false")]
    return [(str(each), str(each)) for each in field.schema["enum"]]


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


# ── what was entered ──


def entered(request: Request, tool: Tool, offered: Iterable[Field], values: Mapping[str, Any]) -> str | dict[str, str]:
    """The arguments as JSON text; or what is wrong, by field. `values` is a submitted form's `state.values`."""
    given, offered = json.loads(request.arguments), list(offered)
    said_of = [(field, _said(values.get(field.name, {}).get(field.name, {}))) for field in offered]
    changed = [(field, said) for field, said in said_of if said != _before(field)]
    for field, said in changed:
        try:
            _put(given, field, said)
        except ValueError:
            return {field.name: "This is not a number."}
    arguments = json.dumps(given, ensure_ascii=False)
    return _wrong(tool, arguments, offered, changed=bool(changed)) or arguments


def _said(entry: Mapping[str, Any]) -> str:
    chosen = entry.get("selected_option")
    return str((chosen or {}).get("value") or entry.get("value") or "")


def _before(field: Field) -> str:
    return "" if field.value is None else _shown(field.value)


def _put(given: dict[str, Any], field: Field, said: str) -> None:
    """Raises ValueError where it is no number."""
    if said:
        given[field.name] = _typed(field, said)
    elif field.nullable:
        given[field.name] = None
    else:
        given.pop(field.name, None)


def _typed(field: Field, said: str) -> Any:
    if field.kind == "flag":
        return said == "true"
    if field.kind == "number":
        return int(said) if field.schema["type"] == "integer" else float(said)
    return said


def _wrong(tool: Tool, arguments: str, offered: list[Field], *, changed: bool) -> dict[str, str]:
    if not changed:
        return {offered[0].name: NOTHING_DIFFERENT}
    try:
        tool.arguments.model_validate_json(arguments)
    except ValidationError as error:
        names = {each.name for each in offered}
        found = error.errors(include_input=False, include_context=False, include_url=False)
        return {
            next((str(at) for at in each["loc"][:1] if at in names), offered[0].name): _told(dict(each))
            for each in found
        }
    return {}


def _told(complaint: Mapping[str, Any]) -> str:
    message = str(complaint["msg"]).replace("Input should", "This should").replace("String should", "This should")
    return COMPLAINTS.get(str(complaint["type"]), message.rstrip(".") + ".")
