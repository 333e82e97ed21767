"""Who deletes all they said in a turn takes it back: it ends without a word, and so does what it asked people for."""

from collections.abc import Iterator

from bot.core import items
from bot.core.steps import Append, Step
from bot.core.thread import Thread, Turn


def taken_back(thread: Thread) -> Iterator[Step]:
    """The ends of turns that somebody took back while there was something to do for them, or to wait for; of one that
    is over only what people are still asked for."""
    for turn in thread.turns.values():
        if turn.messages:
            continue
        closes = [items.Close(request=number, verdict="withdrawn", by=turn.author) for number in _open(thread, turn)]
        if closes or thread.busy(turn):
            # it may have ended for another reason, and people may still be asked
            over = () if turn.over else (items.TurnOver(turn=turn.seq, why="deleted", text=""),)
            yield Append((*closes, *over))


def _open(thread: Thread, turn: Turn) -> Iterator[int]:
    """What the model asked people for in this turn and nobody decided; what somebody undoes is their own.

    What was approved when it was taken back runs all the same, and may be asked anew for that.
    """
    for number, ask in thread.asks.items():
        work, anew = thread.works.get(ask.request.call), turn.over and ask.request.renews is not None
        if not (ask.close or anew) and work and work.call.turn == turn.seq and work.call.origin == "model":
            yield number
