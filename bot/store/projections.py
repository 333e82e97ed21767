"""Tables computed from the log, written in the commit of the append: requests (requests.py), turns by person, usage.

Each can be thrown away and made again from the log: `project` over all entries gives the same rows.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.core import items
from bot.core.items import Entry
from bot.core.thread import Thread
from bot.store import attachments, requests
from bot.store.tables import turns, usage

# statements are made once: making one takes ten times as long as running it
_BEGIN_TURN = insert(turns)
_of_conversation = turns.c.conversation == bindparam("of_conversation")
_at_work = turns.c.turn.in_(bindparam("at_work", expanding=True))
# spelled out as in the index, which holds no more than these
_REST = update(turns).where(_of_conversation, text("running = 1"), ~_at_work).values(running=0)
_WORK = update(turns).where(_of_conversation, _at_work).values(running=1)
_this = (turns.c.conversation == bindparam("conversation")) & (turns.c.turn == bindparam("turn"))
_own = select(turns.c.id).where(_this).scalar_subquery()
_TURNS_OF = select(func.count(), func.coalesce(func.sum(turns.c.running), 0)).where(
    turns.c.author == bindparam("author"),
    turns.c.started_at >= bindparam("since"),
    turns.c.id < _own,
)
_AUTHOR = select(turns.c.author).where(_this)
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
            case items.Rebase(since=since):
                attachments.leave_out(connection, conversation, since)
            case items.ModelOutput() as output:
                _spent(connection, output, entry, thread)
            case _:
                requests.project(connection, conversation, entry, thread)


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


def author_of(connection: Connection, conversation: str, turn: int) -> str | None:
    """Who began the turn; None where there is none."""
    author: str | None = connection.scalar(_AUTHOR, {"conversation": conversation, "turn": turn})
    return author


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
