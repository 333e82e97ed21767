"""How far a run has come: one line that is written anew on a terminal, else a line for each case."""

from typing import TextIO

#: characters of the bar
WIDTH = 24


class Progress:
    """Told of each case that is over."""

    def __init__(self, out: TextIO, total: int) -> None:
        self._out, self._total = out, total
        self._over = self._failed = self._longest = 0

    def over(self, name: str, *, passed: bool, seconds: float) -> None:
        """The case is over."""
        self._over += 1
        self._failed += not passed
        if not self._out.isatty():
            print(f"{'passed' if passed else 'FAILED'}  {name} ({seconds:.1f} s)", file=self._out, flush=True)
            return
        bar = "█" * (WIDTH * self._over // self._total)
        failed = f", {self._failed} failed" if self._failed else ""
        line = f"{bar:·<{WIDTH}} {self._over}/{self._total}{failed}  {name}"
        self._longest = max(self._longest, len(line))
        print(f"\r{line:<{self._longest}}", end="\n" if self._over == self._total else "", file=self._out, flush=True)
