"""How far a run has come: one line that is written anew on a terminal, else a line for each case."""

from typing import TextIO

from bot.ops.bar import Bar


class Progress:
    """Told of each case that is over."""

    def __init__(self, out: TextIO, total: int) -> None:
        self._out, self._total, self._bar = out, total, Bar(out)
        self._over = self._failed = 0

    def over(self, name: str, *, passed: bool, seconds: float) -> None:
        """The case is over."""
        self._over += 1
        self._failed += not passed
        if not self._bar.shown:
            print(f"{'passed' if passed else 'FAILED'}  {name} ({seconds:.1f} s)", file=self._out, flush=True)
        failed = f", {self._failed} failed" if self._failed else ""
        self._bar.at(self._over, self._total, f"{failed}  {name}")
