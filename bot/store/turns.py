"""Turns as a table, in the order they began: who began them, which still run, which were refused."""

from sqlalchemy import Connection, bindparam, func, insert, select, text, update

from bot.core.budget import Of
from bot.core.thread import Thread
from bot.store.tables import turns

#: a conversation, and the seq of a turn in it
Turn = tuple[str, int]

# statements are made once: making one takes ten times as long as running it
_BEGIN = insert(turns)
_of_conversation = turns.c.conversation == bindparam("of_conversation")
_at_work = turns.c.turn.in_(bindparam("at_work", expanding=True))
# spelled out as in the index, which holds no more than these
_REST = update(turns).where(_of_conversation, text("running = 1"), ~_at_work).values(running=0)
_WORK = update(turns).where(_of_conversation, _at_work).values(running=1)
_REFUSE = update(turns).where(_of_conversation, turns.c.turn == bindparam("of_turn")).values(refused=1)
_this = (turns.c.conversation == bindparam("conversation")) & (turns.c.turn == bindparam("turn"))
_own = select(turns.c.id).where(_this).scalar_subquery()
_lately = (turns.c.started_at >= bindparam("since")) & (turns.c.id < _own)
_by = {
    "user": turns.c.author == bindparam("whose"),
    "workspace": turns.c.tenant == bindparam("whose"),
    "token": turns.c.token == bindparam("whose"),
}
_RUNNING = select(func.coalesce(func.sum(turns.c.running), 0)).where(_by["user"], _lately)
_NTH = {
    of: select(turns.c.started_at)
    .where(own, _lately, turns.c.refused == 0)
    .order_by(turns.c.started_at.desc())
    .limit(1)
    .offset(bindparam("before"))
    for of, own in _by.items()
}
_AUTHOR = select(turns.c.author).where(_this)


def begin(
    connection: Connection, conversation: str, turn: int, author: str, at: float, token: str | None = None
) -> None:
    """The turn begins, at a time in seconds since the epoch; `token` is the name of the API's token it came by."""
    row = {"conversation": conversation, "turn": turn, "author": author, "started_at": at, "running": 1}
    tenant = conversation.partition(":")[0]
    connection.execute(_BEGIN, row | {"tenant": tenant, "refused": 0, "token": token and f"{tenant} {token}"})


def refuse(connection: Connection, conversation: str, turn: int) -> None:
    """The turn is not taken, so it counts for nothing."""
    connection.execute(_REFUSE, {"of_conversation": conversation, "of_turn": turn})


def rest(connection: Connection, conversation: str, thread: Thread) -> None:
    """Note which turns of the conversation still run; called where its worker stops to look."""
    running = [seq for seq, turn in thread.turns.items() if thread.busy(turn)]
    here = {"of_conversation": conversation, "at_work": running}
    connection.execute(_REST, here)
    if running:
        connection.execute(_WORK, here)


def running(connection: Connection, author: str, since: float, conversation: str, turn: int) -> int:
    """How many turns that the author began after `since` before this one still run."""
    asked = {"whose": author, "since": since, "conversation": conversation, "turn": turn}
    return int(connection.execute(_RUNNING, asked).scalar_one())


def nth_newest(connection: Connection, of: Of, whose: str, nth: int, since: float, *, before: Turn) -> float | None:
    """When the nth newest turn that was taken before that one began, `whose` user's, tenant's or token's; None: it had
    fewer after `since`."""
    place, turn = before
    asked = {"whose": whose, "since": since, "conversation": place, "turn": turn, "before": nth - 1}
    found: float | None = connection.scalar(_NTH[of], asked)
    return found


def author_of(connection: Connection, conversation: str, turn: int) -> str | None:
    """Who began the turn; None where there is none."""
    author: str | None = connection.scalar(_AUTHOR, {"conversation": conversation, "turn": turn})
    return author
