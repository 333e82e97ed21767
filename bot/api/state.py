"""How things stand with a question: a pure function of the log."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.api.shapes import Answer, Approval, Outcome, Status, ToolCall, Usage
from bot.core import items
from bot.core.budget import MICRO
from bot.core.items import Entry
from bot.core.results import mapping
from bot.core.thread import Ask, Thread
from bot.slack.markdown import harmless

#: a moment in a sentence of ours, as Slack writes it; behind the bar it is as people read it
_MOMENT = re.compile(r"<!date\^[^|>]*\|([^>]*)>")

_ENDED: Mapping[str, Outcome] = {"done": "done", "passing": "running", "wrong": "failed", "failed": "failed"}
_CUT = {"incomplete": "\n\n_(My answer was cut off here.)_", "stopped": "\n\n_(Stopped.)_"}


@dataclass(frozen=True, slots=True)
class Told:
    """What the entries of a turn say, as far as they were read."""

    turn: int
    text: str | None = None
    over: items.OverReason | None = None
    calls: Mapping[int, ToolCall] = field(default_factory=dict)
    #: number of the request each call waits for, or waited
    requests: Mapping[int, int] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)

    def after(self, entry: Entry) -> "Told":
        """With one more entry."""
        item = entry.item
        match item:
            case items.ModelOutput(turn=self.turn) | items.ModelFailed(turn=self.turn):
                text = item.text + _CUT.get(item.status, "") if isinstance(item, items.ModelOutput) else ""
                spoke = text if text.strip() else self.text
                return replace(self, text=spoke, usage=_spent(self.usage, item))
            case items.TurnOver(turn=self.turn, why=why, text=text):
                return replace(self, over=why, text=_MOMENT.sub(r"\1", text) or self.text)
            case items.Call(turn=self.turn, origin="model" | "undo" | "command"):
                call = ToolCall(call=entry.seq, name=item.tool, arguments=mapping(item.arguments), outcome="asked")
                return replace(self, calls={**self.calls, entry.seq: call})
            case items.Request():
                return self._asked(item, entry.seq)
            case items.Joined(call=call, request=number):
                return self.with_outcome(call, "waiting_for_approval", number)
            case items.Close(request=number, verdict=verdict):
                return self._closed(number, verdict)
        return self._ran(item)

    def _ran(self, item: items.Item) -> "Told":
        match item:
            case items.ToolStart(call=call):
                return self.with_outcome(call, "running")
            case items.ToolResult(call=call, outcome=outcome):
                return self.with_outcome(call, _ENDED[outcome])
            case items.ToolUnknown(call=call):
                return self.with_outcome(call, "unknown")
            case items.Refused(call=call):
                denied = call in self.calls and self.calls[call].outcome in ("denied", "expired", "withdrawn", "void")
                return self if denied else self.with_outcome(call, "refused")
            case items.LinkLost(call=call):
                return self.with_outcome(call, "undelivered")
        return self

    def _asked(self, item: items.Request, seq: int) -> "Told":
        if item.call not in self.calls:
            return self
        given = self.calls[item.call].model_copy(update={"arguments": mapping(item.arguments)})
        told = replace(self, calls={**self.calls, item.call: given})
        return told.with_outcome(item.call, "waiting_for_approval", item.number or seq)

    def with_outcome(self, call: int, outcome: Outcome, number: int | None = None) -> "Told":
        """With this known of the call, where it is one of the turn; it may wait for a request."""
        if call not in self.calls:
            return self
        calls = {**self.calls, call: self.calls[call].model_copy(update={"outcome": outcome})}
        requests = {**self.requests, call: number} if number else self.requests
        return replace(self, calls=calls, requests=requests)

    def _closed(self, number: int, verdict: Outcome) -> "Told":
        told = self
        for call in [call for call, request in self.requests.items() if request == number]:
            told = told.with_outcome(call, verdict)
        return told


def read(told: Told, entries: Iterable[Entry]) -> Told:
    """With these entries, too."""
    for entry in entries:
        told = told.after(entry)
    return told


def answer(conversation: str, thread: Thread, told: Told) -> Answer:
    """How things stand; `thread` is the fold of the whole conversation."""
    waits = approvals(thread, told)
    status = _status(thread, told, waits)
    return Answer(
        conversation_id=conversation,
        answer=None if status == "working" else text(thread, told),
        status=status,
        tool_calls=tuple(told.calls.values()),
        pending_approvals=waits,
        usage=told.usage,
    )


def nothing_yet(conversation: str) -> Answer:
    """The message is stored, and nobody has looked at it."""
    return Answer(conversation_id=conversation, answer=None, status="working")


def text(thread: Thread, told: Told) -> str | None:
    """What was said last, with no link that leads somewhere unknown."""
    return harmless(told.text, frozenset(thread.links)) if told.text else None


def _status(thread: Thread, told: Told, waits: Sequence[Approval]) -> Status:
    if told.over:
        return "refused" if told.over == "refused" else "answered" if told.over in ("stopped", "deleted") else "failed"
    turn = thread.turns.get(told.turn)
    if turn and thread.busy(turn):
        return "working"
    return "waiting_for_approval" if waits else "answered"


def approvals(thread: Thread, told: Told) -> tuple[Approval, ...]:
    """The calls of the turn that wait for people."""
    found = ((call, thread.asks.get(number)) for call, number in told.requests.items())
    return tuple(_approval(call, ask) for call, ask in found if ask and not ask.close)


def _approval(call: int, ask: Ask) -> Approval:
    request = ask.request
    touched = [each.name for each in (request.subject, request.resource) if each]
    return Approval(
        call=call,
        tool=request.tool,
        summary=": ".join([request.tool.replace("_", " "), *([", ".join(touched)] if touched else [])]),
        missing=ask.missing(ask.voted),
        approvers=len(request.approvers),
        expires_at=request.expires_at,
    )


def _spent(usage: Usage, item: items.ModelOutput | items.ModelFailed) -> Usage:
    priced = item.cost is not None or not (item.tokens_in or item.tokens_out)
    known = usage.cost_usd is not None and priced
    return Usage(
        model=item.model or usage.model,
        tokens_in=usage.tokens_in + item.tokens_in,
        tokens_cached=usage.tokens_cached + item.tokens_cached,
        tokens_out=usage.tokens_out + item.tokens_out,
        cost_usd=round((usage.cost_usd or 0) + (item.cost or 0) / MICRO, 6) if known else None,
    )
