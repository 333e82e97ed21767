"""A request to the model that is under way: what it took, and what is left of it, where nobody waits for its end.

Promise: whoever stops an answer has it counted; what no provider told is an estimate, and marked as one.
"""

from collections.abc import Callable

from bot.core import items
from bot.core.exchange import Usage
from bot.core.items import Item
from bot.core.steps import CallModel
from bot.core.thread import Thread
from bot.core.weight import tokens_of
from bot.run.meter import Meter

#: characters kept of a reply that was cut off
MAX_HEARD = 100_000


class Begun:
    """Made before the request, for everything up to item `seen`."""

    def __init__(self, step: CallModel, seen: int) -> None:
        self._step = step
        self._seen = seen
        self._meter: Meter | None = None
        self._asked: Callable[[], float] = float
        self._prompt = ""
        self._heard: list[str] = []

    def sent(self, meter: Meter, prompt: str, asked: Callable[[], float]) -> None:
        """From now on it costs money; `asked` estimates the tokens of the request, `prompt` is its version."""
        self._meter, self._prompt, self._asked = meter, prompt, asked

    def hear(self, piece: str) -> None:
        """Words came."""
        self._heard.append(piece)

    def cut_off(self, thread: Thread) -> list[Item]:
        """The words that a person did not want to hear to their end; without any, what it took."""
        text = "".join(self._heard).strip()[:MAX_HEARD]
        if not (text and self._meter and self._step.turn in thread.turns):
            return self.spent()
        return [
            items.ModelOutput(
                turn=self._step.turn,
                seen=self._seen,
                prompt=self._prompt,
                status="stopped",
                parts=(items.Text(text=text),),
                **self._meter.estimate(self._usage()),
            )
        ]

    def spent(self) -> list[Item]:
        """What it took; nothing, where it was not sent yet."""
        if self._meter is None:
            return []
        took = self._meter.estimate(self._usage())
        return [items.ModelFailed(turn=self._step.turn, why="stopped", retry_at=None, **took)]

    def _usage(self) -> Usage:
        return Usage(round(self._asked()), 0, tokens_of("".join(self._heard)))
