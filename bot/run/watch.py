"""Who looks on: told of what happened once it is certain, for traces, metrics and logs.

Promise: looking on changes nothing. A watcher neither waits nor raises; what it needs is in what it is told, so any
process can do it for what that process did, also after a crash.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.core.items import Entry
from bot.core.thread import Thread
from bot.store.deliveries import Delivery


class Watch(Protocol):
    """One that looks on."""

    def committed(self, conversation: str, thread: Thread, entries: Sequence[Entry]) -> None:
        """These are in the log now; `thread` is the fold with them, and perhaps with some that are not committed."""

    def delivered(self, delivery: Delivery, at: datetime) -> None:
        """Slack shows it since then."""


class Watchers:
    """Any number of them, as one."""

    def __init__(self, *watching: Watch) -> None:
        self._watching = [*watching]

    def join(self, watch: Watch) -> None:
        """From now on this one looks on, too."""
        self._watching.append(watch)

    def committed(self, conversation: str, thread: Thread, entries: Sequence[Entry]) -> None:
        """See Watch."""
        for each in self._watching:
            each.committed(conversation, thread, entries)

    def delivered(self, delivery: Delivery, at: datetime) -> None:
        """See Watch."""
        for each in self._watching:
            each.delivered(delivery, at)
