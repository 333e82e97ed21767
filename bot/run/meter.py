"""What one request to the model takes, while it is made: time by the clock that is handed in, tokens as reported."""

from datetime import datetime
from typing import Any

from bot.core.exchange import Reply, Usage
from bot.run.kit import Kit


class Meter:
    """Runs from when it is made."""

    def __init__(self, kit: Kit, model: str) -> None:
        """`model` is the one that is asked."""
        self._kit = kit
        self._model = model
        self._began = kit.now()
        self._first: int | None = None

    def heard(self, _: str) -> None:
        """Words came; those that come first are noted."""
        if self._first is None:
            self._first = since(self._began, self._kit.now())

    def read(self, reply: Reply | None) -> dict[str, Any]:
        """The fields of Metered; without a reply nobody said how many tokens it took, or that it took any."""
        model = reply.model if reply else self._model
        return self._took(model, reply.usage if reply else Usage(), repeated=reply is not None and reply.repeated)

    def estimate(self, usage: Usage) -> dict[str, Any]:
        """The same for a request that was cut off, which nobody told the tokens of."""
        return self._took(self._model, usage, repeated=False) | {"estimated": True}

    def _took(self, model: str, usage: Usage, *, repeated: bool) -> dict[str, Any]:
        return {
            "model": model,
            "tokens_in": usage.input,
            "tokens_cached": min(usage.cached, usage.input),
            "tokens_out": usage.output,
            "cost": 0 if repeated else self._kit.prices.cost(model, usage),
            "ms": since(self._began, self._kit.now()),
            "first_ms": self._first,
            "repeated": repeated,
        }


def since(began: datetime, now: datetime) -> int:
    """Milliseconds between the two; a clock that was set back does not make it negative."""
    return max(0, round((now - began).total_seconds() * 1_000))
