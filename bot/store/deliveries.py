"""Deliveries: for each place in Slack, what the log wants shown there and what was shown last.

A row is made in the commit of the item it shows; it is due while the two digests differ.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.store.tables import deliveries


@dataclass(frozen=True, slots=True)
class Shown:
    """What the item `seq` wants shown at `target`, its `part`th message there.

    Targets: `thread`, `channel:C…`, `user:U…` (direct message), `only:C…:U…` (visible to that person alone).
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
    made_by: str
    content: Mapping[str, Any]
    wanted: str
    channel: str | None
    ts: str | None

    @property
    def key(self) -> str:
        """What the message carries as its metadata, so that it can be found again."""
        return f"{self.conversation}/{self.seq}/{self.target}/{self.part}"


def want(connection: Connection, conversation: str, shown: Iterable[Shown], made_by: str, now: float) -> None:
    """Note what is to be shown; a place that shows something already is to be changed."""
    for each in shown:
        text = json.dumps(each.content, ensure_ascii=False, separators=(",", ":"))
        new = insert(deliveries).values(
            conversation=conversation,
            seq=each.seq,
            target=each.target,
            part=each.part,
            created_at=now,
            made_by=made_by,
            content=text,
            wanted=hashlib.sha256(text.encode()).hexdigest(),
            due=1,
        )
        changed = {name: new.excluded[name] for name in ("content", "wanted", "due")}
        connection.execute(new.on_conflict_do_update(index_elements=list(deliveries.primary_key), set_=changed))


def due(connection: Connection, conversation: str) -> list[Delivery]:
    """What Slack does not show yet, in the order of the log."""
    names = [each.name for each in Delivery.__dataclass_fields__.values()]
    rows = connection.execute(
        select(*(deliveries.c[name] for name in names))
        .where(deliveries.c.conversation == conversation, deliveries.c.due == 1)
        .order_by(deliveries.c.seq, deliveries.c.target, deliveries.c.part)
    )
    return [Delivery(**{**row._mapping, "content": json.loads(row.content)}) for row in rows]


def done(connection: Connection, delivery: Delivery, channel: str | None, ts: str | None) -> None:
    """Slack shows it. What is shown is not kept here; the log has it."""
    _settle(connection, delivery, shown=delivery.wanted, channel=channel, ts=ts)


def failed(connection: Connection, delivery: Delivery, error: str) -> None:
    """Slack refuses it for good."""
    _settle(connection, delivery, failed=error)


def _settle(connection: Connection, delivery: Delivery, **values: Any) -> None:
    here = (
        (deliveries.c.conversation == delivery.conversation)
        & (deliveries.c.seq == delivery.seq)
        & (deliveries.c.target == delivery.target)
        & (deliveries.c.part == delivery.part)
    )
    # a newer wish that came meanwhile stays due
    current = here & (deliveries.c.wanted == delivery.wanted)
    where = {name: value for name, value in values.items() if name in ("channel", "ts")}
    if where:
        connection.execute(update(deliveries).where(here).values(**where))
    connection.execute(update(deliveries).where(current).values(due=0, content=None, **values))


def undone(connection: Connection) -> list[str]:
    """Conversations Slack does not show as it should."""
    return list(connection.scalars(select(deliveries.c.conversation).where(deliveries.c.due == 1).distinct()))


def nowhere_shown(connection: Connection, conversation: str, seq: int) -> bool:
    """Every place of this item was refused by Slack."""
    rows = connection.execute(
        select(deliveries.c.failed).where(deliveries.c.conversation == conversation, deliveries.c.seq == seq)
    ).all()
    return bool(rows) and all(row.failed for row in rows)
