"""`helpdesk tools list` and `describe`: what tools there are, and what each says about itself."""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, TextIO

from bot.core.policy import Policy
from bot.ops.audit.plain import plain
from bot.ops.tools.asked import named
from bot.ops.tools.box import Toolbox, missing
from tools.spec import Risk, Tool

#: what the tiers ask for where no rule says otherwise
TIERS: Mapping[Risk, str] = MappingProxyType(
    {
        Risk.LOW: "it runs",
        Risk.MEDIUM: "it runs for oneself, if the AI read nothing untrusted; else it takes one approval",
        Risk.HIGH: "it takes one approval by somebody else",
        Risk.CRITICAL: "it takes two approvals by different people",
    }
)

#: nesting of arguments that is spelled out
DEEP = 4

_LIMITS = {
    "minLength": "at least {} characters", "maxLength": "at most {} characters", "pattern": "like {}",
    "minimum": "from {}", "maximum": "up to {}", "exclusiveMinimum": "over {}", "exclusiveMaximum": "under {}",
    "minItems": "at least {} of them", "maxItems": "at most {} of them",
}  # fmt: skip


async def listed(box: Toolbox, out: TextIO, *, as_json: bool) -> None:
    """Print a line a tool. Raises ConfigError."""
    configured = await box.configured()
    width = max(len(each.name) for each in box.tools)
    for tool in box.tools:
        why = missing(tool, configured)
        row = {"name": tool.name, "risk": tool.risk.value, "read_only": tool.read_only, "offered": not why, "why": why}
        kind = "reads" if tool.read_only else "changes"
        line = f"{tool.name:<{width}}  {tool.risk:<8}  {kind:<7}  {f'not offered: {why}' if why else 'offered'}"
        print(json.dumps(row) if as_json else line, file=out)


async def described(box: Toolbox, name: str, out: TextIO, *, as_json: bool) -> None:
    """Print what the tool says about itself. Raises ConfigError."""
    tool, policy = named(box.tools, name), box.policy()
    why = missing(tool, await box.configured())
    if as_json:
        print(json.dumps(_object(tool, policy, why), ensure_ascii=False), file=out)
        return
    for line in _lines(tool, policy, why):
        print(plain(line), file=out)


def _lines(tool: Tool, policy: Policy, why: str) -> Iterator[str]:
    yield f"{tool.name}{f', not offered: {why}' if why else ''}"
    yield from (f"  {line}".rstrip() for line in tool.description.splitlines())
    yield "Arguments:" if _schema(tool).get("properties") else "It takes no arguments."
    yield from _arguments(_schema(tool))
    rules = _rules(tool, policy)
    also = f", and what these rules of the policy say: {', '.join(rules)}" if rules else ""
    yield f"Risk: {tool.risk}: {TIERS[tool.risk]}{also}"
    yield "It only reads." if tool.read_only else f"To take it back: {tool.undo or 'nothing does, it is irreversible'}"
    if tool.subject or tool.resource:
        touched = {"person": tool.subject, "thing": tool.resource}
        yield f"It touches {' and '.join(f'the {what} in {field}' for what, field in touched.items() if field)}."
    again = "may be repeated" if tool.idempotent else "is not repeated where nobody knows what came of it"
    yield f"Time limit: {tool.timeout_s:g} seconds. It {again}."
    yield f"For a call of it: helpdesk policy explain {tool.name} ARGS; helpdesk tools call {tool.name} ARGS"


def _object(tool: Tool, policy: Policy, why: str) -> dict[str, Any]:
    named = ("name", "description", "read_only", "idempotent", "subject", "resource", "undo", "ends_after", "trusted")
    return {
        **{name: getattr(tool, name) for name in (*named, "timeout_s")},
        "risk": tool.risk.value,
        "undone_by": tool.undone_by and tool.undone_by.tool,
        "offered": not why,
        "why": why,
        "rules": _rules(tool, policy),
        "arguments": _schema(tool),
    }


def _rules(tool: Tool, policy: Policy) -> list[str]:
    return [rule.name for rule in policy.rules if rule.names(tool)]


def _schema(tool: Tool) -> Mapping[str, Any]:
    """The JSON schema with its limits; of a tool that is somebody else's, theirs."""
    return tool.arguments.model_json_schema() if tool.arguments.model_fields else dict(tool.schema)


def _arguments(schema: Mapping[str, Any]) -> Iterator[str]:
    defined = schema.get("$defs", {})
    for name, each in schema.get("properties", {}).items():
        if not isinstance(each, Mapping):
            continue
        needed = "" if name in schema.get("required", ()) else f", default {json.dumps(each.get('default'))}"
        told = f": {each['description']}" if each.get("description") else ""
        yield f"  {name} ({_kind(each, defined, DEEP)}{needed}){told}"


def _kind(schema: Mapping[str, Any], defined: Mapping[str, Any], deep: int) -> str:
    """In words, such as "integer, from 1, up to 8"."""
    if not deep or not isinstance(schema, Mapping):
        return "…"
    if isinstance(named := schema.get("$ref"), str):
        return _kind(defined.get(named.rpartition("/")[2], {}), defined, deep - 1)
    if "anyOf" in schema:
        return " or ".join(_kind(each, defined, deep - 1) for each in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return "one of " + ", ".join(json.dumps(each) for each in schema.get("enum", [schema.get("const")]))
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        kind = f"list of {_kind(schema.get('items', {}), defined, deep - 1)}"
    return ", ".join([kind, *(words.format(schema[name]) for name, words in _LIMITS.items() if name in schema)])
