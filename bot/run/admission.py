"""What arrived becomes items: what the conversation's only writer makes of it, by what the log says already.

Promise: a call has one outcome, however many workers had a hand in it; what is learnt later than that is told as such.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.core import handover, items
from bot.core.items import Entry, Item
from bot.core.stops import stopping, typed
from bot.core.thread import Thread
from bot.run.leaving import left
from bot.store import arrivals
from tools.spec import Tool


def admitted(thread: Thread, entries: Sequence[Entry], arrived: arrivals.Arrived, sent_at: datetime) -> list[Item]:
    """The items that follow from what arrived, but for a backup (`restored`), what became of messages
    (`amended`) and what could not be shown (`lost`). `entries` are those that the model is shown."""
    match arrived:
        case arrivals.MessageArrived() | arrivals.StopArrived():
            return list(_said(thread, arrived, sent_at))
        case arrivals.CommandArrived():
            return list(_commanded(thread, arrived))
        case arrivals.ClickArrived():
            return [items.Click(**arrived.model_dump(exclude={"type"}), pressed_at=sent_at)]
        case arrivals.FeedbackArrived() | arrivals.HumanWanted() | arrivals.ThawArrived():
            return list(_pressed(thread, entries, arrived))
        case arrivals.PersonGone():
            return list(left(thread, arrived))
        case arrivals.SwitchArrived() | arrivals.RolloutArrived() | arrivals.PolicyArrived() | arrivals.AlertArrived():
            return [*_opening(thread, arrived.thread), _of_house(arrived)]
        case arrivals.ResultArrived():
            return list(_result(thread, arrived))
        case (
            arrivals.Undelivered()
            | arrivals.Restored()
            | arrivals.EditArrived()
            | arrivals.DeletionArrived()
            | arrivals.Overheard()
        ):
            return []


def _of_house(
    arrived: arrivals.SwitchArrived | arrivals.RolloutArrived | arrivals.PolicyArrived | arrivals.AlertArrived,
) -> Item:
    said = arrived.model_dump(exclude={"type", "thread"})
    match arrived:
        case arrivals.SwitchArrived():
            return items.Switch(**said)
        case arrivals.RolloutArrived():
            return items.RolledOut(**said)
        case arrivals.PolicyArrived():
            return items.PolicyChanged(**said)
        case arrivals.AlertArrived():
            return items.Alert(**said)


def _said(thread: Thread, arrived: arrivals.MessageArrived | arrivals.StopArrived, sent_at: datetime) -> Iterator[Item]:
    """A message, or a stop, by the button or in words; what people in IT say to each other in a thread they have is
    not for us."""
    match arrived:
        case arrivals.StopArrived(actor=actor, channel=channel):
            yield items.Stop(actor=actor, pressed_at=sent_at, channel=channel)
        case arrivals.MessageArrived(author=author, text=text) if typed(thread, author, text):
            yield items.Stop(actor=author, pressed_at=sent_at, sent=arrived.sent)
        case arrivals.MessageArrived(author=author) if arrived.called or not handover.silent(thread):
            yield from _opening(thread, arrived.thread)
            said = {name: getattr(arrived, name) for name in ("author", "text", "ts", "quoted", "files", "sent")}
            # what is said behind a stop that nobody answered yet is no part of what it ends
            turn = thread.joins(author)
            joins = None if turn in stopping(thread) else turn
            yield items.UserMessage(**said, joins=joins)


def _commanded(thread: Thread, arrived: arrivals.CommandArrived) -> Iterator[Item]:
    opening = _opening(thread, arrived.thread)
    yield from opening
    yield items.Commanded(actor=arrived.requester, terminal=arrived.terminal)
    turn, said = thread.head + len(opening) + 1, {"tool": arrived.tool, "arguments": arrived.arguments}
    yield items.Call(origin="terminal", turn=turn, requester=arrived.requester, **said)


def _pressed(
    thread: Thread,
    entries: Sequence[Entry],
    arrived: arrivals.FeedbackArrived | arrivals.HumanWanted | arrivals.ThawArrived,
) -> Iterator[Item]:
    match arrived:
        case arrivals.FeedbackArrived(turn=turn, actor=actor, verdict=verdict):
            yield items.Feedback(turn=turn, actor=actor, verdict=verdict)
        case arrivals.HumanWanted(turn=turn, author=author, actor=actor):
            yield from handover.pressed(thread, entries, turn, author, actor)
        case arrivals.ThawArrived():
            yield items.Thawed()


def _opening(thread: Thread, place: arrivals.ThreadId) -> list[Item]:
    """A place that other companies read is never again taken for one that they do not."""
    known = thread.opened and (thread.opened.shared or not place.shared)
    return [] if known else [items.Opened(**place.model_dump())]


def _result(thread: Thread, arrived: arrivals.ResultArrived) -> Iterator[Item]:
    """What a worker learnt that had lost the conversation: the outcome, or the truth about what was told as unknown."""
    result = arrived.result
    work, unknown = thread.works.get(result.call), thread.unknown.get(result.call)
    if work and not work.settled:
        # of an attempt that was followed by another one only a success still says something
        if work.attempts == arrived.attempt or _done(result):
            yield from arrived.clicks
            yield result
    elif unknown and not unknown.learnt and isinstance(result, items.ToolResult):
        yield from arrived.clicks
        outcome = "failed" if result.outcome == "passing" else result.outcome
        yield result.model_copy(update={"late": True, "outcome": outcome})


def _done(result: items.ToolResult | items.ToolUnknown) -> bool:
    return isinstance(result, items.ToolResult) and result.outcome == "done"


def nothing_new(thread: Thread, item: Item) -> bool:
    """It is an outcome of a call that has one already: another worker's attempt came first; or what was read of files
    that nobody wants any more, because their message was deleted or its turn is over."""
    if isinstance(item, items.Attached):
        turn = thread.turns.get(item.turn)
        return turn is None or item.ref not in turn.files
    if not isinstance(item, items.ToolResult | items.ToolUnknown) or getattr(item, "late", False):
        return False
    work = thread.works.get(item.call)
    return work is None or bool(work.settled)


def lost(thread: Thread, seq: int, item: Item | None, tools: Mapping[str, Tool]) -> Iterator[Item]:
    """What follows from `item` having been shown to nobody: a request that nobody can decide, a link that nobody has,
    people in IT who know nothing."""
    match item:
        case items.Request():
            ask = thread.asks.get(seq)
            if ask and not ask.close:
                reason = "its card could not be shown to anybody who may approve it"
                yield items.Close(request=seq, verdict="void", reason=reason)
        case items.ToolResult(call=call, tool=tool) if tool in tools and tools[tool].sealed:
            yield items.LinkLost(call=call)
        case items.HandedOver(to=to) if to:
            yield item.model_copy(update={"to": (), "group": None, "untold": True})
