"""Deliveries: for each place in Slack, what the log wants shown there and what was shown last.

A row is made in the commit of the item it shows; it is due while the two digests differ.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.store import streams
from bot.store.tables import deliveries

#: the target that is no message: what Slack shows of our work in the thread
STATUS = "status"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the item `seq` wants shown at `target`, its `part`th message there.

    Targets: `thread`, `channel:C…`, `user:U…` (direct message), `only:C…:U…` (visible to that person alone), STATUS.
    """

    seq: int
    target: str
    content: Mapping[str, Any]
    part: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row that is due."""

    conversation: str
    seq: int
    target: str
    part: int
    created_at: float
    #: the one process that may know whether a post was tried: who made the row, or took it over
    made_by: str
    content: Mapping[str, Any]
    wanted: str
    channel: str | None
    ts: str | None
    #: when the stream was begun whose place it takes: what stands at `ts`, if that is known, is part of it at most
    streamed: float | None = None

    @property
    def tenant(self) -> str:
        """Where it is shown."""
        return self.conversation.partition(":")[0]

    @property
    def key(self) -> str:
        """What the message carries as its metadata, so that it can be found again."""
        return f"{self.conversation}/{self.seq}/{self.target}/{self.part}"


# statements are made once: making one takes ten times as long as running it
_row = insert(deliveries)
_WANT = _row.on_conflict_do_update(
    index_elements=list(deliveries.primary_key),
    set_={name: _row.excluded[name] for name in ("content", "wanted", "due")},
)
# a status that Slack shows already is not sent again; a message may be on its way there, so that one is
_WANT_STATUS = _row.on_conflict_do_update(
    index_elements=list(deliveries.primary_key),
    set_={name: _row.excluded[name] for name in ("content", "wanted")}
    | {"due": case((deliveries.c.shown == _row.excluded.wanted, 0), else_=1)},
)
_SHOWING = _row.on_conflict_do_update(
    index_elements=list(deliveries.primary_key),
    set_={name: _row.excluded[name] for name in ("content", "wanted", "shown", "due")},
)
_DUE = (
    select(*(deliveries.c[each.name] for each in fields(Delivery)))
    .where(deliveries.c.conversation == bindparam("conversation"), deliveries.c.due == 1)
    .order_by(deliveries.c.seq, deliveries.c.target, deliveries.c.part)
)
_here = and_(*(column == bindparam(f"of_{column.name}") for column in deliveries.primary_key))
_place: dict[str, Any] = {"channel": bindparam("channel"), "ts": bindparam("ts"), "streamed": None}
_PLACED = update(deliveries).where(_here).values(_place)
# a newer wish that came meanwhile stays due
_settled = update(deliveries).where(_here, deliveries.c.wanted == bindparam("of_wanted")).values(due=0, content=None)
_SHOWN = _settled.values(_place).values(shown=bindparam("of_wanted"), failed=None)
_FAILED = _settled.values(failed=bindparam("failed"))
_ADOPTED = (
    update(deliveries)
    .where(
        deliveries.c.conversation == bindparam("of_conversation"),
        deliveries.c.due == 1,
        deliveries.c.made_by.in_(bindparam("former", expanding=True)),
    )
    .values(made_by=bindparam("process"))
)
_THERE = select(deliveries.c.seq).where(
    deliveries.c.conversation == bindparam("of_conversation"),
    deliveries.c.seq.in_(bindparam("seqs", expanding=True)),
    deliveries.c.target == "thread",
    deliveries.c.part == 0,
)
_UNDONE = select(deliveries.c.conversation).where(deliveries.c.due == 1).distinct()


def want(connection: Connection, conversation: str, shown: Iterable[Shown], made_by: str, now: float) -> None:
    """Note what is to be shown; a place that shows something already is to be changed.

    The first new message in the thread completes the stream there, if one is open.
    """
    shown = list(shown)
    first = _first_new(connection, conversation, shown)
    for each in shown:
        row = _made(conversation, each, made_by, now)
        if each is first and (begun := streams.close(connection, conversation)):
            row |= {"channel": conversation.split(":")[1], "ts": begun.ts, "streamed": begun.started_at}
        connection.execute(_WANT_STATUS if each.target == STATUS else _WANT, row)


def showing(connection: Connection, conversation: str, each: Shown, made_by: str, now: float) -> None:
    """Note that Slack shows it: whoever wants it to show something else later will find that due."""
    row = _made(conversation, each, made_by, now)
    connection.execute(_SHOWING, row | {"content": None, "shown": row["wanted"], "due": 0})


def _made(conversation: str, each: Shown, made_by: str, now: float) -> dict[str, Any]:
    text = json.dumps(each.content, ensure_ascii=False, separators=(",", ":"))
    return {
        "conversation": conversation,
        "seq": each.seq,
        "target": each.target,
        "part": each.part,
        "created_at": now,
        "made_by": made_by,
        "content": text,
        "wanted": hashlib.sha256(text.encode()).hexdigest(),
        "due": 1,
    }


def _first_new(connection: Connection, conversation: str, shown: list[Shown]) -> Shown | None:
    """What takes the stream's place; None where nothing does or no stream is open."""
    spoken = [each for each in shown if each.target == "thread" and each.part == 0]
    if not spoken or not streams.is_open(connection, conversation):
        return None
    there = set(connection.scalars(_THERE, {"of_conversation": conversation, "seqs": [each.seq for each in spoken]}))
    return next((each for each in spoken if each.seq not in there), None)


def due(connection: Connection, conversation: str) -> list[Delivery]:
    """What Slack does not show yet, in the order of the log."""
    rows = connection.execute(_DUE, {"conversation": conversation})
    return [Delivery(**{**row._asdict(), "content": json.loads(row.content)}) for row in rows]


def adopt(connection: Connection, conversation: str, former: Iterable[str], process: str) -> None:
    """From now on it is this process that delivers what is due, and knows that the former ones may have posted it."""
    connection.execute(_ADOPTED, {"of_conversation": conversation, "former": list(former), "process": process})


def done(connection: Connection, delivery: Delivery, channel: str | None, ts: str | None) -> None:
    """Slack shows it. What is shown is not kept here; the log has it."""
    values = _of(delivery) | {"channel": channel, "ts": ts}
    if not connection.execute(_SHOWN, values).rowcount:
        connection.execute(_PLACED, values)


def failed(connection: Connection, delivery: Delivery, error: str) -> None:
    """Slack refuses it for good."""
    connection.execute(_FAILED, _of(delivery) | {"failed": error})


def _of(delivery: Delivery) -> dict[str, Any]:
    return {f"of_{name}": getattr(delivery, name) for name in ("conversation", "seq", "target", "part", "wanted")}


def undone(connection: Connection) -> list[str]:
    """Conversations Slack does not show as it should."""
    return list(connection.scalars(_UNDONE))


def nowhere_shown(connection: Connection, conversation: str, seq: int, *, beside: str | None) -> bool:
    """Slack refused every place of this item, `beside` a target that does not matter.

    Only first parts count: a card's second part is for people who cannot approve.
    """
    here = (deliveries.c.conversation == conversation) & (deliveries.c.seq == seq) & (deliveries.c.part == 0)
    refused = connection.scalars(select(deliveries.c.failed).where(here, deliveries.c.target != (beside or ""))).all()
    return bool(refused) and all(refused)
