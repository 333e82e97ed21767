"""Thread = fold(entries): the small part of a conversation's past that deciding needs.

Promise: `apply` depends only on the thread and the entry, so a fold may stop anywhere and go on later; and a
thread stays small however long the log grows, because what is settled and seen is dropped.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bot.core import items
from bot.core.canonical import call_digest
from bot.core.items import Entry

#: closed requests remembered, so that a late click can be told who decided
CLOSED_KEPT = 20


def _empty() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Turn:
    """One author's say: their messages and all the model did about them."""

    seq: int
    author: str
    #: seq of the newest message of this turn the model has not seen; 0: it has seen all
    unseen: int
    known: items.TurnKnown | None = None
    model_calls: int = 0
    #: model calls that failed since the last that worked, when the first did, and what the last one was
    failures: int = 0
    failing_since: datetime | None = None
    failure: items.ModelFailed | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """A call that is not yet settled and seen."""

    seq: int
    call: items.Call
    #: it is the nth call of its turn that asks for exactly this
    nth: int
    known: items.CallKnown | None = None
    #: number of its request, and whether that was approved
    request: int | None = None
    approved: bool = False
    #: the last look at whether the approval still holds, and when that was
    start: items.StartKnown | None = None
    start_at: datetime | None = None
    attempts: int = 0
    running: bool = False
    interrupted: bool = False
    #: the last attempt's failure that may pass, and when it was
    failed_at: datetime | None = None
    #: seq of the item that settled it; 0: not settled
    settled: int = 0
    #: the system behind the tool did not do its part, for good
    failed: bool = False
    #: the requester took it back: no answer is owed
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """An approval request and what came of it so far."""

    request: items.Request
    votes: tuple[items.Decision, ...] = ()
    close: items.Close | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """The folded conversation. `head` is the last seq."""

    head: int = 0
    opened: items.Opened | None = None
    turns: Mapping[int, Turn] = field(default_factory=_empty)
    works: Mapping[int, Work] = field(default_factory=_empty)
    asks: Mapping[int, Ask] = field(default_factory=_empty)
    #: clicks nothing was decided about, oldest first, with the facts looked up about them
    clicks: Mapping[int, items.Click] = field(default_factory=_empty)
    click_known: Mapping[int, items.ClickKnown] = field(default_factory=_empty)
    #: how often each call (turn, digest of tool and arguments) was asked for in the running turns
    asked: Mapping[tuple[int, str], int] = field(default_factory=_empty)
    #: everybody whose words are in the model's input
    speakers: frozenset[str] = frozenset()

    @property
    def latest(self) -> Turn | None:
        return self.turns[max(self.turns)] if self.turns else None

    def waits(self, work: Work) -> bool:
        """Only people can move this call on."""
        return work.request is not None and not work.approved and not work.settled

    def busy(self, turn: Turn) -> bool:
        """There is something to do for the turn that does not wait for people."""
        if turn.over:
            return False
        mine = [work for work in self.works.values() if work.call.turn == turn.seq]
        return bool(turn.unseen) or any(not self.waits(work) and not work.withdrawn for work in mine)

    def joins(self, author: str) -> int | None:
        """The turn a new message of `author` joins; None: it starts one."""
        turn = self.latest
        return turn.seq if turn and turn.author == author and self.busy(turn) else None


def fold(entries: Iterable[Entry], thread: Thread | None = None) -> Thread:
    """The thread after the entries; from an earlier thread, where one is given."""
    thread = thread or Thread()
    for entry in entries:
        thread = apply(thread, entry)
    return thread


def apply(thread: Thread, entry: Entry) -> Thread:
    """The thread after one more entry. Raises ValueError where the entry is not the next one."""
    if entry.seq != thread.head + 1:
        raise ValueError(f"item {entry.seq} does not follow {thread.head}")
    rule = _RULES[type(entry.item)]
    return replace(rule(thread, entry, entry.item), head=entry.seq)


def _opened(thread: Thread, _: Entry, item: items.Opened) -> Thread:
    return replace(thread, opened=item)


def _message(thread: Thread, entry: Entry, item: items.UserMessage) -> Thread:
    speakers = thread.speakers | {item.author}
    if item.joins is not None:
        return replace(_turn(thread, item.joins, unseen=entry.seq), speakers=speakers)
    turns = {seq: turn for seq, turn in thread.turns.items() if _alive(thread, turn)}
    asked = {key: count for key, count in thread.asked.items() if key[0] in turns}
    turns[entry.seq] = Turn(entry.seq, item.author, unseen=entry.seq)
    return replace(thread, turns=turns, asked=asked, speakers=speakers)


def _alive(thread: Thread, turn: Turn) -> bool:
    return thread.busy(turn) or any(work.call.turn == turn.seq for work in thread.works.values())


def _facts(thread: Thread, entry: Entry, item: items.Facts) -> Thread:
    match item.known:
        case items.TurnKnown() as known:
            return _turn(thread, item.ref, known=known)
        case items.CallKnown() as known:
            return _work(thread, item.ref, known=known)
        case items.StartKnown() as known:
            return _work(thread, item.ref, start=known, start_at=entry.at)
        case items.ClickKnown() as known:
            return replace(thread, click_known={**thread.click_known, item.ref: known})


