"""What a plan is: one JSON object whose steps are `think`, `call_tool` or `finish`.

Promise: nothing else is taken for one, and what is wrong is said in words for the model.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from bot.core.exchange import Function
from tools.arguments import MAX_ARGUMENT_CHARS

#: steps of one plan
MAX_STEPS = 64
#: places in a text at which a JSON object is looked for
MAX_PLACES = 50
#: how deep arguments may be nested
MAX_DEPTH = 50
#: characters of one complaint
MAX_COMPLAINT = 500


class Think(BaseModel):
    action: Literal["think"]
    thought: str


class CallTool(BaseModel):
    """`arguments` are checked by whoever runs the tool; here only how long their strings are."""

    action: Literal["call_tool"]
    tool: str
    arguments: Any = None
    thought: str | None = None


class Finish(BaseModel):
    action: Literal["finish"]
    note: str
    thought: str | None = None


Step = Annotated[Think | CallTool | Finish, Field(discriminator="action")]


class Plan(BaseModel):
    steps: list[Step] = Field(min_length=1, max_length=MAX_STEPS)

    @property
    def calls(self) -> list[CallTool]:
        return [step for step in self.steps if isinstance(step, CallTool)]

    @property
    def note(self) -> str | None:
        """What it finishes with; a note behind a call tells what nobody has observed yet, and does not count."""
        before = self.steps[: next((at for at, step in enumerate(self.steps) if isinstance(step, CallTool)), None)]
        return next((step.note for step in before if isinstance(step, Finish)), None)

    @property
    def thoughts(self) -> list[str]:
        return [step.thought for step in self.steps if step.thought]


class NoPlan(Exception):
    """The text is no plan; the message tells the model what to correct."""


def plan_of(text: str) -> Plan:
    """The plan in a text, as its first JSON object, also inside prose; a lone step is a plan of one. Raises NoPlan."""
    found = next(_objects(text), None)
    if found is None:
        raise NoPlan("There is no JSON object in it that can be read.")
    try:
        plan = Plan.model_validate(found if "steps" in found else {"steps": [found]})
    except ValidationError as error:
        raise NoPlan(_explain(error)) from None
    for call in plan.calls:
        if any(len(string) > MAX_ARGUMENT_CHARS for string in _strings(call.arguments, MAX_DEPTH)):
            raise NoPlan(f"A string among the arguments has more than {MAX_ARGUMENT_CHARS} characters.")
    return plan


def schema(functions: Sequence[Function]) -> dict[str, Any]:
    """The JSON Schema of a plan with these functions, in the strict form that structured output takes."""
    think = _object(action=_just("think"), thought={"type": "string"})
    finish = _object(action=_just("finish"), note={"type": "string"})
    calls = [
        _object(action=_just("call_tool"), tool=_just(each.name), arguments=dict(each.parameters)) for each in functions
    ]
    return _object(steps={"type": "array", "items": {"anyOf": [think, *calls, finish]}})


def is_strict(functions: Sequence[Function]) -> bool:
    """Whether the schema can be promised: all in it is strict, and references of a tool's own schema would point
    elsewhere in it."""
    return all(each.strict and "$defs" not in each.parameters for each in functions)


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _just(value: str) -> dict[str, Any]:
    return {"type": "string", "enum": [value]}


def _objects(text: str) -> Iterator[dict[str, Any]]:
    at = -1
    for _ in range(MAX_PLACES):
        if (at := text.find("{", at + 1)) < 0:
            return
        try:
            yield _DECODER.raw_decode(text, at)[0]
        except (ValueError, RecursionError):
            continue


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _strings(value: object, depth: int) -> Iterator[str]:
    if not depth:
        raise NoPlan("The arguments are nested too deeply.")
    match value:
        case str():
            yield value
        case Mapping():
            for key, inner in value.items():
                yield key
                yield from _strings(inner, depth - 1)
        case list():
            for inner in value:
                yield from _strings(inner, depth - 1)


def _explain(error: ValidationError) -> str:
    wrong = error.errors(include_input=False, include_context=False, include_url=False)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong[:5])[:MAX_COMPLAINT]
