"""A long answer that the model speaks word by word, and when its first words are in Slack.

The model thinks for longer than a turn may take before it is streamed, so that it is the length alone that begins the
stream: the delta that makes the answer a long one is the earliest that Slack can be told of.
"""

import itertools
import re
import time
from collections.abc import Iterable
from typing import Any

from bot.slack.streams import AFTER, LONG
from bot.store.streams import A_MINUTE, MOST
from tests.bench.wire import Drip
from tests.fakes.events import events, sse

#: seconds before the model's first word, and between two words: 1,200 characters a second, which few models reach
THINKS, PAUSE = AFTER + 0.1, 0.005

#: seconds from one to the next, so that Slack's limit on streams, which the bot keeps, is not reached
APART = A_MINUTE / MOST + 0.1


class Speech:
    """One answer, the moments at which it left the model, and what Slack was shown of it (`time.monotonic`)."""

    def __init__(self, whole: dict[str, Any]) -> None:
        """`whole` is a response of one text of more than LONG characters."""
        told = list(events(whole, _words))
        self._pieces = [sse([each]) for each in told]
        lengths = (len(each["delta"]) if each["type"].endswith("text.delta") else 0 for each in told)
        #: characters said with each event and all before it
        self._said = list(itertools.accumulate(lengths))
        assert self._said[-1] > LONG, "no long answer"
        #: when the first delta was sent, the one that makes it long, and when Slack was sent the first words
        self.first = self.long = self.shown = 0.0
        #: thread and text of each that is open, by its ts
        self._streams: dict[str, tuple[str, str]] = {}
        self._numbers = itertools.count(1)

    def begin(self) -> Drip:
        """It is said again, and all moments anew."""
        self.first = self.long = self.shown = 0.0
        return Drip(self._pieces, PAUSE, self._note)

    def _note(self, piece: int) -> None:
        now = time.monotonic()
        self.first = self.first or (now if self._said[piece] else 0.0)
        self.long = self.long or (now if self._said[piece] >= LONG else 0.0)

    def started(self, asked: dict[str, Any]) -> str:
        """Slack begins a stream; gives its ts."""
        ts = f"{time.time():.0f}.{next(self._numbers):06}"
        self._streams[ts] = (asked["thread_ts"], "")
        self.added(ts, asked)
        return ts

    def added(self, ts: str, asked: dict[str, Any]) -> None:
        """The stream grows."""
        thread, text = self._streams[ts]
        more = "".join(each.get("text", "") for each in asked.get("chunks") or ())
        self.shown = self.shown or (time.monotonic() if more else 0.0)
        self._streams[ts] = (thread, text + more)

    def stopped(self, asked: dict[str, Any]) -> tuple[str, str]:
        """The stream is over; gives its thread and all of its text."""
        self.added(asked["ts"], asked)
        return self._streams.pop(asked["ts"])


def _words(text: str) -> Iterable[str]:
    """As models cut them: each with the white space before it."""
    return re.findall(r"\s*\S+", text)
