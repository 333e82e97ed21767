"""What the log says of approvals, as tables: requests, what was started, what the clock ends.

Written with the append like all projections, and read where decisions count what happened in other conversations.
"""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, literal, select, tuple_, update

from bot.core import items
from bot.core.canonical import call_digest
from bot.core.items import Entry
from bot.core.known import Denial, Person, Recent
from bot.core.thread import Thread
from bot.store.tables import conversations, endings, requests, starts
from tools.spec import Resource

#: seconds
HOUR, DAY = 3600, 24 * 3600

# statements are made once: making one takes ten times as long as running it
_REQUEST, _START, _ENDING = insert(requests), insert(starts), insert(endings)
_ENDED = delete(endings).where(endings.c.conversation == bindparam("conversation"), endings.c.call == bindparam("call"))
_open = update(requests).where(
    requests.c.conversation == bindparam("of_conversation"),
    requests.c.number == bindparam("of_number"),
    requests.c.verdict.is_(None),
)
_CLOSE = _open.values({name: bindparam(name) for name in ("verdict", "closed_at", "closed_by", "reason")})
_ASK_MORE = _open.values(approvers=bindparam("approvers"))
_VOTED = _open.values(voted=bindparam("voters"))
_asking = select(requests.c.conversation).where(
    requests.c.tool.in_(bindparam("tools", expanding=True)), requests.c.verdict.is_(None)
)
_LOOK_AGAIN = update(conversations).where(conversations.c.id.in_(_asking)).values(wake_at=bindparam("at"))


def project(connection: Connection, conversation: str, entry: Entry, thread: Thread) -> None:
    """Bring the tables up to the entry; `thread` is the fold with it or later."""
    match entry.item:
        case items.Request() as request:
            if request.number is not None:
                end = {"verdict": "edited", "closed_by": request.edited_by, "reason": None}
                _close(connection, conversation, entry, request.number, end)
            connection.execute(_REQUEST, _request(conversation, entry, request))
        case items.Close() as close:
            end = {"verdict": close.verdict, "closed_by": close.by, "reason": close.reason}
            _close(connection, conversation, entry, close.request, end)
        case items.Nudge(request=number, step="escalate"):
            asked = dict.fromkeys(user for users in thread.asks[number].entitled.values() for user in users)
            of = {"of_conversation": conversation, "of_number": number}
            connection.execute(_ASK_MORE, of | {"approvers": json.dumps([*asked])})
        case items.Decision(request=number) | items.Joined(request=number):
            voters = [*thread.asks[number].voted] if number in thread.asks else []
            of = {"of_conversation": conversation, "of_number": number}
            connection.execute(_VOTED, of | {"voters": json.dumps(voters)})
        case items.ToolStart(attempt=1) as start:
            _start(connection, conversation, entry, start, thread)
        case items.Call(origin="clock", subject=str(person)):
            connection.execute(_ENDING, {"conversation": conversation, "call": entry.seq, "person": person})
        case items.ToolResult(call=call, outcome="done") if _of_the_clock(thread, call):
            connection.execute(_ENDED, {"conversation": conversation, "call": call})


def _start(connection: Connection, conversation: str, entry: Entry, start: items.ToolStart, thread: Thread) -> None:
    """Only calls that something was looked up about count: those above low risk."""
    work = thread.works.get(start.call)
    if work and work.known:
        subject = work.known.subject.record if work.known.subject else None
        row = {"conversation": conversation, "call": start.call, "tool": start.tool, "subject": subject}
        connection.execute(_START, row | {"requester": thread.author(work), "at": entry.at.timestamp()})


def _of_the_clock(thread: Thread, call: int) -> bool:
    """It may be one; the thread forgets calls that are long over."""
    work = thread.works.get(call)
    return work is None or work.call.origin == "clock"


def _close(connection: Connection, conversation: str, entry: Entry, number: int, end: dict[str, Any]) -> None:
    of = {"of_conversation": conversation, "of_number": number}
    connection.execute(_CLOSE, of | end | {"closed_at": entry.at.timestamp()})


def _request(conversation: str, entry: Entry, request: items.Request) -> dict[str, object]:
    return {
        "id": request.id,
        "conversation": conversation,
        "number": request.number or entry.seq,
        "seq": entry.seq,
        "version": request.version,
        "tool": request.tool,
        "requester": request.requester,
        "touches": touches(request.subject, request.resource, request.arguments),
        "approvers": json.dumps(request.approvers),
        "opened_at": entry.at.timestamp(),
        "expires_at": request.expires_at.timestamp(),
    }


def touches(subject: Person | None, resource: Resource | None, arguments: str) -> str:
    """What a call touches, as a key; where it touches neither a person nor a thing, what it was called with."""
    if subject is None and resource is None:
        return call_digest("", arguments)
    return json.dumps([subject.record if subject else None, resource.id if resource else None])


def recent(
    connection: Connection, requester: str, tool: str, subject: str | None, now: float, but: tuple[str, int]
) -> Recent:
    """What was started within a day, `but` for one call of a conversation."""
    others = tuple_(starts.c.conversation, starts.c.call) != tuple_(*(literal(each) for each in but))
    mine = select(func.count()).where(others, starts.c.requester == requester, starts.c.tool == tool)
    on = select(func.count()).where(others, starts.c.subject == subject, starts.c.at > now - DAY)
    return Recent(
        tool_hour=connection.scalar(mine.where(starts.c.at > now - HOUR)) or 0,
        tool_day=connection.scalar(mine.where(starts.c.at > now - DAY)) or 0,
        subject_day=(connection.scalar(on) or 0) if subject else 0,
    )


def denial(connection: Connection, tool: str, touched: str, conversation: str, now: float) -> Denial | None:
    """The last time the same was denied, if that is less than an hour ago; what was said in another conversation stays
    there."""
    same = (requests.c.tool == tool) & (requests.c.touches == touched) & (requests.c.verdict == "denied")
    last = select(requests).where(same, requests.c.closed_at > now - HOUR).order_by(requests.c.closed_at.desc())
    row = connection.execute(last.limit(1)).first()
    if row is None:
        return None
    reason = row.reason if row.conversation == conversation else None
    return Denial(by=row.closed_by, at=datetime.fromtimestamp(row.closed_at, UTC), reason=reason)


def open_of(connection: Connection, requester: str) -> int:
    """How many requests of this person wait for a decision."""
    mine = (requests.c.requester == requester) & requests.c.verdict.is_(None)
    return connection.scalar(select(func.count()).where(mine)) or 0


def look_again(connection: Connection, tools: Collection[str], now: float) -> None:
    """Have the conversations looked at in which a request for one of these tools is open; `now` since the epoch."""
    connection.execute(_LOOK_AGAIN, {"tools": [*tools], "at": now})
