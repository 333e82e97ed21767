"""Equal meaning, equal hash; anything ambiguous is refused."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.core.canonical import MAX_DEPTH, Ambiguous, call_digest, digest, parse
from tests.core.toolbox import MENU
from tools.spec import BadArguments

#: ten times the examples of a profile
MANY = settings(max_examples=settings().max_examples * 10)

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


def shuffled(value: Any) -> Any:
    """The same value with its keys in another order."""
    match value:
        case dict():
            return {key: shuffled(value[key]) for key in reversed(value)}
        case list():
            return [shuffled(each) for each in value]
    return value


def exactly(value: Any) -> str:
    """A text that differs wherever two values differ, types included."""
    match value:
        case dict():
            return "{" + ",".join(f"{key!r}:{exactly(value[key])}" for key in sorted(value)) + "}"
        case list():
            return "[" + ",".join(exactly(each) for each in value) + "]"
        case float():
            return f"float {value.hex()}"
    return f"{type(value).__name__} {value!r}"


@given(VALUES)
def test_the_order_of_keys_and_the_white_space_mean_nothing(value: Any) -> None:
    assert digest(value) == digest(shuffled(value))
    assert digest(parse(json.dumps(value, indent=2))) == digest(parse(json.dumps(shuffled(value))))


@MANY
@given(VALUES, VALUES)
def test_two_values_have_one_hash_only_if_they_are_the_same(one: Any, other: Any) -> None:
    assert (digest(one) == digest(other)) == (exactly(one) == exactly(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *[("1", "1.0"), ("1", "true"), ("0", "-0.0"), ("[]", "{}"), ("[[]]", "[]"), ('"1"', "1"), ("null", '"null"')],
        *[('"\\u00e9"', '"e\\u0301"'), ('["i","1"]', "1"), ('[["b",true]]', "[true]"), ('{"a":{}}', '{"a":[]}')],
    ],
)
def test_what_only_looks_alike_differs(one: str, other: str) -> None:
    assert digest(parse(one)) != digest(parse(other))


@pytest.mark.parametrize(
    "text",
    [
        *["", "{", "NaN", "[Infinity]", "-Infinity", "1e999", '{"a":1,"a":1}', '{"b":{"a":1,"a":2}}', '"\\ud800"'],
        *["{'a':1}", "[" * 30 + "]" * 30, "[" * 100_000, '{"\\udfff":1}'],
    ],
)
def test_what_has_no_single_meaning_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(Ambiguous) as error:
        parse(text)
    assert not text or text == "NaN" or text not in str(error.value)


@pytest.mark.parametrize("value", [object(), b"x", {1, 2}, [{"a": 1j}]])
def test_what_json_cannot_say_has_no_hash(value: Any) -> None:
    with pytest.raises(Ambiguous, match=r"(object|bytes|set|complex) has no canonical form"):
        digest(value)


def test_the_form_is_the_same_in_each_release() -> None:
    """Hashes are kept: another form is another FORM, and voids all requests that are open."""
    value = {"b": [None, True, False, 0, -7, 1.5, -0.0, "\u00e9\u2028"], "a": {"": (), "x": {}}}
    assert digest(value) == "41d8fca059abf94eb563fdb6c2d1f31f149abe42c357a1fbabfcd7b8b0ead643"
    found = call_digest("look", '{"query": "vpn", "limit": 5}')
    assert found == "de10669800034ba0a214a129260979c43bb482a8c6078c9586a2ad4ea76f5866"
    unclear = call_digest("look", '{"query": \ud800')
    assert unclear == "d491dbdd29d08fa5bb584cbd0da3df0c3e27e6b5fc24f940cbf56de8d05562dd"


def test_twenty_levels_can_be_checked_by_a_person_and_no_more() -> None:
    for opens, closes in (("[", "]"), ('{"a":', "}")):
        assert parse(opens * (MAX_DEPTH - 1) + "1" + closes * (MAX_DEPTH - 1))
        with pytest.raises(Ambiguous, match=r"^nested too deeply"):
            parse(opens * MAX_DEPTH + "1" + closes * MAX_DEPTH)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *[("{", "not valid JSON"), ('{"a":1,"a":1}', "a key appears twice"), ("1e999", "a number is too large")],
        *[("NaN", "NaN and infinities are no numbers"), ('"a\\ud800"', "text with half a character")],
    ],
)
def test_it_says_why_there_is_no_single_meaning(text: str, why: str) -> None:
    with pytest.raises(Ambiguous, match=f"^{why}$"):
        parse(text)


@given(st.text())
def test_any_text_a_model_gives_as_arguments_has_a_digest(text: str) -> None:
    assert call_digest("look", text) == call_digest("look", text)
    assert call_digest("look", text) != call_digest("book", text)


def nudged(draw: st.DrawFn, value: Any) -> Any:
    """The value, or one that differs from it in one small thing somewhere inside."""
    inside: bool = draw(st.booleans())
    match value:
        case dict() if value and inside:
            key = draw(st.sampled_from(sorted(value)))
            return {**value, key: nudged(draw, value[key])}
        case list() if value and inside:
            at = draw(st.integers(0, len(value) - 1))
            return [*value[:at], nudged(draw, value[at]), *value[at + 1 :]]
        case bool():
            return draw(st.sampled_from([value, int(value), float(value), str(value).lower()]))
        case int():
            return draw(st.sampled_from([value, value + 1, -value, str(value), [value], ["i", str(value)]]))
        case float():
            return draw(st.sampled_from([value, -value, str(value), value.hex(), ["f", value.hex()]]))
        case str():
            forms = [unicodedata.normalize("NFC", value), unicodedata.normalize("NFD", value)]
            return draw(st.sampled_from([value, *forms, value + "\u200b", f" {value}", [value], {value: None}]))
        case None:
            return draw(st.sampled_from([None, "null", False, 0, [], {}, [None]]))
    return draw(st.sampled_from([value, [], {}, [value], {"": value}, ["l", value], None, ""]))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    """The arguments of two calls, alike but for one thing at most."""
    one = draw(st.dictionaries(st.text(), VALUES, max_size=4))
    return one, shuffled(nudged(draw, one)) if draw(st.booleans()) else nudged(draw, one)


@MANY
@given(pairs())
@example(({"a": "\u00e9"}, {"a": "e\u0301"}))
@example(({"\u00e9": 1}, {"e\u0301": 1}))
@example(({"a": {}}, {"a": {"": {}}}))
def test_two_calls_have_one_hash_only_if_they_mean_the_same(pair: tuple[Any, Any]) -> None:
    one, other = (json.dumps(each, ensure_ascii=False) for each in pair)
    assert (call_digest("reset", one) == call_digest("reset", other)) == (exactly(pair[0]) == exactly(pair[1]))


@given(pairs())
def test_how_a_text_is_escaped_means_nothing(pair: tuple[Any, Any]) -> None:
    one, _ = pair
    assert call_digest("reset", json.dumps(one)) == call_digest("reset", json.dumps(one, ensure_ascii=False))


@given(st.dictionaries(st.text(max_size=3), VALUES, min_size=1, max_size=3), st.data())
def test_a_key_that_appears_twice_is_refused_however_it_is_escaped(value: dict[str, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(value)))
    escaped = "".join(f"\\u{ord(each):04x}" for each in key if ord(each) < 0x10000)
    assume(json.loads(f'"{escaped}"') == key)
    twice = f'{{"{escaped}":1,{json.dumps(value)[1:]}'
    with pytest.raises(Ambiguous):
        parse(twice)
    assert call_digest("reset", twice) != call_digest("reset", json.dumps(value))


@MANY
@given(st.sampled_from(["give", "reset", "look"]), st.data())
def test_what_is_hashed_is_what_the_tool_reads(name: str, data: st.DataObject) -> None:
    """A text that two readers of JSON understand differently would be approved as one thing and run as another."""
    fields = {
        "user_id": data.draw(st.sampled_from(["U-456", "\u00dc", "e\u0301", "\x7f", "\U0001f600"])),
        "group": data.draw(st.text(max_size=5)),
        "hours": data.draw(st.integers(1, 720) | st.sampled_from([1.0, True, "1", 10**30])),
        "query": data.draw(st.text(max_size=9)),
    }
    text = json.dumps({field: fields[field] for field in MENU[name].arguments.model_fields})
    odd = [text.replace(": 1", ": 1e0"), text.replace(": ", ":-0.0 "), text * 2]
    text = data.draw(st.sampled_from([text, f" {text}\n", *odd]))
    try:
        hashed, read = parse(text), MENU[name].parse(text)
    except (Ambiguous, BadArguments):
        return
    assert exactly(hashed) == exactly(read.model_dump())
