"""What of a JSON text fits a schema, by our own reading.

It shares nothing with the validation under test: JSON by Python, and the few words that our schemas use.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any
from unicodedata import category

from tools.arguments import MAX_ARGUMENT_CHARS
from tools.spec import VISIBLE

#: what is white space, said without the engine that checks patterns
BLANK = frozenset(
    "\t\n\v\f\r \x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
)


class Unfit(Exception):
    """The text is no JSON, or says what no JSON can."""


def read(text: str) -> Any:
    """The value of the JSON text; of a name that is there twice, the last. Raises Unfit."""
    try:
        value = json.loads(text, parse_constant=_NoNumber, object_pairs_hook=_whole_names)
    except (ValueError, RecursionError):
        raise Unfit from None
    if not _sound(value):
        raise Unfit
    return value


class _NoNumber:
    """NaN or an infinity, which JSON has not."""

    def __init__(self, _: str) -> None:
        """Whichever it is."""


def _whole_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises Unfit where half of a character is anywhere, also in what a later name takes the place of."""
    if not all(_is_whole(text) for name, value in pairs for text in _texts([name, value])):
        raise Unfit
    return dict(pairs)


def _sound(value: Any) -> bool:
    """It is made of what JSON has, however deep."""
    leaves = [*_leaves(value)]
    numbers = all(math.isfinite(each) for each in leaves if isinstance(each, float))
    return numbers and not any(isinstance(each, _NoNumber) for each in leaves) and all(map(_is_whole, _texts(value)))


def _is_whole(text: str) -> bool:
    return text.isascii() or not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)


def _texts(value: Any) -> list[str]:
    return [each for each in _leaves(value) if isinstance(each, str)]


def _leaves(value: Any) -> Iterator[Any]:
    """All that is in it, names too, but lists and objects."""
    left = [value]
    while left:
        match left.pop():
            case list() as items:
                left += items
            case dict() as fields:
                left += [*fields, *fields.values()]
            case other:
                yield other


def fits(schema: Mapping[str, Any], value: Any, *, strict: bool) -> bool:
    """Whether the value is what the schema of a field, or of all arguments, asks for: nothing is converted.

    Where it is not `strict`, a number without a fraction is whole however it is written, as JSON Schema has it.
    """
    if "anyOf" in schema:
        return any(fits(each, value, strict=strict) for each in schema["anyOf"])
    if "enum" in schema and value not in schema["enum"]:
        return False
    match schema["type"]:
        case "object":
            fields = schema.get("properties", {})
            given = isinstance(value, dict) and {*schema.get("required", ())} <= value.keys() <= fields.keys()
            return given and all(fits(fields[name], each, strict=strict) for name, each in value.items())
        case "string":
            return isinstance(value, str) and _is_text(schema, value)
        case "integer":
            whole = type(value) is int or (not strict and isinstance(value, float) and value.is_integer())
            return whole and schema.get("minimum", value) <= value <= schema.get("maximum", value)
        case "number":
            return type(value) in (int, float)
        case "array":
            return isinstance(value, list) and all(fits(schema["items"], each, strict=strict) for each in value)
    return bool({"null": value is None, "boolean": isinstance(value, bool)}[schema["type"]])


def _is_text(schema: Mapping[str, Any], value: str) -> bool:
    most = min(schema.get("maxLength", MAX_ARGUMENT_CHARS), MAX_ARGUMENT_CHARS)
    return schema.get("minLength", 0) <= len(value) <= most and _means(schema.get("pattern"), value)


def _means(pattern: str | None, value: str) -> bool:
    if pattern is None:
        return True
    if pattern == VISIBLE:
        return not all(letter in BLANK or category(letter) in ("Cc", "Cf") for letter in value)
    assert pattern.startswith("^")
    assert pattern.endswith("$")
    return re.fullmatch(pattern[1:-1], value, re.ASCII) is not None
