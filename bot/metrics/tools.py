"""Calls of tools and attempts to run them, from the log."""

from prometheus_client import Counter

from bot.core import items
from bot.core.items import Entry
from bot.core.thread import Thread
from bot.metrics.instruments import CALLS, Instruments
from bot.metrics.models import MILLI
from bot.metrics.names import UNKNOWN, Names
from bot.store import usage


class Tools:
    """Counts calls of tools."""

    def __init__(self, make: Instruments, errors: Counter) -> None:
        self._errors = errors
        self._calls = make.counter(
            "helpdesk_calls_total",
            "Calls that were asked for, by the model, by people (undo, command, terminal) or by the clock.",
            *("tool", "origin"),
        )
        self._refused = make.counter(
            "helpdesk_calls_refused_total", "Calls that rules or circumstances did not let run.", "tool"
        )
        self._attempts = make.counter(
            "helpdesk_tool_attempts_total",
            "Attempts to run a tool that ended, by how; unknown: nobody can say whether it took effect.",
            *("tool", "outcome"),
        )
        self._seconds = make.histogram("helpdesk_tool_seconds", "How long attempts took.", "tool", buckets=CALLS)

    def entry(self, names: Names, thread: Thread, entry: Entry) -> None:
        """An item is in the log."""
        match entry.item:
            case items.Call(tool=tool, origin=origin):
                self._calls.labels(names.tool(tool), origin).inc()
            case items.Refused(call=call):
                work = thread.works.get(call)
                self._refused.labels(names.tool(work.call.tool) if work else UNKNOWN).inc()
            case items.ToolResult() as result:
                self._ended(names.tool(result.tool), _outcome(result), result)
                if usage.failed(result):
                    self._errors.labels("tool", names.tool(result.tool)).inc()
            case items.ToolUnknown() as result:
                self._ended(names.tool(result.tool), "unknown", result)
                self._errors.labels("tool", names.tool(result.tool)).inc()

    def _ended(self, tool: str, outcome: str, result: items.ToolResult | items.ToolUnknown) -> None:
        self._attempts.labels(tool, outcome).inc()
        if outcome not in ("cached", "late"):
            self._seconds.labels(tool).observe(result.ms / MILLI)


def _outcome(result: items.ToolResult) -> str:
    """Its own, or why that is none of the tool's doing."""
    notes = {"late": result.late, "cached": result.cached, "impossible": result.impossible}
    return next((note for note, holds in notes.items() if holds), result.outcome)
