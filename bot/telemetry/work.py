"""Spans of what takes time in a turn: the model, tools, and people who are to approve."""

from collections.abc import Iterator

from bot.core import items
from bot.core.items import Entry
from bot.telemetry.reading import Reading
from bot.telemetry.spans import Span, Value, before

#: as the convention calls why a model stopped
_FINISH = {"incomplete": "length", "refused": "content_filter", "stopped": "cancelled"}


def chat(reading: Reading, entry: Entry, item: items.ModelOutput | items.ModelFailed) -> Iterator[Span]:
    said: dict[str, Value] = {
        "gen_ai.operation.name": "chat",
        # by whose protocol: who is behind it is not known here
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": item.model,
        "gen_ai.usage.input_tokens": item.tokens_in,
        "gen_ai.usage.output_tokens": item.tokens_out,
        "gen_ai.usage.cache_read.input_tokens": item.tokens_cached,
    }
    if item.cost is not None:
        said["helpdesk.cost_usd"] = item.cost / 1_000_000
    if item.first_ms is not None:
        said["gen_ai.response.time_to_first_chunk"] = item.first_ms / 1_000
    error = None
    if isinstance(item, items.ModelFailed):
        error = None if item.why == "stopped" else item.why
    else:
        calls = any(isinstance(part, items.CallHere) for part in item.parts)
        said["gen_ai.response.model"] = item.model
        said["gen_ai.response.finish_reasons"] = (_FINISH.get(item.status, "tool_calls" if calls else "stop"),)
    name = f"chat {item.model}".strip()
    yield from reading.span(item.turn, entry, name, before(entry.at, item.ms), said, kind="client", error=error)


def _tool(tool: str, call: int) -> dict[str, Value]:
    return {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool,
        "gen_ai.tool.call.id": f"c{call}",
        "gen_ai.tool.type": "function",
    }


def ran(reading: Reading, entry: Entry, item: items.ToolResult | items.ToolUnknown) -> Iterator[Span]:
    outcome = item.outcome if isinstance(item, items.ToolResult) else "unknown"
    said = _tool(item.tool, item.call) | {"helpdesk.outcome": outcome}
    if work := reading.thread.works.get(item.call):
        said["helpdesk.attempt"] = work.attempts
    turn, start = reading.turn(item.call), before(entry.at, item.ms)
    error = None if outcome == "done" else outcome
    yield from reading.span(turn, entry, f"execute_tool {item.tool}", start, said, error=error)


def interrupted(reading: Reading, entry: Entry, item: items.Interrupted) -> Iterator[Span]:
    """Of each attempt that nobody will hear of again."""
    for call in item.calls:
        if not (work := reading.thread.works.get(call)):
            continue
        tool, what, start = work.call.tool, f"execute_tool {call}", work.started_at or entry.at
        said, turn = _tool(tool, call), work.call.turn
        yield from reading.span(turn, entry, f"execute_tool {tool}", start, said, what=what, error="interrupted")


def closed(reading: Reading, entry: Entry, item: items.Close) -> Iterator[Span]:
    ask = reading.thread.asks.get(item.request)
    if ask is None:
        return
    said: dict[str, Value] = {
        "helpdesk.request": item.request,
        "helpdesk.verdict": item.verdict,
        "helpdesk.approvals": len(ask.voted),
        "helpdesk.approvals_needed": ask.request.needs,
        "gen_ai.tool.name": ask.request.tool,
        "gen_ai.tool.call.id": f"c{ask.request.call}",
    }
    turn = reading.turn(ask.request.call)
    yield from reading.span(turn, entry, "wait_for_approval", ask.asked_at or entry.at, said)
