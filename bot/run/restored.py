"""What follows in a conversation from its database having been set back to a backup.

Promise: what may have been asked, decided or done since the backup is not done on what the backup knows; what the clock
has to end still ends.
"""

from collections.abc import Iterator, Mapping

from bot.core import items
from bot.core.items import Item
from bot.core.thread import Thread, Work
from tools.spec import Tool

CLOSED = "the database was restored from a backup"

NOT_RUN = (
    "The database was restored from a backup, and whether this was done after that backup is not known here. Say so, "
    "and that it can be asked for again if it is still needed."
)


def restored(thread: Thread, tools: Mapping[str, Tool]) -> Iterator[Item]:
    """Open requests are void, with their calls; of all others that may act each is unknown, or has to be asked anew."""
    for number, ask in thread.asks.items():
        if not ask.close:
            yield items.Close(request=number, verdict="void", reason=CLOSED)
    for work in thread.works.values():
        if _goes_on(work, tools) or thread.waits(work):
            continue
        if work.attempts:
            yield items.ToolUnknown(call=work.seq, tool=work.call.tool)
        else:
            yield items.Refused(call=work.seq, reason=NOT_RUN)


def _goes_on(work: Work, tools: Mapping[str, Tool]) -> bool:
    """It is over, or to be ended by the clock, or changes nothing; who joined a request shares the other's outcome."""
    tool = tools.get(work.call.tool)
    return bool(work.settled or work.joined or work.call.origin == "clock" or (tool and tool.read_only))
