"""Tables computed from the log, written in the commit of the append: open requests, turns by person, usage.

Each can be thrown away and made again from the log: `project` over all entries gives the same rows.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from bot.core import items
from bot.core.fold import Thread
from bot.core.items import Entry
from bot.store.tables import requests, turns, usage


def project(connection: Connection, conversation: str, entries: Iterable[Entry], thread: Thread) -> None:
    """Bring the tables up to the entries; `thread` is the fold behind the last of them."""
    for entry in entries:
        match entry.item:
            case items.UserMessage(joins=None) as message:
                at = entry.at.timestamp()
                row = {"conversation": conversation, "turn": entry.seq, "author": message.author, "started_at": at}
                connection.execute(insert(turns), row | {"running": 1})
            case items.ModelOutput() as output:
                _spent(connection, output, entry, thread)
            case items.Request() as request:
                connection.execute(insert(requests), _request(conversation, entry, request))
            case items.Close() as close:
                here = (requests.c.conversation == conversation) & (requests.c.number == close.request)
                connection.execute(update(requests).where(here).values(verdict=close.verdict))


def rest(connection: Connection, conversation: str, thread: Thread) -> None:
    """Note which turns of the conversation still run; called where its worker stops to look."""
    running = [seq for seq, turn in thread.turns.items() if thread.busy(turn)]
    here = (turns.c.conversation == conversation) & (turns.c.running == 1)
    connection.execute(update(turns).where(here & turns.c.turn.not_in(running)).values(running=0))
    if running:
        mine = (turns.c.conversation == conversation) & turns.c.turn.in_(running)
        connection.execute(update(turns).where(mine).values(running=1))


def turns_of(connection: Connection, author: str, since: float, conversation: str, turn: int) -> tuple[int, int]:
    """How many turns the author began after `since` before this one, and how many of those still run."""
    this = (turns.c.conversation == conversation) & (turns.c.turn == turn)
    begun = select(turns.c.started_at).where(this).scalar_subquery()
    earlier = (turns.c.started_at < begun) | ((turns.c.started_at == begun) & (turns.c.conversation < conversation))
    found = select(func.count(), func.coalesce(func.sum(turns.c.running), 0)).where(
        turns.c.author == author, turns.c.started_at >= since, earlier
    )
    count, running = connection.execute(found).one()
    return count, running


def request_by_id(connection: Connection, version_id: str) -> tuple[str, int] | None:
    """Conversation and number of the request a button belongs to; None for an id we never made."""
    found = select(requests.c.conversation, requests.c.number).where(requests.c.id == version_id)
    row = connection.execute(found).first()
    return (row.conversation, row.number) if row else None


def _request(conversation: str, entry: Entry, request: items.Request) -> dict[str, object]:
    return {
        "id": request.id,
        "conversation": conversation,
        "number": entry.seq,
        "tool": request.tool,
        "requester": request.requester,
        "opened_at": entry.at.timestamp(),
        "expires_at": request.expires_at.timestamp(),
    }


def _spent(connection: Connection, output: items.ModelOutput, entry: Entry, thread: Thread) -> None:
    numbers = {
        "calls": 1,
        "tokens_in": output.tokens_in,
        "tokens_cached": output.tokens_cached,
        "tokens_out": output.tokens_out,
    }
    person = thread.turns[output.turn].author
    row = upsert(usage).values(person=person, day=f"{entry.at:%Y-%m-%d}", model=output.model, **numbers)
    added = {name: usage.c[name] + row.excluded[name] for name in numbers}
    connection.execute(row.on_conflict_do_update(index_elements=list(usage.primary_key), set_=added))