def _output(thread: Thread, _: Entry, item: items.ModelOutput) -> Thread:
    turn = thread.turns[item.turn]
    works = {seq: work for seq, work in thread.works.items() if not _told(work, item)}
    return _turn(
        replace(thread, works=works),
        item.turn,
        unseen=turn.unseen if turn.unseen > item.seen else 0,
        model_calls=turn.model_calls + 1,
        failures=0,
        failing_since=None,
        failure=None,
    )


def _told(work: Work, output: items.ModelOutput) -> bool:
    """The output answers this call too; one of another turn still needs its own, unless no answer is owed."""
    seen = 0 < work.settled <= output.seen
    return seen and (work.withdrawn or work.call.turn == output.turn)


def _failed(thread: Thread, entry: Entry, item: items.ModelFailed) -> Thread:
    turn = thread.turns[item.turn]
    return _turn(
        thread,
        item.turn,
        failures=turn.failures + 1,
        failing_since=turn.failing_since or entry.at,
        failure=item,
    )


def _call(thread: Thread, entry: Entry, item: items.Call) -> Thread:
    key = (item.turn, call_digest(item.tool, item.arguments))
    nth = thread.asked.get(key, 0) + 1
    works = {**thread.works, entry.seq: Work(entry.seq, item, nth)}
    return replace(thread, works=works, asked={**thread.asked, key: nth})


def _refused(thread: Thread, entry: Entry, item: items.Refused) -> Thread:
    return _work(thread, item.call, settled=entry.seq)


def _request(thread: Thread, entry: Entry, item: items.Request) -> Thread:
    closed = [seq for seq, ask in thread.asks.items() if ask.close and ask.request.call not in thread.works]
    dropped = set(closed[: max(0, len(closed) - CLOSED_KEPT)])
    asks = {seq: ask for seq, ask in thread.asks.items() if seq not in dropped}
    asks[entry.seq] = Ask(item)
    return _work(replace(thread, asks=asks), item.call, request=entry.seq)


def _click(thread: Thread, entry: Entry, item: items.Click) -> Thread:
    return replace(thread, clicks={**thread.clicks, entry.seq: item})


def _decision(thread: Thread, _: Entry, item: items.Decision) -> Thread:
    ask = thread.asks[item.request]
    return _unclick(_ask(thread, item.request, votes=(*ask.votes, item)), item.click)


def _click_refused(thread: Thread, _: Entry, item: items.ClickRefused) -> Thread:
    return _unclick(thread, item.click)


def _close(thread: Thread, entry: Entry, item: items.Close) -> Thread:
    ask = thread.asks[item.request]
    thread = _ask(thread, item.request, close=item, closed_at=entry.at)
    if item.verdict == "approved":
        return _work(thread, ask.request.call, approved=True)
    thread = _work(thread, ask.request.call, settled=entry.seq, withdrawn=item.verdict == "withdrawn")
    return thread if item.click is None else _unclick(thread, item.click)


def _start(thread: Thread, _: Entry, item: items.ToolStart) -> Thread:
    return _work(thread, item.call, attempts=item.attempt, running=True, interrupted=False, failed_at=None)


def _result(thread: Thread, entry: Entry, item: items.ToolResult) -> Thread:
    if item.outcome == "passing":
        return _work(thread, item.call, running=False, failed_at=entry.at)
    return _work(thread, item.call, running=False, settled=entry.seq, failed=item.outcome == "failed")


def _nothing(thread: Thread, _: Entry, __: items.LinkLost) -> Thread:
    return thread


def _interrupted(thread: Thread, _: Entry, item: items.Interrupted) -> Thread:
    for seq in item.calls:
        thread = _work(thread, seq, running=False, interrupted=True)
    return thread


def _unknown(thread: Thread, entry: Entry, item: items.ToolUnknown) -> Thread:
    return _work(thread, item.call, running=False, settled=entry.seq)


def _over(thread: Thread, _: Entry, item: items.TurnOver) -> Thread:
    works = {seq: w for seq, w in thread.works.items() if not (w.settled and w.call.turn == item.turn)}
    return _turn(replace(thread, works=works), item.turn, over=True, unseen=0)


def _turn(thread: Thread, seq: int, **changes: Any) -> Thread:
    return replace(thread, turns={**thread.turns, seq: replace(thread.turns[seq], **changes)})


def _work(thread: Thread, seq: int, **changes: Any) -> Thread:
    return replace(thread, works={**thread.works, seq: replace(thread.works[seq], **changes)})


def _ask(thread: Thread, seq: int, **changes: Any) -> Thread:
    return replace(thread, asks={**thread.asks, seq: replace(thread.asks[seq], **changes)})


def _unclick(thread: Thread, seq: int) -> Thread:
    known = {ref: each for ref, each in thread.click_known.items() if ref != seq}
    clicks = {ref: each for ref, each in thread.clicks.items() if ref != seq}
    return replace(thread, clicks=clicks, click_known=known)


_RULES: Mapping[type, Callable[[Thread, Entry, Any], Thread]] = MappingProxyType(
    {
        items.Opened: _opened,
        items.UserMessage: _message,
        items.Facts: _facts,
        items.ModelOutput: _output,
        items.ModelFailed: _failed,
        items.Call: _call,
        items.Refused: _refused,
        items.Request: _request,
        items.Click: _click,
        items.Decision: _decision,
        items.ClickRefused: _click_refused,
        items.Close: _close,
        items.ToolStart: _start,
        items.ToolResult: _result,
        items.LinkLost: _nothing,
        items.Interrupted: _interrupted,
        items.ToolUnknown: _unknown,
        items.TurnOver: _over,
    }
)
