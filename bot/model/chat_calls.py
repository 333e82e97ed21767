"""The calls of a chat completion as they come in: by index, without one, whole or in pieces, with ids that repeat.

Promise: one call for each that the model made, in its order.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.model import values
from bot.model.speech import paired


@dataclass(frozen=True, slots=True)
class Call:
    """A call, and what the server wants back with it."""

    name: str
    arguments: str
    beside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Begun:
    """A call in the making; `id` is the model's own, and no two calls need have different ones."""

    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    beside: Mapping[str, Any] = field(default_factory=dict)

    def is_over(self, given: str, name: str, arguments: str) -> bool:
        """Whether an entry at the same place is another call: some servers put all calls at place 0, or at none."""
        if not name or not self.name:
            return False
        if (given and self.id and given != self.id) or name != self.name:
            return True
        return bool(arguments) and _is_object("".join(self.pieces))


class Calls:
    """The calls of one completion."""

    def __init__(self) -> None:
        self._begun: list[_Begun] = []
        self._at: dict[int, _Begun] = {}

    def take(self, entries: object) -> int:
        """The `tool_calls` of one chunk; how many characters that was."""
        # two entries of one chunk that both have a name are two calls
        named: set[int] = set()
        return sum(self._take(entry, named) for entry in values.mappings(entries))

    def all(self) -> tuple[Call, ...]:
        """What was made of them."""
        return tuple(Call(each.name, paired("".join(each.pieces)), each.beside) for each in self._begun)

    def _take(self, entry: Mapping[str, Any], named: set[int]) -> int:
        function = entry.get("function")
        function = function if isinstance(function, Mapping) else {}
        name, arguments = values.text(function.get("name")), values.arguments(function.get("arguments"))
        given = values.text(entry.get("id"))
        call = self._of(entry.get("index"), given, name, arguments, named)
        if name:
            named.add(id(call))
        call.id, call.name = call.id or given, call.name or name
        call.pieces.append(arguments)
        beside = entry.get("extra_content")
        call.beside = beside if isinstance(beside, Mapping) else call.beside
        return len(name) + len(arguments) + len(str(beside or "")) + 1

    def _of(self, index: object, given: str, name: str, arguments: str, named: set[int]) -> _Begun:
        """The call that the entry goes on with, or a new one."""
        call = self._at.get(index) if isinstance(index, int) else self._begun[-1] if self._begun else None
        if call is None or (name and id(call) in named) or call.is_over(given, name, arguments):
            call = _Begun()
            self._begun.append(call)
        if isinstance(index, int):
            self._at[index] = call
        return call


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
