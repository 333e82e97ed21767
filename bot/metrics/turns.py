"""What people ask and what becomes of it, from the log."""

from typing import get_args

from bot.core import items
from bot.core.items import Entry
from bot.core.thread import Thread
from bot.metrics.instruments import Instruments
from bot.metrics.names import Names
from bot.metrics.waits import is_answer


class Turns:
    """Counts turns, and items of all kinds."""

    def __init__(self, make: Instruments) -> None:
        self._items = make.counter(
            "helpdesk_items_total", "Items that were written to logs of conversations, by kind.", "kind"
        )
        self._begun = make.counter("helpdesk_turns_begun_total", "Turns that began with a message.")
        self._ended = make.counter(
            "helpdesk_turns_ended_total",
            "Turns that ended, by how. One that was answered and goes on after an approval ends once more.",
            "outcome",
        )
        for outcome in ("answered", *get_args(items.OverReason)):
            # so that the first one of its kind is an increase, too
            self._ended.labels(outcome)
        self._feedback = make.counter(
            "helpdesk_feedback_total", "Thumbs below answers: good or bad. Of each person all of them count.", "verdict"
        )
        self._handed = make.counter("helpdesk_handovers_total", "Hand-overs to people in IT.")

    def entry(self, _: Names, __: Thread, entry: Entry) -> None:
        """An item is in the log."""
        self._items.labels(entry.item.kind).inc()
        match entry.item:
            case items.UserMessage(joins=None):
                self._begun.inc()
            case items.TurnOver(why=why):
                self._ended.labels(why).inc()
            case items.ModelOutput() as output if is_answer(output):
                self._ended.labels("answered").inc()
            case items.Feedback(verdict=verdict):
                self._feedback.labels(verdict).inc()
            case items.HandedOver(untold=False):
                self._handed.inc()
