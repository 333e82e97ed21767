"""How things stand when somebody asks: read from the database in one short transaction, at most every five seconds.

Promise: a database that is away or slow takes nothing from the other metrics but two seconds.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.metrics.instruments import Instruments
from bot.store import gauges
from bot.store.database import Database
from bot.store.gauges import Gauges

#: how long is waited for the database, and how long what it said is good, seconds
LIMIT, GOOD = 2.0, 5.0

#: by metric: what it says, and where that is in what was read
_READ: dict[str, tuple[str, Callable[[Gauges], float | None]]] = {
    "helpdesk_inbox_waiting": (
        "Messages, presses and the like that arrived and are in no log yet.",
        lambda found: found.inbox.number,
    ),
    "helpdesk_inbox_lag_seconds": ("How long the oldest of these has waited.", lambda found: found.inbox.age),
    "helpdesk_conversations_due": (
        "Conversations whose time to go on has come.",
        lambda found: found.conversations.number,
    ),
    "helpdesk_conversations_due_oldest_seconds": (
        "How long the time of the oldest of these is over.",
        lambda found: found.conversations.age,
    ),
    "helpdesk_deliveries_due": ("Places that Slack does not show as it should.", lambda found: found.deliveries.number),
    "helpdesk_deliveries_due_oldest_seconds": (
        "How long the oldest new message of these has waited.",
        lambda found: found.deliveries.age,
    ),
    "helpdesk_requests_open": ("Approval requests that are open.", lambda found: found.requests.number),
    "helpdesk_requests_open_oldest_seconds": (
        "How long the oldest of these has been open.",
        lambda found: found.requests.age,
    ),
    "helpdesk_turns_running": ("Turns that nobody has answered yet.", lambda found: found.turns.number),
    "helpdesk_turns_running_oldest_seconds": (
        "How long ago the oldest of these began.",
        lambda found: found.turns.age,
    ),
    "helpdesk_streams_open": ("Messages that grow in Slack just now.", lambda found: found.streams.number),
    "helpdesk_frozen": ("1 while everything above low risk stands still.", lambda found: float(found.frozen)),
    "helpdesk_workers_alive": (
        "Workers that were heard of in the last 15 seconds; only on PostgreSQL.",
        lambda found: found.workers,
    ),
}

_UP = (
    "helpdesk_database_up",
    "1 where the database answered in time when this was asked; else the gauges are not there.",
)


class Standing(Collector):
    """The gauges; `read` makes them new, as far as they are old."""

    def __init__(self, make: Instruments) -> None:
        self._found: Gauges | None = None
        self._read_at = -GOOD
        self._reading: asyncio.Task[Gauges] | None = None
        for name, (text, _) in _READ.items():
            make.describe(name, "gauge", text)
        make.describe(_UP[0], "gauge", _UP[1])
        make.registry.register(self)

    def describe(self) -> Iterator[Metric]:
        """Nothing, so that registering it does not ask."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """What was read last."""
        yield GaugeMetricFamily(*_UP, value=float(self._found is not None))
        for name, (text, value) in _READ.items():
            number = value(self._found) if self._found else None
            if number is not None:
                yield GaugeMetricFamily(name, text, value=number)

    async def read(self, database: Database, now: Callable[[], datetime]) -> None:
        """Ask the database, unless that was just done; one that hangs is not asked a second time meanwhile."""
        if _time() - self._read_at < GOOD:
            return
        if self._reading is None or self._reading.done():
            asked = database.run(lambda connection: gauges.read(connection, now().timestamp()))
            self._reading = asyncio.create_task(asked, name="read gauges")
            self._reading.add_done_callback(_noticed)
        await asyncio.wait([self._reading], timeout=LIMIT)
        self._found = None
        if self._reading.done():
            with suppress(Exception):
                self._found = self._reading.result()
                self._read_at = _time()


def _noticed(reading: asyncio.Task[Gauges]) -> None:
    """What nobody waits for any more may fail without a word: that the database is away is told where it is used."""
    if not reading.cancelled():
        reading.exception()


def _time() -> float:
    return asyncio.get_running_loop().time()
