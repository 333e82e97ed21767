"""Stopping: what a person's stop ends, and what follows for the calls and requests of a turn that was stopped.

Law: a turn is stopped by its author, in a direct message by whoever writes there, and by nobody else; a stop ends no
turn with a message that is newer than the stop. Of a stopped turn nothing starts; what runs already is waited for.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.core import items, words
from bot.core.requests import refuse
from bot.core.steps import Append, Step
from bot.core.terms import Terms
from bot.core.thread import Thread, Turn, Work

#: typed alone while work is done for its author, it is a stop
WORDS = frozenset({"stop", "stop it", "stop that", "stop please", "please stop", "cancel", "abort"})


def stopped(thread: Thread, terms: Terms) -> Iterator[Step]:
    """What the oldest stop nobody answered leads to; and what is left to do for turns that were stopped."""
    for seq, stop in thread.stops.items():
        ended = [_over(turn, seq) for turn in _ends(thread, stop)]
        yield Append(tuple(ended) or (_refused(thread, seq, stop),))
    for work in thread.works.values():
        if thread.turns[work.call.turn].stopped and work.owed and not (work.settled or work.running):
            yield from _dropped(thread, work, terms)


def stopping(thread: Thread) -> frozenset[int]:
    """The turns that the stops nobody answered will end."""
    return frozenset(turn.seq for stop in thread.stops.values() for turn in _ends(thread, stop))


def typed(thread: Thread, author: str, text: str) -> bool:
    """The message is nothing but a stop, by somebody for whom work is done just now."""
    said = " ".join(text.lower().replace(",", " ").split()).rstrip(".! ")
    return said in WORDS and any(turn.author == author and thread.busy(turn) for turn in thread.turns.values())


def _ends(thread: Thread, stop: items.Stop) -> list[Turn]:
    return [
        turn
        for turn in thread.turns.values()
        if _is_theirs(thread, turn, stop) and _said_before(turn, stop.pressed_at) and _goes_on(thread, turn)
    ]


def _is_theirs(thread: Thread, turn: Turn, stop: items.Stop) -> bool:
    assert thread.opened
    return turn.author == stop.actor or thread.opened.private


def _said_before(turn: Turn, at: datetime) -> bool:
    """Both by Slack's clock: a stop that comes late is not for what was asked since."""
    return float(turn.ts or 0) <= at.timestamp()


def _goes_on(thread: Thread, turn: Turn) -> bool:
    """There is something to do for it, or people are asked for it, or its end is still to be said."""
    return thread.owes(turn) or (turn.cut_off and not turn.over)


def _over(turn: Turn, stop: int) -> items.Item:
    return items.TurnOver(turn=turn.seq, why="stopped", text="" if turn.cut_off else words.STOPPED, stop=stop)


def _refused(thread: Thread, seq: int, stop: items.Stop) -> items.Item:
    """Told to the person only where somebody else's work goes on; a stop behind the end was served by the end."""
    others = any(thread.busy(turn) and _said_before(turn, stop.pressed_at) for turn in thread.turns.values())
    channel, reason = (stop.channel, words.NOT_YOUR_TURN) if others else (None, words.NOTHING_TO_STOP)
    return items.StopRefused(stop=seq, actor=stop.actor, channel=channel, reason=reason)


def _dropped(thread: Thread, work: Work, terms: Terms) -> Iterator[Step]:
    """The call is not run; one that joined somebody else's request has what becomes of that."""
    tool = terms.tools.get(work.call.tool)
    if thread.waits(work):
        if not work.joined:
            author = thread.turns[work.call.turn].author
            yield Append((items.Close(request=work.request or 0, verdict="withdrawn", by=author),))
    elif tool and tool.read_only:
        yield Append((items.Refused(call=work.seq, reason=words.NOT_RUN_STOPPED),))
    elif not work.joined:
        yield refuse(work, words.NOT_RUN_STOPPED)
