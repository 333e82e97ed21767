"""Arithmetic: exact, bounded, and never a way to run anything."""

import asyncio
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tools.calculator import MAX_CHARS, ROUNDED_DIGITS, calculator
from tools.spec import TryAgain


def compute(expression: str) -> Any:
    return asyncio.run(calculator.function(expression))  # type: ignore[arg-type] # a coroutine, as every tool's


@pytest.mark.parametrize(
    ("expression", "result", "exact"),
    [
        ("0.1 + 0.2", "0.3", True),
        (" (3 + 4.5) * 12 / 8 ", "11.25", True),
        ("2 ** 10", "1024", True),
        ("2 ** -2", "0.25", True),
        ("-7 // 2", "-4", True),
        ("-7 % 3", "2", True),
        ("-2 ** 2", "-4", True),
        ("1 / 3", "0." + "3" * 30, False),
        ("1e3 + .5", "1000.5", True),
        ("10 ** 20", "1" + "0" * 20, True),
        ("0 * -5", "0", True),
        ("12345678901234567890.5 * 2", "24691357802469135781", True),
        ("+".join(["1"] * 100), "100", True),
    ],
)
def test_results_are_exact_or_say_that_they_are_not(expression: str, result: str, exact: bool) -> None:
    assert compute(expression) == {"result": result, "exact": exact}


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("1 / 0", "divides by zero"),
        ("5 % 0", "divides by zero"),
        ("0 ** -1", "divides by zero"),
        ("", "not an arithmetic expression"),
        ("2 +", "not an arithmetic expression"),
        ("1,000 * 2", "thousands separators"),
        ("__import__('os')", "no names"),
        ("2 ^ 3", "Use only"),
        ("e", "Only numbers"),
        ("()", "Only numbers"),
        ("(1)(2)", "Only numbers"),
        ("...", "Write numbers as"),
        ("1e9999", "exponent"),
        ("2 ** 0.5", "whole numbers"),
        ("9 ** 9 ** 9", "too many digits"),
        ("9 ** 999999999999", "too many digits"),
        ("1e999 * 1e999", "too many digits"),
        ("10 ** 100", "more than 100 digits"),
        ("-" * 150 + "1", "inside one another"),
        ("(" * 150 + "1" + ")" * 10, "not an arithmetic expression"),
        ("1+" * MAX_CHARS + "1", "longer than"),
    ],
)
def test_what_cannot_be_computed_is_explained(expression: str, advice: str) -> None:
    with pytest.raises(TryAgain, match=advice):
        compute(expression)


@given(st.text() | st.text(alphabet="0123456789.+-*/%() eE_j,", max_size=MAX_CHARS))
@example("1.e5")
@example("0777")
@example("1_000")
@example("\ud800")
def test_any_text_gives_a_number_or_advice(text: str) -> None:
    try:
        result = compute(text)
    except TryAgain:
        return
    Fraction(result["result"])


LITERALS = st.decimals(min_value=0, max_value=10**6, places=2).map(lambda number: format(number, "f"))
EXPRESSIONS = st.recursive(
    LITERALS,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        )
        | inner.map(lambda text: f"-{text}")
        | inner.map(lambda text: f"({text} ** 2)")
    ),
    max_leaves=8,
)


@given(EXPRESSIONS.filter(lambda text: len(text) <= MAX_CHARS))
def test_it_agrees_with_exact_fractions(expression: str) -> None:
    try:
        expected = _python(expression)
    except ZeroDivisionError:
        with pytest.raises(TryAgain, match="zero"):
            compute(expression)
        return
    try:
        result = compute(expression)
    except TryAgain:
        assert abs(expected) > 10**90
        return
    assert abs(Fraction(result["result"]) - expected) <= (
        0 if result["exact"] else abs(expected) / 10 ** (ROUNDED_DIGITS - 1)
    )


def _python(expression: str) -> Fraction:
    """What Python makes of it with every number a Fraction; ours alone are the expressions that get here."""
    words = expression.replace("(", " ( ").replace(")", " ) ").replace("-", " - ").split()
    exact = " ".join(f"F('{word}')" if word[0].isdigit() and word != "2" else word for word in words)
    return Fraction(eval(exact, {"F": Fraction}))  # noqa: S307 - generated above, never a user's text
