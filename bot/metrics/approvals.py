"""Approvals: what people are asked, how they decide and how long that takes, from the log."""

from bot.core import items
from bot.core.items import Entry
from bot.core.thread import Thread
from bot.metrics.instruments import DECISIONS, Instruments
from bot.metrics.names import Names


class Approvals:
    """Counts requests and votes by the risk of the tool."""

    def __init__(self, make: Instruments) -> None:
        self._asked = make.counter("helpdesk_approvals_asked_total", "Requests that people were asked.", "risk")
        self._versions = make.counter(
            "helpdesk_approvals_edited_total", "Versions of requests with other arguments.", "risk"
        )
        self._closed = make.counter(
            "helpdesk_approvals_closed_total", "Requests that are over, by how.", *("verdict", "risk")
        )
        self._waited = make.histogram(
            "helpdesk_approval_wait_seconds",
            "From when people were asked to when the request was over.",
            *("verdict", "risk"),
            buckets=DECISIONS,
        )
        self._votes = make.counter(
            "helpdesk_votes_total",
            "Presses on cards that counted: approve, deny; and that did not: refused.",
            *("verdict", "risk"),
        )
        self._nudges = make.counter(
            "helpdesk_nudges_total", "Reminders, and requests that were escalated to more people.", "step"
        )

    def entry(self, names: Names, thread: Thread, entry: Entry) -> None:
        """An item is in the log."""
        match entry.item:
            case items.Request(tool=tool, number=number):
                (self._asked if number is None else self._versions).labels(names.risk(tool)).inc()
            case items.Close() as close:
                self._close(names, thread, entry, close)
            case items.Decision(request=request, verdict=verdict):
                self._votes.labels(verdict, _risk(names, thread, request)).inc()
            case items.ClickRefused(request=request):
                self._votes.labels("refused", _risk(names, thread, request)).inc()
            case items.Nudge(step=step):
                self._nudges.labels(step).inc()

    def _close(self, names: Names, thread: Thread, entry: Entry, close: items.Close) -> None:
        labels = close.verdict, _risk(names, thread, close.request)
        self._closed.labels(*labels).inc()
        ask = thread.asks.get(close.request)
        if ask and ask.asked_at:
            self._waited.labels(*labels).observe(max(0.0, (entry.at - ask.asked_at).total_seconds()))


def _risk(names: Names, thread: Thread, request: int) -> str:
    """Of the tool that the request is about; unknown where the thread remembers no such request."""
    ask = thread.asks.get(request)
    return names.risk(ask.request.tool if ask else "")
