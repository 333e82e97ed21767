"""Where the model's input begins. It cannot grow for ever: now and then the oldest turns are left out, all at once.

Promise: nothing that is shown afterwards refers to what is left out, so pairs of calls and outputs stay whole; and what
is shown is never longer than LEFT_OUT and KEPT items and the turns that were busy all the time.
"""

from collections.abc import Iterator

from bot.core import items
from bot.core.steps import Append, Step
from bot.core.thread import Thread

#: the newest items that stay, in whole turns
KEPT = 80

#: items that are left out at once, at least: each time the provider's prompt cache begins anew
LEFT_OUT = 100


def bordered(thread: Thread, seq: int) -> tuple[int, ...]:
    """The turns that the input could begin with, once the message `seq` has begun one; those that serve no more go."""
    if not _quiet(thread):
        return thread.borders
    near = [each for each in thread.borders if each > seq - KEPT]
    return (*thread.borders[: len(thread.borders) - len(near)][-1:], *near, seq)


def rebased(thread: Thread) -> Iterator[Step]:
    """The newest turns stay, if enough can be left out."""
    since = max((each for each in thread.borders if each <= thread.head - KEPT), default=0)
    if since - thread.since >= LEFT_OUT:
        yield Append((items.Rebase(reason="compaction", since=since),))


def _quiet(thread: Thread) -> bool:
    """All that was said was seen, all that was asked for was told: nothing that follows has anything to do with it.

    What the clock will end is none of the model's business.
    """
    busy = any(turn.unseen for turn in thread.turns.values())
    under_way = any(work.call.origin != "clock" for work in thread.works.values())
    return not (busy or under_way or any(not ask.close for ask in thread.asks.values()))
