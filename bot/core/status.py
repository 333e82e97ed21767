"""What we do in a conversation, as Slack shows it beside the thread: a pure function of the thread."""

from typing import Literal

from bot.core.handover import silent
from bot.core.items import in_slack
from bot.core.thread import Thread, Work

#: at work; everything that is open waits for people; at rest; people in IT have it, and we are silent until called
Status = Literal["processing", "suspended", "active", "closed"]


def status(thread: Thread) -> Status | None:
    """How things stand; None where nobody spoke to us yet, or it is no thread of Slack's."""
    if not thread.turns or (thread.opened and not in_slack(thread.opened.channel)):
        return None
    at_work = any(thread.busy(turn) for turn in thread.turns.values())
    if at_work or any(_to_do(thread, work) for work in thread.works.values()):
        return "processing"
    if any(not ask.close for ask in thread.asks.values()):
        return "suspended"
    return "closed" if silent(thread) else "active"


def _to_do(thread: Thread, work: Work) -> bool:
    """Something is to be done for the call now; what the clock will end is nobody's work until then."""
    return work.running or not (work.settled or work.due or thread.waits(work))
