"""What a call gives for a time ends by a call of the clock.

It needs nobody's approval: that it ends was approved with the call.
"""

import json
from datetime import datetime, timedelta

from bot.core import items
from bot.core.thread import Work
from tools.spec import Tool


def ending(work: Work, tool: Tool, now: datetime) -> items.Call | None:
    """The call that ends what this one, about to start, gives; None where it gives nothing for a time."""
    if tool.ends_after is None or tool.undone_by is None:
        return None
    arguments = tool.parse(work.arguments).model_dump(mode="json")
    hours = arguments[tool.ends_after]
    if hours is None:
        return None
    start = work.start.call if work.start and work.start.call else work.known
    return items.Call(
        origin="clock",
        turn=work.call.turn,
        tool=tool.undone_by.tool,
        arguments=json.dumps({name: arguments[name] for name in tool.undone_by.arguments}, ensure_ascii=False),
        of=work.seq,
        due=now + timedelta(hours=hours),
        subject=start.subject.record if start and start.subject else None,
    )
