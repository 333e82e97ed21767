"""What there was to see when a case was played: calls, requests, presses and words. Values, read from the log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core import items
from bot.core.items import Entry
from bot.core.known import SlackUser
from bot.core.results import mapping
from bot.eval.fields import Outcome, Verdict


@dataclass(slots=True)
class Made:
    """A call, and what became of it."""

    tool: str
    arguments: Mapping[str, Any]
    started: bool = False
    outcome: Outcome = "none"


@dataclass(slots=True)
class Asked:
    """An approval request in its newest version."""

    tool: str
    arguments: Mapping[str, Any]
    requester: SlackUser
    needs: int
    call: int
    verdict: Verdict = "open"
    votes: list[SlackUser] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as its readers see it: a channel's name for all, a person's for what they alone read."""

    place: str
    text: str
    #: of the thread that the case is about
    thread: bool = False


@dataclass(slots=True)
class Happened:
    """All of it, or what came of one step."""

    #: the calls that were made, or that something became of
    calls: list[Made] = field(default_factory=list)
    #: those of them that were made
    made: list[Made] = field(default_factory=list)
    #: tools that began to run
    started: list[str] = field(default_factory=list)
    #: all requests of the case, as they stand
    requests: list[Asked] = field(default_factory=list)
    #: presses that changed nothing: who, and on which tool's card
    refused: list[tuple[SlackUser, str]] = field(default_factory=list)
    answers: int = 0
    seen: list[Seen] = field(default_factory=list)


def happened(log: Iterable[Entry], since: int, seen: list[Seen]) -> Happened:
    """What one conversation's log tells; of calls, presses and answers only what is behind item `since`."""
    found = _Reader(since)
    for entry in log:
        found.read(entry.seq, entry.item)
    calls = [found.calls[seq] for seq in sorted(found.touched)]
    made = [call for seq, call in found.calls.items() if seq > since]
    return Happened(calls, made, found.started, [*found.requests.values()], found.refused, found.answers, seen)


class _Reader:
    def __init__(self, since: int) -> None:
        self._since = since
        self.calls: dict[int, Made] = {}
        self.touched: set[int] = set()
        self.requests: dict[int, Asked] = {}
        self.started: list[str] = []
        self.refused: list[tuple[SlackUser, str]] = []
        self.answers = 0

    def read(self, seq: int, item: items.Item) -> None:
        self._read_call(seq, item)
        self._read_request(seq, item)
        if seq > self._since:
            self._read_news(item)

    def _read_call(self, seq: int, item: items.Item) -> None:
        match item:
            case items.Call(tool=tool, arguments=arguments):
                self.calls[seq] = Made(tool, mapping(arguments))
                self._become(seq, seq, "none")
            case items.ToolStart(call=call):
                self.calls[call].started = True
                self._become(seq, call, "unknown")
            case items.ToolResult(call=call, outcome=outcome):
                self._become(seq, call, "failed" if outcome == "passing" else outcome)
            case items.ToolUnknown(call=call):
                self._become(seq, call, "unknown")
            case items.Refused(call=call):
                self._become(seq, call, "refused")
            case items.Request(call=call) | items.Joined(call=call):
                self._become(seq, call, "waiting")

    def _become(self, seq: int, call: int, outcome: Outcome) -> None:
        self.calls[call].outcome = outcome
        if seq > self._since:
            self.touched.add(call)

    def _read_request(self, seq: int, item: items.Item) -> None:
        match item:
            case items.Request(tool=tool, arguments=arguments, requester=requester, needs=needs, call=call):
                self.requests[item.number or seq] = Asked(tool, mapping(arguments), requester, needs, call)
            case items.Decision(request=request, actor=actor):
                self.requests[request].votes.append(actor)
            case items.Close(request=request, verdict=verdict):
                self.requests[request].verdict = verdict
                if verdict != "approved":
                    self._become(seq, self.requests[request].call, verdict)

    def _read_news(self, item: items.Item) -> None:
        match item:
            case items.ToolStart(tool=tool):
                self.started.append(tool)
            case items.ClickRefused(request=request, actor=actor):
                self.refused.append((actor, self.requests[request].tool))
            case items.ModelOutput() if item.text:
                self.answers += 1
            case items.TurnOver(text=text) if text:
                self.answers += 1
