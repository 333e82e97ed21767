"""Where the model's input begins. It cannot grow for ever: now and then the oldest turns are left out, all at once.

Promise: nothing that is shown afterwards refers to what is left out, so pairs of calls and outputs stay whole; what
is shown is never longer than a summary and KEPT items and the turns that were busy all the time; and it stays within
the model's budget, as far as there are turns to leave out.
"""

from bisect import bisect_left
from collections.abc import Iterator

from bot.core import items
from bot.core.steps import Append, Step, Summarise
from bot.core.thread import Thread, Turn
from bot.core.weight import Weigh

#: the newest items that stay, in whole turns
KEPT = 80

#: items that are left out at once, at least: each time the provider's prompt cache begins anew
LEFT_OUT = 100

#: the share of the budget that stays filled where it was too small: there is room for many turns until the next time
FILLED = 0.5


def bordered(thread: Thread, seq: int) -> tuple[int, ...]:
    """The turns that the input could begin with, once the message `seq` has begun one; those that serve no more go."""
    if not _quiet(thread):
        return thread.borders
    near = [each for each in thread.borders if each > seq - KEPT]
    return (*thread.borders[: len(thread.borders) - len(near)][-1:], *near, seq)


def rebased(thread: Thread, turn: Turn, weigh: Weigh) -> Iterator[Step]:
    """The newest turns stay, where there are enough others; as many of them as are not too much, also within a turn."""
    since = thread.since if turn.model_calls or turn.failures else _aged(thread)
    if (full := weigh(turn.seq, since)) > 1:
        borders = [each for each in thread.borders if since < each <= turn.seq]
        # the later it begins, the less it is
        fits = bisect_left(borders, -FILLED, key=lambda each: -weigh(turn.seq, each))
        border = (borders[fits:] or borders[-1:] or [since])[0]
        # in front of the conversation's first turn is nothing to leave out
        since = border if weigh(turn.seq, border) < full else since
    if since > thread.since:
        yield Summarise(turn.seq, since)


def crowded(thread: Thread, turn: Turn, weigh: Weigh) -> bool:
    """What the turn itself has gathered is more than the model's budget: it is to answer with that."""
    return turn.model_calls > 0 and weigh(turn.seq, thread.since) > 1


def _aged(thread: Thread) -> int:
    """Where to begin by the number of items alone."""
    since = max((each for each in thread.borders if each <= thread.head - KEPT), default=0)
    return since if since - thread.since >= LEFT_OUT else thread.since


def led_anew(thread: Thread, turn: Turn) -> Iterator[Step]:
    """Another version of the prompt leads from this turn on; what was said stays."""
    if turn.known and turn.known.prompt not in ("", thread.prompt):
        yield Append((items.Rebase(reason="prompt", since=thread.since, prompt=turn.known.prompt),))


def _quiet(thread: Thread) -> bool:
    """All that was said was seen, all that was asked for was told: nothing that follows has anything to do with it.

    What the clock will end is none of the model's business.
    """
    busy = any(turn.unseen for turn in thread.turns.values())
    under_way = any(work.call.origin != "clock" for work in thread.works.values())
    return not (busy or under_way or any(not ask.close for ask in thread.asks.values()))
