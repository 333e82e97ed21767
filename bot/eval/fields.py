"""What the fields of a case take: people, tools, lengths of time, patterns, words. Each says what is wrong with it."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from bot.core.lengths import length
from bot.playground.seed import DEMO
from tools import TOOLS

#: people of the local Slack, as cases call them
PEOPLE = {user.name: user.id for user in DEMO.users}


def _person(name: str) -> str:
    if name not in PEOPLE:
        raise ValueError(f"names nobody; there are {', '.join(PEOPLE)}")
    return name


def _tool(name: str) -> str:
    if name not in {each.name for each in TOOLS}:
        raise ValueError(f"names no tool: {name}")
    return name


def _length(text: Any) -> Any:
    found = length(text) if isinstance(text, str) else None
    if not found:
        raise ValueError("takes a length of time such as 30m, 25h or 2d")
    return found


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return text


def _several(value: Any) -> Any:
    """One of a thing may be written without a list."""
    return [value] if isinstance(value, str) else value


Length = Annotated[timedelta, BeforeValidator(_length)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Text = Annotated[str, Field(min_length=1)]
PersonName = Annotated[str, AfterValidator(_person)]
ToolName = Annotated[str, AfterValidator(_tool)]
Tools = Annotated[tuple[ToolName, ...], BeforeValidator(_several), Field(min_length=1)]
Words = Annotated[tuple[Text, ...], BeforeValidator(_several), Field(min_length=1)]
Verdict = Literal["open", "approved", "denied", "expired", "withdrawn", "void"]
Outcome = Literal[
    "done", "failed", "wrong", "unknown", "refused", "waiting", "denied", "expired", "withdrawn", "void", "none"
]
