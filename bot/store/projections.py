"""Tables computed from the log, written in the commit of the append: open requests, turns by person, usage.

Each can be thrown away and made again from the log: `project` over all entries gives the same rows.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from bot.core import items
from bot.core.fold import Thread
from bot.core.items import Entry
from bot.store.tables import requests, turns, usage

# statements are made once: making one takes ten times as long as running it
_BEGIN_TURN, _REQUEST = insert(turns), insert(requests)
_CLOSE = (
    update(requests)
    .where(requests.c.conversation == bindparam("of_conversation"), requests.c.number == bindparam("of_number"))
    .values(verdict=bindparam("verdict"))
)
_of_conversation = turns.c.conversation == bindparam("of_conversation")
_at_work = turns.c.turn.in_(bindparam("at_work", expanding=True))
_REST = update(turns).where(_of_conversation, turns.c.running == 1, ~_at_work).values(running=0)
_WORK = update(turns).where(_of_conversation, _at_work).values(running=1)
_this = (turns.c.conversation == bindparam("conversation")) & (turns.c.turn == bindparam("turn"))
_own = select(turns.c.id).where(_this).scalar_subquery()
_TURNS_OF = select(func.count(), func.coalesce(func.sum(turns.c.running), 0)).where(
    turns.c.author == bindparam("author"),
    turns.c.started_at >= bindparam("since"),
    turns.c.id < _own,
)
_row = upsert(usage)
_SPENT = _row.on_conflict_do_update(
    index_elements=list(usage.primary_key),
    set_={name: usage.c[name] + _row.excluded[name] for name in ("calls", "tokens_in", "tokens_cached", "tokens_out")},
)


def project(connection: Connection, conversation: str, entries: Iterable[Entry], thread: Thread) -> None:
    """Bring the tables up to the entries; `thread` is the fold behind the last of them."""
    for entry in entries:
        match entry.item:
            case items.UserMessage(joins=None) as message:
                at = entry.at.timestamp()
                row = {"conversation": conversation, "turn": entry.seq, "author": message.author, "started_at": at}
                connection.execute(_BEGIN_TURN, row | {"running": 1})
            case items.ModelOutput() as output:
                _spent(connection, output, entry, thread)
            case items.Request() as request:
                connection.execute(_REQUEST, _request(conversation, entry, request))
            case items.Close() as close:
                of = {"of_conversation": conversation, "of_number": close.request}
                connection.execute(_CLOSE, of | {"verdict": close.verdict})


def rest(connection: Connection, conversation: str, thread: Thread) -> None:
    """Note which turns of the conversation still run; called where its worker stops to look."""
    running = [seq for seq, turn in thread.turns.items() if thread.busy(turn)]
    here = {"of_conversation": conversation, "at_work": running}
    connection.execute(_REST, here)
    if running:
        connection.execute(_WORK, here)


def turns_of(connection: Connection, author: str, since: float, conversation: str, turn: int) -> tuple[int, int]:
    """How many turns the author began after `since` before this one, and how many of those still run."""
    asked = {"author": author, "since": since, "conversation": conversation, "turn": turn}
    count, running = connection.execute(_TURNS_OF, asked).one()
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
    row = {
        "person": thread.turns[output.turn].author,
        "day": f"{entry.at:%Y-%m-%d}",
        "model": output.model,
        "calls": 1,
        "tokens_in": output.tokens_in,
        "tokens_cached": output.tokens_cached,
        "tokens_out": output.tokens_out,
    }
    connection.execute(_SPENT, row)
