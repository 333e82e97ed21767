"""Objects as no model should write them, made by chance from a seed; and what of them fits, by our own reading.

The reading shares nothing with the validation under test: JSON by Python, and the few words that our schemas use.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any
from unicodedata import category

from tools.spec import MAX_ARGUMENT_CHARS, VISIBLE, Tool

#: ids that mean something in the demo's company, and some that look so
IDS = (
    "U-123", "U-456", "U-999", "T-1001", "T-1002", "T-9999999", "L-1001", "M-1", "M-2", "G-001", "engineering",
    "admin-db", "vpn-users",
)  # fmt: skip

#: texts that have broken other people's programs
TEXTS = (
    "", " ", "\n", "\x1c", "\u00a0\u2003", "\u200b", "\x00", "a\x00b", "\x7f", "\ufeff", "\ufffe\uffff", "e\u0301" * 9,
    "\u202egnp.exe", "مرحبا", "\U0001f469\u200d\U0001f4bb" * 40, "\U0010ffff", "İıẞſ", "ﷺ" * 50,
    "' OR '1'='1", "'; DROP TABLE people; --", "\\'; SELECT pg_sleep(9); --", "$1 :name %(name)s ? {0} {name}",
    "%", "_", "%%__", "100%", "\\", "\\\\%\\_", "[a-z]", "*", '"', '"unclosed', 'a" OR "b', "NEAR(a b, 2)", "a AND",
    "AND", "OR NOT", "-a", "^a", "a*", "col:x", "{a b}", "(", ")", "a & b | !c", "a:*", "<->", "!", "&", "|", "''",
    "wifi", "vpn does not connect", "../../etc/passwd", "<@U0ALEX> <!channel>", "```", "\r\nX: y", "9" * 400,
    "1/0", "2**9999999", "1e999", "(" * 1_000, "((1))", "--1", "1//3", "0.1+0.2", "__import__('os')", "nan", "١٢٣",
    *IDS, "u-123", "U-123\n", "L-00001001", " U-123", "U-١٢٣", "T-0000", "T-1001 ", "M-999999999", "M-9999999999",
    "L-1", "low", "Low", "open", "closed", "urgent", "null", "true", "7",
)  # fmt: skip

#: JSON that is not made of values, or of ones no schema of ours takes; the last ones are no JSON
RAW = (
    "null", "true", "false", "0", "-0", "1", "-1", "1.0", "1e0", "1e2", "0.5", "-0.0", "1E400", "1e-400", "9" * 30,
    "[]", "{}", "[[]]", "[null]", '{"":null}', '{"a":{"a":{"a":1}}}', "[" * 150 + "]" * 150, "[" * 3_000 + "]" * 3_000,
    '{"a":' * 100 + "1" + "}" * 100, '"\\u0041"', '"\\ud83d\\ude00"', '"\\u0000"',
    '"\\ud800"', '"x\\udc00"', '{"\\ud800":1}', '["\\udfff"]', "9" * 5_000, "NaN", "Infinity", "-Infinity",
    "01", "+1", ".5", "1.", "0x1F", "'a'", '"\x01"', '"\\x41"', '"', "undefined", "", "[1,]", "{a:1}", "/**/1",
)  # fmt: skip

#: what is white space, said without the engine that checks patterns
BLANK = frozenset(
    "\t\n\v\f\r \x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
)


class Maker:
    """Objects for one tool, as JSON text: fields fit, just do not, or are something else entirely."""

    def __init__(self, tool: Tool, seed: int) -> None:
        self._chance = Random(f"{tool.name} {seed}")  # noqa: S311 -- the same ones again, for whoever looks for a fault
        schema = tool.arguments.model_json_schema()
        self._fields = {name: [*_near(each)] for name, each in schema.get("properties", {}).items()}
        self._others = ("extra", "", "user_id ", "__class__", "self", "context", "model_config", "\\u0000", "ключ")
        self._hostile = [*map(json.dumps, TEXTS), *(json.dumps(each, ensure_ascii=False) for each in TEXTS), *RAW]
        self._hostile += [json.dumps(self._value(4)) for _ in range(200)]

    def object(self) -> str:
        """The next one."""
        chance = self._chance
        if chance.random() < 0.01:
            return chance.choice(self._hostile)
        wild = chance.choice((0.0, 0.0, 0.1, 0.5))
        members = [
            (name, chance.choice(self._hostile if chance.random() < wild else near))
            for name, near in self._fields.items()
            if chance.random() >= wild / 4
        ]
        if chance.random() < wild:
            name = chance.choice([*self._fields, *self._others])
            members.append((name, chance.choice(self._hostile)))
        if wild:
            chance.shuffle(members)
        text = "{" + ",".join(f'"{name}":{value}' for name, value in members) + "}"
        return text if chance.random() > wild / 50 else text[: chance.randrange(len(text))]

    def _value(self, depth: int) -> Any:
        chance = self._chance
        match chance.randrange(8 if depth else 6):
            case 0:
                return chance.choice((None, True, False))
            case 1:
                return chance.randint(-(10 ** chance.randrange(1, 25)), 10 ** chance.randrange(1, 25))
            case 2:
                return chance.uniform(-1e6, 1e6)
            case 6:
                return [self._value(depth - 1) for _ in range(chance.randrange(4))]
            case 7:
                return {chance.choice(TEXTS)[:20]: self._value(depth - 1) for _ in range(chance.randrange(4))}
        letters = "abcXYZ019 -_.'\"\\%\n\t\u00e9\u4e2d\u202e\U0001f600"
        return "".join(chance.choices(letters, k=chance.choice((1, 3, 20, 64, 65, 200))))


def _near(schema: Mapping[str, Any]) -> Iterator[str]:
    """JSON of what fits a field, or misses it by a little."""
    if "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from _near(each)
    elif "enum" in schema:
        yield from (json.dumps(each) for each in schema["enum"] for _ in range(5))
        yield from (json.dumps(schema["enum"][0].upper()), json.dumps(schema["enum"][0] + " "))
    elif schema["type"] == "string":
        yield from _strings(schema)
    elif schema["type"] == "integer":
        low, high = schema.get("minimum", 0), schema.get("maximum", 10)
        yield from map(str, (low, high, low + 1, high - 1, (low + high) // 2, low - 1, high + 1))
    elif schema["type"] == "array":
        yield from ('["a"]', "[]", '["a","b"]', '["a",1]')
    else:
        yield from {"number": ("0.5", "7", "-1.5"), "boolean": ("true", "false"), "null": ("null",)}[schema["type"]]


def _strings(schema: Mapping[str, Any]) -> Iterator[str]:
    most, least = min(schema.get("maxLength", MAX_ARGUMENT_CHARS), MAX_ARGUMENT_CHARS), schema.get("minLength", 0)
    lengths = {most, most + 1, most - 1, least, max(least - 1, 0)}
    yield from (json.dumps(letter * length) for length in sorted(lengths) for letter in ("x", "\u00e9", "\U0001f600"))
    fitting = [each for each in TEXTS if re.fullmatch(r"[A-Z]-[0-9]+|[a-z-]+|wifi.*", each)]
    yield from map(
        json.dumps, (*fitting, *TEXTS) if schema.get("pattern") in (None, VISIBLE) else (*fitting * 3, *TEXTS)
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
