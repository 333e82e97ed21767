"""How far something has come: one line that is written anew on a terminal, and nothing anywhere else."""

from typing import TextIO

#: characters of the bar
WIDTH = 24


class Bar:
    """Shows nothing where `out` is no terminal."""

    def __init__(self, out: TextIO) -> None:
        self.shown = out.isatty()
        self._out = out
        self._longest = 0

    def at(self, done: int, total: int, text: str = "") -> None:
        """So many of so many are done."""
        if not self.shown:
            return
        bar = "█" * (WIDTH * done // max(total, 1))
        line = f"{bar:·<{WIDTH}} {done}/{total}{text}"
        self._longest = max(self._longest, len(line))
        print(f"\r{line:<{self._longest}}", end="\n" if done == total else "", file=self._out, flush=True)
