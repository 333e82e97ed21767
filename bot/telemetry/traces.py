"""Traces: tells a collector what was heard, committed and delivered here, as parts of the trace that each belongs to.

Promise: whatever goes wrong with a trace is logged and changes nothing else.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from bot.core import items
from bot.core.items import Entry
from bot.core.thread import Thread
from bot.store import log as records
from bot.store.database import Database
from bot.store.deliveries import STATUS, Delivery
from bot.telemetry.export import Emit
from bot.telemetry.reading import Reading
from bot.telemetry.spans import Begun, Place, Span, Told, delivered, place_of, received
from bot.telemetry.turns import beginnings, spans_of

#: newest items of which it is remembered where their spans hang; and as many turns and conversations
REMEMBERED = 10_000

#: deliveries that are looked up at once; those beyond that have no span
LOOKING = 100

#: from an item to the turn it is about it is no further than this
FAR = 4

K = TypeVar("K")
V = TypeVar("V")

log = structlog.get_logger()


class Traces:
    """See bot/run/watch.py."""

    def __init__(self, database: Database, emit: Emit) -> None:
        self._database = database
        self._emit = emit
        self._places: OrderedDict[tuple[str, int], Place] = OrderedDict()
        self._begun: OrderedDict[tuple[str, int], Begun] = OrderedDict()
        #: tops of traces that are sent: a turn that was over may be ended once more, by a deletion
        self._tops: OrderedDict[int, None] = OrderedDict()
        #: when something was last committed
        self._wanted: OrderedDict[str, datetime] = OrderedDict()
        self._looking: set[asyncio.Task[None]] = set()

    def heard(self, conversation: str, ts: str, at: datetime) -> None:
        """The message at `ts`, which is for us, is in the inbox since then."""
        try:
            self._emit(received(conversation, ts, at))
        except Exception:
            log.exception("no trace of a message")

    def committed(self, conversation: str, thread: Thread, entries: Sequence[Entry]) -> None:
        """See Watch."""
        try:
            begun = self._known(conversation, thread, entries)
            for span in spans_of(conversation, entries, thread, begun):
                self._once(span)
            reading = Reading(conversation, thread, begun, {entry.seq: entry.item for entry in entries})
            for entry in entries:
                turn = _turn(entry.item) or reading.turn(_about(entry.item) or entry.seq)
                if turn in begun:
                    _keep(self._places, (conversation, entry.seq), begun[turn].place(conversation))
            _keep(self._wanted, conversation, entries[-1].at)
        except Exception:
            log.exception("no trace of a commit")

    def delivered(self, delivery: Delivery, at: datetime) -> None:
        """See Watch."""
        if delivery.target == STATUS:
            return
        try:
            told = self._told(delivery, at)
            if place := self._places.get((delivery.conversation, delivery.seq)):
                self._emit(delivered(told, place))
            elif len(self._looking) < LOOKING:
                # committed by another process, or long ago
                task = asyncio.create_task(self._looked_up(told))
                self._looking.add(task)
                task.add_done_callback(self._looking.discard)
        except Exception:
            log.exception("no trace of a delivery")

    async def close(self) -> None:
        """Nothing is looked up any more."""
        for task in self._looking:
            task.cancel()
        await asyncio.gather(*self._looking, return_exceptions=True)

    def _once(self, span: Span) -> None:
        if span.parent is None:
            if span.id in self._tops:
                return
            _keep(self._tops, span.id, None)
        self._emit(span)

    def _known(self, conversation: str, thread: Thread, entries: Sequence[Entry]) -> dict[int, Begun]:
        """How the turns began that these are about; some of them the thread has forgotten."""
        begun = beginnings(entries, thread)
        for turn, each in begun.items():
            _keep(self._begun, (conversation, turn), each)
        named_here = {_turn(entry.item) or 0 for entry in entries}
        for named in (named_here | thread.turns.keys()) - begun.keys():
            if before := self._begun.get((conversation, named)):
                begun[named] = before
        return begun

    def _told(self, delivery: Delivery, at: datetime) -> Told:
        since = datetime.fromtimestamp(delivery.created_at, UTC)
        if delivery.ts and delivery.streamed is None:
            # something stood there already, and the row is as old as that
            since = self._wanted.get(delivery.conversation, at)
        return Told(
            conversation=delivery.conversation,
            seq=delivery.seq,
            target=delivery.target,
            part=delivery.part,
            wanted=delivery.wanted,
            since=since,
            at=at,
        )

    async def _looked_up(self, told: Told) -> None:
        try:
            place = await self._database.run(lambda connection: found(connection, told.conversation, told.seq))
            if place:
                self._emit(delivered(told, place))
        except Exception:
            log.exception("no trace of a delivery")


def found(connection: Connection, conversation: str, seq: int) -> Place | None:
    """The trace that the item belongs to, by the log; None where that cannot be said, or not any more."""
    for _ in range(FAR):
        item = records.item(connection, conversation, seq)
        if isinstance(item, items.UserMessage) and item.joins is None:
            return place_of(conversation, item.ts) if item.ts else None
        turn = item and (_turn(item) or _about(item))
        if not turn:
            return None
        seq = turn
    return None


def _turn(item: items.Item) -> int | None:
    """The turn that the item names."""
    turn: int | None = item.joins if isinstance(item, items.UserMessage) else getattr(item, "turn", None)
    return turn


def _about(item: items.Item) -> int | None:
    """The call or the request that the item names, through which its turn is found."""
    about: int | None = getattr(item, "call", None) or getattr(item, "request", None)
    return about


def _keep(kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > REMEMBERED:
        kept.popitem(last=False)
