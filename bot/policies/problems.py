"""What is wrong with a policy file, or another one in YAML: where, and what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.errors import ConfigError

#: problems told at once; with more, the first ones are enough to begin with
MAX_TOLD = 20

#: characters of one problem that quote what others wrote
MAX_QUOTED = 120

#: where something stands in a file: keys and numbers of list items
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong."""

    #: the first line is 1
    line: int
    field: str
    says: str


def at(lines: Mapping[Place, int], place: Place, says: str) -> Problem:
    """A problem at a place of the file, or of what is around it where the place itself is not in the file."""
    known = place
    while known and known not in lines:
        known = known[:-1]
    return Problem(lines.get(known, 1), shown(place), says)


def says(kind: str, message: str) -> str:
    """A complaint of pydantic about a field, in words that follow its name."""
    if kind == "extra_forbidden":
        return "is no key that is known here"
    if kind == "missing":
        return "is missing"
    return message.removeprefix("Value error, ").removeprefix("Input ")


def shown(place: Place) -> str:
    """`rules[2].when`"""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def quoted(text: str) -> str:
    """Text of others in one line, cut where it is long."""
    line = " ".join(text.split())
    return repr(line if len(line) <= MAX_QUOTED else line[: MAX_QUOTED - 1] + "…")


def refusal(file: str, problems: Iterable[Problem]) -> ConfigError:
    """The error that stops the start, a line for each problem in the order of the file."""
    ordered = sorted(set(problems))
    told = [
        f"{file} line {each.line}{f', {each.field}' if each.field else ''}: {each.says}" for each in ordered[:MAX_TOLD]
    ]
    more = [f"… and {len(ordered) - MAX_TOLD} more"] if len(ordered) > MAX_TOLD else []
    return ConfigError("\n".join([*told, *more]))
