"""The one canonical form of a value and its hash: equal meaning, equal hash; anything ambiguous is refused.

JSON with sorted keys and no spaces, text as it is (no Unicode folding: what looks alike but differs must
hash differently), numbers tagged by type so that 1, 1.0 and true differ. NaN, infinities and duplicate keys do not
exist here.
"""

import hashlib
import json
import math
from typing import Any

#: version of the form; a change of it changes every hash
FORM = 1

#: nesting deeper than this is not something a person can check on a card
MAX_DEPTH = 20


class Ambiguous(ValueError):
    """The JSON text has no single meaning (broken, duplicate keys, NaN, too deep, lone surrogates)."""


def parse(text: str) -> Any:
    """The value of a JSON text. Raises Ambiguous; the message never contains the text."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Ambiguous(str(error) if isinstance(error, Ambiguous) else "not valid JSON") from None
    _check(value, MAX_DEPTH)
    return value


def digest(value: Any) -> str:
    """SHA-256, in hex, of the canonical form."""
    return hashlib.sha256(_form([FORM, value]).encode()).hexdigest()


def call_digest(tool: str, arguments: str) -> str:
    """The same for two calls that ask for the same thing; arguments without one meaning equal only themselves."""
    try:
        return digest([tool, parse(arguments)])
    except Ambiguous:
        return digest([tool, "ambiguous", arguments.encode("utf-8", "backslashreplace").decode()])


def _form(value: Any) -> str:
    return json.dumps(_tagged(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _tagged(value: Any) -> Any:
    match value:
        case None | str():
            return value
        case bool():
            return ["b", value]
        case int():
            return ["i", str(value)]
        case float():
            return ["f", value.hex()]
        case list() | tuple():
            return ["l", [_tagged(each) for each in value]]
        case dict():
            return {key: _tagged(each) for key, each in value.items()}
    raise Ambiguous(f"{type(value).__name__} has no canonical form")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Ambiguous("a key appears twice")
    return found


def _no_constant(_: str) -> Any:
    raise Ambiguous("NaN and infinities are no numbers")


def _check(value: Any, depth: int) -> None:
    if depth == 0:
        raise Ambiguous("nested too deeply")
    match value:
        case float() if not math.isfinite(value):
            raise Ambiguous("a number is too large")
        case str() if not value.isprintable() and _surrogate(value):
            raise Ambiguous("text with half a character")
        case list():
            for each in value:
                _check(each, depth - 1)
        case dict():
            for key, each in value.items():
                _check(key, depth)
                _check(each, depth - 1)


def _surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
