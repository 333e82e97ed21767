"""What is known while committed entries are read, to find the turn that each is about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core import items
from bot.core.items import Entry
from bot.core.thread import Thread
from bot.telemetry.ids import span_id
from bot.telemetry.spans import Begun, Span, Value


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known while entries are read."""

    conversation: str
    thread: Thread
    begun: Mapping[int, Begun]
    new: Mapping[int, items.Item]

    def turn(self, seq: int) -> int | None:
        """The turn that the item is about; None where that is not known any more."""
        item = self.new.get(seq)
        if isinstance(item, items.Call):
            return item.turn
        work = self.thread.works.get(seq) or self.thread.unknown.get(seq)
        if work:
            return work.call.turn
        if ask := self.thread.asks.get(seq):
            return self.turn(ask.request.call)
        click = item if isinstance(item, items.Click) else self.thread.clicks.get(seq)
        return self.turn(click.request) if click else seq if seq in self.begun else None

    def span(
        self, turn: int | None, entry: Entry, name: str, start: datetime, said: Mapping[str, Value], **more: Any
    ) -> Iterator[Span]:
        """One that ends with the entry, if its turn is known."""
        if turn is None or turn not in self.begun:
            return
        place, what = self.begun[turn].place(self.conversation), more.pop("what", name.partition(" ")[0])
        error = more.get("error")
        yield Span(
            trace=place.trace,
            id=span_id(self.conversation, entry.seq, what),
            parent=place.root,
            name=name,
            start=min(start, entry.at),
            end=entry.at,
            attributes=self.about(turn) | dict(said) | ({"error.type": error} if error else {}),
            **more,
        )

    def about(self, turn: int) -> dict[str, Value]:
        """What each span says."""
        return {"gen_ai.conversation.id": self.conversation, "helpdesk.turn": turn}
