"""The approval card: what would be done and to whom, complete, and what became of it. One look for every copy."""

import json
from typing import Any

from bot.core.fold import Ask
from bot.core.items import Close, Request
from bot.slack import blocks
from bot.slack.blocks import Block, Content, when
from bot.slack.text import label, plain
from tools.spec import Tool

#: approvers mentioned on the card
NAMED = 10

_VERDICTS = {
    "approved": ":white_check_mark: *Approved*",
    "denied": ":no_entry: *Denied*",
    "expired": ":hourglass: *Expired*: nobody decided in time, nothing was done",
    "withdrawn": ":wastebasket: *Withdrawn*",
    "void": ":warning: *Closed*, nothing was done",
}


def card(
    number: int, ask: Ask, arguments: str, tool: Tool | None, *, may_decide: bool, outcome: str | None = None
) -> Content:
    """The card of the request; `may_decide`: the people who see this copy may include approvers."""
    request = ask.request
    title = _words(request.tool).capitalize() if ask.close else f"Approval needed: {_words(request.tool)}"
    shown: list[Block] = [blocks.header(title), blocks.section(_about(request)), *_arguments(arguments)]
    shown.append(blocks.context(f"Request {number} of its thread · {_undo(tool)}"))
    if ask.close:
        shown += _closed(ask.close, ask, outcome)
    else:
        shown += [blocks.context(_waiting(request)), blocks.actions(_buttons(request, may_decide))]
    subject = f" for {label(request.subject.name)}" if request.subject else ""
    state = ask.close.verdict if ask.close else "waiting for approval"
    return {"text": f"{_words(request.tool).capitalize()}{subject}: {state}", "blocks": shown}


def _about(request: Request) -> str:
    lines = [f"*Asked by* <@{request.requester}>"]
    if subject := request.subject:
        user = f" <@{subject.slack_user}>" if subject.slack_user else ""
        flag = " · :rotating_light: *privileged account*" if subject.privileged else ""
        lines.insert(0, f"*For* {label(subject.name)} ({label(subject.record)}){user}{flag}")
    return "\n".join(lines)


def _arguments(arguments: str) -> list[Block]:
    given: dict[str, Any] = json.loads(arguments)
    return blocks.verbatim("\n".join(f"{name}: {_value(value)}" for name, value in given.items()))


def _value(value: Any) -> str:
    """The value such that it can be taken for nothing else: no second argument, no number, not nothing."""
    if isinstance(value, str) and value == value.strip() and not _is_json(value):
        return value.replace("\n", "\n    ")
    return json.dumps(value, ensure_ascii=False)


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return not value
    return True


def _undo(tool: Tool | None) -> str:
    if tool is None:
        return "What it asked for is no longer offered."
    undo = f"Can be undone: {plain(tool.undo)}" if tool.undo else "*Cannot be undone.*"
    return f"Runs `{tool.name}` with exactly these arguments · {tool.risk.value} risk · {undo}"


def _waiting(request: Request) -> str:
    people = ", ".join(f"<@{user}>" for user in request.approvers[:NAMED])
    left = len(request.approvers) - NAMED
    more = f" and {left} more" if left > 0 else ""
    how_many = "one" if request.needs == 1 else str(request.needs)
    return f"Waiting for {how_many} of {people}{more} · expires {when(request.expires_at)}"


def _buttons(request: Request, may_decide: bool) -> list[Block]:
    decide = [
        blocks.button("Approve", "approval.approve", request.id, "primary"),
        blocks.button("Deny…", "approval.deny", request.id, "danger"),
    ]
    return [*(decide if may_decide else []), blocks.button("Withdraw", "approval.withdraw", request.id)]


def _closed(close: Close, ask: Ask, outcome: str | None) -> list[Block]:
    by = f" by <@{close.by}>" if close.by else ""
    at = f" · {when(ask.closed_at)}" if ask.closed_at else ""
    shown = [blocks.section(f"{_VERDICTS[close.verdict]}{by}{at}"), *blocks.quoted(close.reason or "")]
    return [*shown, blocks.section(outcome)] if outcome else shown


def _words(name: str) -> str:
    return name.replace("_", " ")
