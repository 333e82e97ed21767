"""Objects as no model should write them, as JSON text, made by chance from a seed."""

import json
import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from tools.arguments import MAX_ARGUMENT_CHARS
from tools.spec import VISIBLE, Tool

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
