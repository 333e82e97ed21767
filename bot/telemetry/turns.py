"""From the log to spans: what a commit says of the turns it is about.

A turn is a trace: `invoke_agent` at the top, and below it all that was done for it, however late and by whom. What
comes after the turn was over, such as the end of an access, hangs there, too. Names and attributes are OpenTelemetry's
conventions for generative AI where they have any.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bot.core import items
from bot.core.items import Entry
from bot.core.known import ClickKnown, TurnKnown
from bot.core.thread import Thread
from bot.telemetry.ids import sent_at
from bot.telemetry.reading import Reading
from bot.telemetry.spans import AGENT, Begun, Place, Span, Value, before, place_of
from bot.telemetry.work import chat, closed, interrupted, ran

#: ends of a turn that are failures
_FAILED = ("failed", "steps", "gave_up")


def beginnings(entries: Sequence[Entry], thread: Thread) -> dict[int, Begun]:
    """By turn the message that began it, of all turns that these say something of."""
    found = {seq: Begun(turn.first_ts, turn.first_at) for seq, turn in thread.turns.items() if turn.first_at}
    for entry in entries:
        match entry.item:
            case items.UserMessage(joins=None, ts=ts):
                found[entry.seq] = Begun(ts, entry.at)
            case items.Deleted(ref=ref, turn=turn, ts=ts) if ref == turn and turn in found:
                # the fold has forgotten the place of what was deleted
                found[turn] = Begun(ts, found[turn].at)
    return {turn: begun for turn, begun in found.items() if begun.ts}


def spans_of(conversation: str, entries: Sequence[Entry], thread: Thread, begun: Mapping[int, Begun]) -> Iterator[Span]:
    """What these entries say; `thread` is the fold with them. Of a turn that `begun` does not know nothing is said."""
    reading = Reading(conversation, thread, begun, {entry.seq: entry.item for entry in entries})
    for entry in entries:
        rule = _RULES.get(type(entry.item))
        if rule:
            yield from rule(reading, entry, entry.item)
        yield from _ended(reading, entry)


def _said(reading: Reading, entry: Entry, item: items.UserMessage) -> Iterator[Span]:
    start = sent_at(item.ts, entry.at)
    if item.joins is None:
        yield from reading.span(entry.seq, entry, "admit", start, {})
        return
    if not item.ts or item.joins not in reading.begun:
        return
    # what was heard hangs in a trace of its own, because nobody knew yet that it joins a turn
    own, turn = place_of(reading.conversation, item.ts), reading.begun[item.joins].place(reading.conversation)
    yield from reading.span(item.joins, entry, "admit", start, {"helpdesk.joins": True}, link=own)
    yield _top(reading, entry, "join", own, start, link=turn)


def _stopped(reading: Reading, entry: Entry, item: items.Stop) -> Iterator[Span]:
    """A word that stops things was heard as a message, and none came of it."""
    if item.channel is None:
        place = place_of(reading.conversation, f"{item.pressed_at.timestamp():.6f}")
        yield _top(reading, entry, "stop", place, item.pressed_at)


def _top(reading: Reading, entry: Entry, name: str, place: Place, start: datetime, link: Place | None = None) -> Span:
    return Span(
        trace=place.trace,
        id=place.root,
        parent=None,
        name=name,
        start=min(start, entry.at),
        end=entry.at,
        attributes={"gen_ai.conversation.id": reading.conversation},
        link=link,
    )


def _facts(reading: Reading, entry: Entry, item: items.Facts) -> Iterator[Span]:
    turn = item.ref if isinstance(item.known, TurnKnown) else reading.turn(item.ref)
    if isinstance(item.known, ClickKnown):
        turn = _clicked(reading, item.ref)
    said = {"helpdesk.about": item.known.about, "helpdesk.ref": item.ref}
    yield from reading.span(turn, entry, "facts", before(entry.at, item.ms), said)


def _clicked(reading: Reading, click: int) -> int | None:
    """A click that was decided upon is not in the fold any more."""
    for item in reading.new.values():
        if isinstance(item, items.Decision | items.ClickRefused) and item.click == click:
            return reading.turn(item.request)
    return reading.turn(click)


def _ended(reading: Reading, entry: Entry) -> Iterator[Span]:
    """The top of each turn that owes nothing any more since this entry."""
    for seq, turn in reading.thread.turns.items():
        if turn.completed == entry.seq:
            yield from _invoked(reading, entry, seq, turn.model_calls)
    gone = entry.item.turn if isinstance(entry.item, items.TurnOver) else None
    if gone and gone not in reading.thread.turns:
        # another turn began in the same commit, so this one is forgotten
        yield from _invoked(reading, entry, gone, None)


def _invoked(reading: Reading, entry: Entry, turn: int, model_calls: int | None) -> Iterator[Span]:
    if turn not in reading.begun:
        return
    begun = reading.begun[turn]
    place = begun.place(reading.conversation)
    why = next((i.why for i in reading.new.values() if isinstance(i, items.TurnOver) and i.turn == turn), None)
    error = why if why in _FAILED else None
    said: dict[str, Value] = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": AGENT}
    said |= {"helpdesk.model_calls": model_calls} if model_calls is not None else {}
    said |= {"helpdesk.over": why} if why else {}
    said |= {"error.type": error} if error else {}
    yield Span(
        trace=place.trace,
        id=place.root,
        parent=None,
        name=f"invoke_agent {AGENT}",
        start=min(begun.sent_at, entry.at),
        end=entry.at,
        attributes=reading.about(turn) | said,
        error=error,
    )


_RULES: Mapping[type, Callable[[Reading, Entry, Any], Iterator[Span]]] = MappingProxyType(
    {
        items.UserMessage: _said,
        items.Stop: _stopped,
        items.Facts: _facts,
        items.ModelOutput: chat,
        items.ModelFailed: chat,
        items.ToolResult: ran,
        items.ToolUnknown: ran,
        items.Interrupted: interrupted,
        items.Close: closed,
    }
)
