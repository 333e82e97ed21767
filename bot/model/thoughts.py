"""What some servers leave in an answer's text of how the model thought: `<think>…</think>` before the answer.

Promise: what is heard piece by piece begins what `without` leaves of the whole.
"""

from collections.abc import Callable
from typing import Literal

OPENS, CLOSES = "<think>", "</think>"


def without(text: str) -> str:
    """The answer alone. Where only the end of a thought is marked, the prompt of the server had begun it."""
    if is_headless(text):
        text = text.partition(CLOSES)[2]
    while text.lstrip().startswith(OPENS):
        text = text.partition(CLOSES)[2]
    return text


def is_headless(text: str) -> bool:
    """A thought ends in it that never began."""
    return CLOSES in text and OPENS not in text.partition(CLOSES)[0]


class Unthought:
    """Hands on the answer's pieces and keeps the thoughts; `thinking`: it begins in the middle of one."""

    def __init__(self, say: Callable[[str], None], *, thinking: bool = False) -> None:
        self._say = say
        self._state: Literal["before", "thinking", "answering"] = "thinking" if thinking else "before"
        self._held = ""

    def take(self, piece: str) -> None:
        """The next piece of the text."""
        if self._state == "answering":
            self._say(piece)
            return
        self._held += piece
        while self._went_on():
            pass

    def _went_on(self) -> bool:
        """Whether what is held changes what comes next."""
        if self._state == "thinking":
            _, closed, after = self._held.partition(CLOSES)
            self._held = after if closed else self._held[-len(CLOSES) :]
            self._state = "before" if closed else "thinking"
            return bool(closed)
        begun = self._held.lstrip()
        if begun.startswith(OPENS):
            self._state, self._held = "thinking", begun[len(OPENS) :]
            return True
        if begun and not OPENS.startswith(begun):
            self._state = "answering"
            self._say(self._held)
        return False
