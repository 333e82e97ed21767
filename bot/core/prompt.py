"""What the model is shown, computed from the log alone.

Promises: every call has exactly one output, directly behind its batch; between two rebases the input only grows, byte
for byte; a later request shows again exactly what an earlier one showed. `seen` and `turn` of each model_output fix
what it was shown: everything up to `seen`, but no message of a later turn; and where the turn's author is from outside,
only what they may know (outsiders.py).
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile

from bot.core import items
from bot.core.exchange import Answered, Function, PromptItem, Said
from bot.core.items import Entry
from bot.core.past import Past, Spoken
from bot.core.summary import shown
from bot.core.weight import Told, size_of
from tools.spec import Tool
from tools.wire import wire_name

#: told where all that is new was shown already, to another turn: many servers refuse a request that ends with an answer
NOTHING_NEW = Said("[Nothing new since your last words. Answer whoever still waits for one, in one sentence.]")


def functions(tools: Mapping[str, Tool]) -> tuple[Function, ...]:
    """The menu as the model sees it, in an order that never changes by itself."""
    named = ((wire_name(name), tool) for name, tool in sorted(tools.items()))
    return tuple(Function(name, tool.description, tool.schema, tool.strict) for name, tool in named)


def history(entries: Sequence[Entry], turn: int, seen: int) -> tuple[PromptItem, ...]:
    """The input of a request made for `turn` when the log's last seq was `seen`.

    `entries` are in order; those before the last rebase's `since` need not be there.
    """
    return History().input(entries, turn, seen)


@dataclass(slots=True)
class _Window:
    """What is shown from item `since` on, behind the summary; all that since item `begun`."""

    since: int = 0
    summary: str = ""
    begun: int = 0
    past: Past = field(default_factory=Past)
    shown: list[PromptItem] = field(default_factory=list)
    #: bytes of that
    size: int = 0
    #: the last request since then whose tokens are known
    told: Told = field(default_factory=Told)

    def show(self, more: Iterable[PromptItem]) -> None:
        """For good."""
        new = [*more]
        self.shown += new
        self.size += size_of(new)

    def speak(self, output: Spoken) -> None:
        """The request of an output, and the output; one of before `begun`, or for a visitor, was of other bytes."""
        self.show(self._beyond(self.past, output.item.turn, output.item.seen))
        weighed = output.seq > self.begun and output.item.turn not in self.past.visits
        if weighed and output.item.tokens_in and not output.item.estimated:
            self.told = Told(self.size, output.item.tokens_in)
        self.show(self.past.spoken(output))

    def news(self, turn: int, seen: int) -> tuple[PromptItem, ...]:
        """What a request shows beyond that, which is shown for good once its output is in the log."""
        return self._beyond(replace(self.past, waiting=[*self.past.waiting]), turn, seen)

    def _beyond(self, past: Past, turn: int, seen: int) -> tuple[PromptItem, ...]:
        """Never nothing behind the model's own words."""
        news = tuple(past.news(seen, turn))
        spoke = bool(self.shown) and isinstance(self.shown[-1], Answered)
        return news or ((NOTHING_NEW,) if spoke else ())


class History:
    """The same for one request after another, `seen` never falling: what was shown once is not computed again."""

    def __init__(self) -> None:
        self._window = _Window()
        #: the last seq that was read
        self._read = 0

    @property
    def told(self) -> Told:
        """The last request whose tokens are known; one of before the last rebase does not count."""
        return self._window.told

    def input(self, entries: Sequence[Entry], turn: int, seen: int) -> tuple[PromptItem, ...]:
        """As `history`; `entries` are those of the last time, or the newest of them, and what followed them."""
        self._go_on(entries, seen)
        return (*self._window.shown, *self._window.news(turn, seen))

    def size(self, entries: Sequence[Entry], turn: int, seen: int) -> int:
        """Bytes of the same."""
        self._go_on(entries, seen)
        return self._window.size + size_of(self._window.news(turn, seen))

    def _go_on(self, entries: Sequence[Entry], seen: int) -> None:
        for entry in _between(entries, self._read, seen):
            if isinstance(entry.item, items.Rebase):
                self._begin(_between(entries, entry.item.since - 1, entry.seq), entry.seq, entry.item)
            else:
                self._window.past.index(entry.seq, entry.item)
            self._read = entry.seq
        for output in self._window.past.outputs:
            self._window.speak(output)
        self._window.past.outputs.clear()

    def _begin(self, entries: Iterator[Entry], seq: int, rebase: items.Rebase) -> None:
        """Forget what was shown, and read these anew; what a provider keeps in it for itself is not sent again."""
        summary = self._window.summary if rebase.since == self._window.since else rebase.summary
        self._window = _Window(rebase.since, summary, seq)
        if rebase.since > 1:
            self._window.show([shown(summary)])
        for entry in entries:
            self._window.past.index(entry.seq, entry.item)
        self._window.past.forget_opaque()


def _between(entries: Sequence[Entry], after: int, last: int) -> Iterator[Entry]:
    """The entries behind `after`, up to `last`."""
    first = bisect_right(entries, after, key=lambda each: each.seq)
    return takewhile(lambda each: each.seq <= last, islice(entries, first, None))
