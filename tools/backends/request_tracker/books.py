"""What Request Tracker does not know of our changes: under which key, for whom, and in view of whose words.

Promise: what is asked of it is on record before it is asked; what was not seen to be done is `settled` False.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, insert, or_, select, update

from tools.backends.database import only_writer
from tools.backends.tables import rt_changes
from tools.backends.tickets import Change, Draft


@dataclass(frozen=True, slots=True)
class Entry:
    """A new ticket, or a change of one, that was asked for."""

    #: the ticket's number; None where it was not seen yet
    ticket: int | None
    #: the last thing that was done to the ticket before
    since: int
    settled: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What the books say of a ticket."""

    authors: tuple[str, ...]
    speakers: tuple[str, ...]
    #: who is meant by what was written, by transaction
    wrote: dict[int, str | None]


def marker(key: str) -> str:
    """What stands for a key where others see it."""
    return sha256(key.encode()).hexdigest()


def entry(connection: Connection, mark: str) -> Entry | None:
    """What was asked for under the key, or None."""
    row = connection.execute(select(rt_changes).where(rt_changes.c.marker == mark)).one_or_none()
    return Entry(row.ticket, row.since, row.settled) if row else None


def open_entry(
    connection: Connection, mark: str, said: Draft | Change, ticket: int | None, since: int, now: datetime
) -> Entry:
    """What was asked for under the key, on record now."""
    only_writer(connection, rt_changes)
    known = entry(connection, mark)
    if known:
        return known
    values = {
        "marker": mark,
        "ticket": ticket,
        "since": since,
        "author": said.author if isinstance(said, Change) else said.requester,
        "settled": False,
        "at": now,
        "authors": json.dumps(said.authors),
        "speakers": json.dumps(said.speakers),
    }
    connection.execute(insert(rt_changes).values(values))
    return Entry(ticket, since, False)


def settle(connection: Connection, mark: str, ticket: int) -> None:
    """Nothing; what was asked for was seen to be done."""
    connection.execute(update(rt_changes).where(rt_changes.c.marker == mark).values(ticket=ticket, settled=True))


def claim(connection: Connection, mark: str, written: Sequence[int]) -> bool:
    """Whether one of these transactions is what was written under the key: it is, or is nobody else's."""
    only_writer(connection, rt_changes)
    taken = select(rt_changes.c.transaction_id, rt_changes.c.marker).where(rt_changes.c.transaction_id.in_(written))
    owners = {row.transaction_id: row.marker for row in connection.execute(taken)}
    if mark in owners.values():
        return True
    free = [each for each in written if each not in owners]
    if free:
        connection.execute(update(rt_changes).where(rt_changes.c.marker == mark).values(transaction_id=free[0]))
    return bool(free)


def known(connection: Connection, ticket: int, marks: Sequence[str], written: Sequence[int]) -> Known:
    """What is known of a ticket, of what was made under these keys, and of what was written with these transactions.

    A ticket that others were merged into has what was theirs.
    """
    by_number, by_key = rt_changes.c.ticket == ticket, rt_changes.c.marker.in_(marks)
    here = or_(by_number, by_key, rt_changes.c.transaction_id.in_(written))
    rows = connection.execute(select(rt_changes).where(here)).all()
    return Known(
        authors=tuple(sorted({each for row in rows for each in json.loads(row.authors)})),
        speakers=tuple(sorted({each for row in rows for each in json.loads(row.speakers)})),
        wrote={row.transaction_id: row.author for row in rows if row.transaction_id is not None},
    )
