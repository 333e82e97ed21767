"""The finish note of a plan while it comes in: heard as far as it can be read, and only where nothing is called.

Promise: what is said, joined, begins the note that the whole plan has. A plan inside prose is only read at its end.
"""

from collections.abc import Callable
from typing import Any

from pydantic_core import from_json

from bot.model.speech import paired

#: characters that have to come in before the plan is read anew, and after which it is not any more
STEP, MAX_READ = 16, 20_000

_FENCES = ("```json", "```")


class Note:
    """Reads one plan as it grows."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._text = ""
        self._unread = 0
        self._said = ""

    def take(self, piece: str) -> None:
        """The next piece of the plan's JSON."""
        if len(self._text) > MAX_READ:
            return
        self._text += piece
        self._unread += len(piece)
        if self._unread >= STEP:
            self._unread = 0
            self._read()

    def _read(self) -> None:
        note = partial_note(self._text)
        if note and note.startswith(self._said):
            new = note[len(self._said) :]
            self._said = note
            if new:
                self._say(new)


def partial_note(text: str) -> str | None:
    """As much of the finish note as is there; None where there is none, or something is called before it."""
    try:
        plan = from_json(_unfenced(paired(text)), allow_partial="trailing-strings")
    except (ValueError, TypeError):
        # half a character at the end, or something else than a plan: later, or never
        return None
    for step in _steps(plan):
        match step:
            case {"action": "finish", "note": str(note)}:
                return note
            case {"action": "think"}:
                continue
        return None
    return None


def _unfenced(text: str) -> str:
    text = text.lstrip()
    for fence in _FENCES:
        text = text.removeprefix(fence)
    return text.lstrip()


def _steps(plan: Any) -> list[Any]:
    steps = plan.get("steps", [plan]) if isinstance(plan, dict) else []
    return steps if isinstance(steps, list) else []
