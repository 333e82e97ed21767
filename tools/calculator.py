"""Arithmetic without `eval`: exact fractions over a syntax tree of which everything unknown is refused.

Promise: any text gives a number or a `TryAgain`, within bounded time and memory.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Context as DecimalContext
from decimal import Decimal, Inexact
from fractions import Fraction
from typing import Annotated, TypedDict

from pydantic import Field

from tools.spec import Risk, TryAgain, tool

MAX_CHARS = 200
#: operations inside one another
MAX_DEPTH = 100
#: bits of a numerator or denominator on the way (about 1,200 digits)
MAX_BITS = 4_096
#: digits of an exact result; a longer one is refused before the point and rounded behind it
MAX_DIGITS = 100
#: significant digits of a rounded result
ROUNDED_DIGITS = 30

#: no letter but the exponent's, so that no name, call, string or keyword can be spelt
_ALLOWED = re.compile(r"[0-9.eE+\-*/%() ]*")
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


class Result(TypedDict):
    """A number as text, because a float would not be exact."""

    result: str
    #: False: rounded to 30 significant digits
    exact: bool


@tool(risk=Risk.LOW, read_only=True, trusted=True)
async def calculator(
    expression: Annotated[
        str, Field(description="Numbers with + - * / // % ** and parentheses, such as: (3 + 4.5) * 12 / 7")
    ],
) -> Result:
    """Compute arithmetic exactly. Use it for every calculation instead of working it out yourself."""
    return _written(_value(_tree(expression), expression.strip(), 0))


def _tree(expression: str) -> ast.expr:
    text = expression.strip()
    if len(text) > MAX_CHARS:
        raise TryAgain(f"The expression is longer than {MAX_CHARS} characters. Compute it in parts.")
    if not _ALLOWED.fullmatch(text):
        raise TryAgain("Use only numbers, + - * / // % ** and parentheses: no names, units or thousands separators.")
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise TryAgain("That is not an arithmetic expression. Check operators and parentheses.") from None


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise TryAgain("Only whole numbers can be exponents.")
    # Checked before computing: the size of the result is what would take the time.
    if abs(exponent.numerator) * _bits(base) > MAX_BITS:
        raise TryAgain("The result of ** has too many digits.")
    return Fraction(base ** int(exponent))


_UNARY: Mapping[type[ast.unaryop], Callable[[Fraction], Fraction]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_BINARY: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: lambda left, right: Fraction(left // right),
    ast.Mod: operator.mod,
    ast.Pow: _power,
}


def _value(node: ast.expr, text: str, depth: int) -> Fraction:
    if depth > MAX_DEPTH:
        raise TryAgain(f"More than {MAX_DEPTH} operations are inside one another. Compute it in parts.")
    match node:
        case ast.Constant():
            return _number(text[node.col_offset : node.end_col_offset])
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _UNARY:
            return _UNARY[type(sign)](_value(operand, text, depth + 1))
        case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _BINARY:
            return _applied(_BINARY[type(operation)], _value(left, text, depth + 1), _value(right, text, depth + 1))
    raise TryAgain("Only numbers, + - * / // % ** and parentheses can be computed.")


def _number(literal: str) -> Fraction:
    if not _NUMBER.fullmatch(literal):
        raise TryAgain("Write numbers as 12, 12.5 or 1.5e9, with an exponent of at most three digits.")
    return _bounded(Fraction(literal))


def _applied(operation: Callable[[Fraction, Fraction], Fraction], left: Fraction, right: Fraction) -> Fraction:
    try:
        return _bounded(operation(left, right))
    except ZeroDivisionError:
        raise TryAgain("That divides by zero.") from None


def _bounded(value: Fraction) -> Fraction:
    if _bits(value) > MAX_BITS:
        raise TryAgain("A number on the way has too many digits.")
    return value


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _written(value: Fraction) -> Result:
    if abs(value) >= 10**MAX_DIGITS:
        raise TryAgain(f"The result has more than {MAX_DIGITS} digits.")
    precise = DecimalContext(prec=MAX_DIGITS)
    number = precise.divide(Decimal(value.numerator), Decimal(value.denominator))
    exact = not precise.flags[Inexact]
    if not exact:
        number = DecimalContext(prec=ROUNDED_DIGITS).divide(Decimal(value.numerator), Decimal(value.denominator))
    return {"result": _plain(number), "exact": exact}


def _plain(number: Decimal) -> str:
    if number and number.adjusted() < -ROUNDED_DIGITS:
        return str(number)
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
