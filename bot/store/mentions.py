"""Whether a text of the database names somebody: by their ids, or by words, in JSON, and in JSON within JSON."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_


def named(column: Any, words: Sequence[str]) -> ColumnElement[bool]:
    """One of the words is in the text, in whatever case, also within JSON within JSON."""
    lower = func.lower(column)
    return or_(false(), *(lower.contains(form, autoescape=True) for word in words for form in _forms(word)))


def _forms(word: str) -> set[str]:
    # SQLite knows upper and lower case of ASCII alone
    plain = {word.lower(), "".join(each.lower() if each.isascii() else each for each in word)}
    once = {json.dumps(each)[1:-1].lower() for each in plain}
    return plain | once | {each.replace("\\", "\\\\") for each in once}


def listed(column: Any, ids: Sequence[str]) -> ColumnElement[bool]:
    """One of the ids stands in the JSON text as a value of its own, also within JSON within JSON."""
    own = (column.contains(f'"{each}"', autoescape=True) for each in ids)
    return or_(within(column, ids), *own)


def within(column: Any, ids: Sequence[str]) -> ColumnElement[bool]:
    """One of the ids stands in JSON within the JSON text, such as the arguments of a call."""
    return or_(false(), *(column.contains(f'"{each}\\"', autoescape=True) for each in ids))
