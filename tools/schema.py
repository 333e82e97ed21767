"""Arguments by a JSON Schema that is not ours, such as that of an MCP server's tool.

Promise: what does not fit is refused with the name of the field and never its value; nothing is looked up elsewhere,
and what may be given is bounded whatever the schema says.
"""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from math import isfinite
from typing import Any, ClassVar

from jsonschema import Draft202012Validator, SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for
from pydantic import BaseModel, ConfigDict, create_model, model_validator
from pydantic_core import PydanticCustomError
from referencing import Registry
from referencing.exceptions import Unresolvable

from tools.arguments import MAX_ARGUMENT_CHARS

#: characters of all arguments as JSON, and how deep they may be nested
MAX_CHARS, MAX_DEPTH = 20_000, 12

#: characters of a schema as JSON
MAX_SCHEMA = 20_000

#: complaints of one call, and characters of what a schema wants
MAX_TOLD, MAX_WANTED = 5, 100

#: words that would have us run somebody else's regular expressions; the first is left to the server
_PATTERN, _PATTERNS = "pattern", "patternProperties"

_FORMS = ("anyOf", "oneOf", "allOf", "not", "if", "then", "else", "contains")


class BadSchema(ValueError):
    """A schema that arguments cannot be checked by; the message is the end of a sentence about the tool."""


class Fitting(BaseModel):
    """Arguments that fit a schema; they are handed on as they were given."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, allow_inf_nan=False)

    checked: ClassVar[Validator]
    whole: ClassVar[Mapping[str, Any]]

    @classmethod
    def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
        """The schema itself."""
        return dict(cls.whole)

    @model_validator(mode="after")
    def _fits(self) -> "Fitting":
        why = next(_unbounded(self.model_extra, MAX_DEPTH), None)
        if not why and len(json.dumps(self.model_extra)) > MAX_CHARS:
            why = f"together they have more than {MAX_CHARS} characters"
        if why := why or self._misfit():
            raise PydanticCustomError("schema", "{why}", {"why": why})
        return self

    def _misfit(self) -> str:
        try:
            found = [*islice(self.checked.iter_errors(self.model_extra), MAX_TOLD)]
        except (RecursionError, Unresolvable):
            return "they cannot be checked"
        return "; ".join(_complaint(each, self.whole) for each in found)


def arguments_by(name: str, schema: Mapping[str, Any], mark: str) -> type[BaseModel]:
    """Arguments by the schema; `mark` stands in what approvals are bound to, so that another mark is another tool.

    Raises BadSchema.
    """
    kind = _kind(schema)
    made = create_model(name, __base__=Fitting)
    made.checked = kind(dict(schema), registry=Registry())
    made.whole = {**schema, "$comment": mark}
    return made


def _kind(schema: Mapping[str, Any]) -> Any:
    """What checks by the schema."""
    if schema.get("type") != "object" or not isinstance(schema.get("properties", {}), Mapping):
        raise BadSchema("takes no object")
    try:
        text = json.dumps(schema, allow_nan=False)
    except ValueError:
        raise BadSchema("has a schema with numbers that are none") from None
    if len(text) > MAX_SCHEMA:
        raise BadSchema(f"has a schema of more than {MAX_SCHEMA} characters")
    if f'"{_PATTERNS}"' in text:
        raise BadSchema(f"has {_PATTERNS} in its schema, which are not checked here")
    if re.search(r'"\$(ref|dynamicRef)": "(?!#)', text):
        raise BadSchema("has a schema that refers to another one elsewhere")
    kind: Any = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except (SchemaError, RecursionError):
        raise BadSchema("has a schema that is none") from None
    return extend(kind, {_PATTERN: _as_it_is})  # type: ignore[no-untyped-call] # jsonschema has no types of its own


def _as_it_is(*_: object) -> Iterator[ValidationError]:
    """Nothing is wrong with it here."""
    return iter(())


def _unbounded(value: Any, depth: int) -> Iterator[str]:
    """What is too long, too deep or endless, whatever the schema says."""
    if depth == 0:
        yield "they are nested too deeply"
        return
    if isinstance(value, str) and len(value) > MAX_ARGUMENT_CHARS:
        yield f"a text has more than {MAX_ARGUMENT_CHARS} characters"
    if isinstance(value, float) and not isfinite(value):
        yield "a number is none that JSON knows"
    inner = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _unbounded(each, depth - 1)


def _complaint(error: ValidationError, schema: Mapping[str, Any]) -> str:
    known = [*islice(error.absolute_path, 1)]
    place = f"{known[0]}: " if known and known[0] in schema.get("properties", {}) else ""
    if error.validator == "required" and isinstance(error.instance, Mapping):
        wanted = error.validator_value if isinstance(error.validator_value, list) else []
        missing = [str(each) for each in wanted if each not in error.instance]
        return f"{place}{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        return f"{place}one was given that does not exist"
    if error.validator in _FORMS:
        return f"{place}it has none of the forms it may have"
    return f"{place}it does not fit {error.validator} {json.dumps(error.validator_value)[:MAX_WANTED]}"
