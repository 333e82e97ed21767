"""Equal meaning, equal hash; anything ambiguous is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.canonical import Ambiguous, call_digest, digest, parse

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


@given(st.text())
def test_any_text_a_model_gives_as_arguments_has_a_digest(text: str) -> None:
    assert call_digest("look", text) == call_digest("look", text)
    assert call_digest("look", text) != call_digest("book", text)
