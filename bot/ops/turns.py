"""What each turn of a conversation used, from its log."""

from typing import Any

from sqlalchemy import Connection

from bot.core import items
from bot.core.items import Entry
from bot.store import log
from bot.store.usage import failed

#: the numbers of a turn
_NUMBERS = (
    "calls", "failed", "repeated", "tokens_in", "tokens_cached", "tokens_out", "cost", "unpriced", "ms", "tools",
    "tools_failed",
)  # fmt: skip


def turns_of(connection: Connection, conversation: str) -> list[dict[str, Any]]:
    """A row for each turn that is kept, in their order; `tools` are attempts, and those that did not end well again."""
    found: dict[int, dict[str, Any]] = {}
    turn_of: dict[int, int] = {}
    for entry in log.read(connection, conversation):
        match entry.item:
            case items.UserMessage(joins=None, author=author):
                found[entry.seq] = {"turn": entry.seq, "user": author} | dict.fromkeys(_NUMBERS, 0)
            case items.Call(turn=turn):
                turn_of[entry.seq] = turn
            case items.ModelOutput(turn=turn) | items.ModelFailed(turn=turn) if turn in found:
                _request(found[turn], entry)
            case items.ToolResult(late=False, call=call) | items.ToolUnknown(call=call) if turn_of.get(call) in found:
                _attempt(found[turn_of[call]], entry)
    return list(found.values())


def _request(row: dict[str, Any], entry: Entry) -> None:
    item = entry.item
    assert isinstance(item, items.ModelOutput | items.ModelFailed)
    row["calls"] += 1
    row["failed"] += isinstance(item, items.ModelFailed) and item.why != "stopped"
    row["repeated"] += item.repeated
    row["cost"] += item.cost or 0
    row["unpriced"] += item.cost is None and bool(item.tokens_in or item.tokens_out)
    for name in ("tokens_in", "tokens_cached", "tokens_out", "ms"):
        row[name] += getattr(item, name)


def _attempt(row: dict[str, Any], entry: Entry) -> None:
    item = entry.item
    row["tools"] += 1
    row["tools_failed"] += isinstance(item, items.ToolUnknown) or (isinstance(item, items.ToolResult) and failed(item))
