"""One line of the table, and the numbers in it."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.driver import Turn


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. The target is for `ratio`, or for `ours` where there is nothing to compare with."""

    name: str
    unit: str
    ours: float
    floor: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    #: what has to be known to read it, where there is no target
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.floor if self.floor else None

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        value = self.ours if self.ratio is None else self.ratio
        if self.at_most is not None:
            return value <= self.at_most
        return value >= self.at_least if self.at_least is not None else None


def milliseconds(turn: Turn) -> float:
    """How long the turn took."""
    assert turn.right, "no answer, or not the model's"
    return turn.seconds * 1_000


def median(values: Sequence[float]) -> float:
    """Half of the values are smaller."""
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """One in twenty is larger."""
    return statistics.quantiles(values, n=20)[-1]
