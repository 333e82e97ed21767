"""What the model is shown, computed from the log alone.

Promises: every call has exactly one output, directly behind its batch; between two rebases the input only grows, byte
for byte; a later request shows again exactly what an earlier one showed. `seen` and `turn` of each model_output fix
what it was shown: everything up to `seen`, but no message of a later turn.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, takewhile

from bot.core import items
from bot.core.exchange import Function, PromptItem, Said
from bot.core.items import Entry
from bot.core.past import Past
from tools.spec import Tool

#: what stands in place of the turns before a rebase
LEFT_OUT = Said("[Earlier messages of this conversation are left out.]")


def functions(tools: Mapping[str, Tool]) -> tuple[Function, ...]:
    """The menu as the model sees it, in an order that never changes by itself."""
    return tuple(Function(tool.name, tool.description, tool.schema) for _, tool in sorted(tools.items()))


def history(entries: Sequence[Entry], turn: int, seen: int) -> tuple[PromptItem, ...]:
    """The input of a request made for `turn` when the log's last seq was `seen`.

    `entries` follow one another; those before the last rebase's `since` need not be there.
    """
    return History().input(entries, turn, seen)


class History:
    """The same for one request after another, `seen` never falling: what was shown once is not computed again."""

    def __init__(self) -> None:
        self._past = Past()
        #: the last seq that was read
        self._read = 0
        self._shown: list[PromptItem] = []

    def input(self, entries: Sequence[Entry], turn: int, seen: int) -> tuple[PromptItem, ...]:
        """As `history`; `entries` are those of the last time, or the newest of them, and what followed them."""
        for entry in _between(entries, self._read, seen):
            if isinstance(entry.item, items.Rebase):
                self._begin(_between(entries, entry.item.since - 1, entry.seq), entry.item)
            else:
                self._past.index(entry.seq, entry.item)
            self._read = entry.seq
        for output in self._past.outputs:
            self._shown.extend(self._past.news(output.item.seen, output.item.turn))
            self._shown.extend(self._past.spoken(output))
        self._past.outputs.clear()
        # what this request shows beyond that is shown once its output is in the log
        news = replace(self._past, waiting=[*self._past.waiting]).news(seen, turn)
        return (*self._shown, *news)

    def _begin(self, entries: Iterator[Entry], rebase: items.Rebase) -> None:
        """Forget what was shown, and read these anew."""
        self._past, self._shown = Past(), [LEFT_OUT] if rebase.since > 1 else []
        for entry in entries:
            self._past.index(entry.seq, entry.item)
        if rebase.reason == "deletion":
            self._past.forget_opaque()


def _between(entries: Sequence[Entry], after: int, last: int) -> Iterator[Entry]:
    """The entries behind `after`, up to `last`."""
    first = max(0, after + 1 - entries[0].seq) if entries else 0
    return takewhile(lambda each: each.seq <= last, islice(entries, first, None))
