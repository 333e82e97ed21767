"""The embedded ticket system, in SQL."""

import json
import re
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, update

from tools.backends.database import Database, ask, only_writer
from tools.backends.failures import TICKETS
from tools.backends.tables import ticket_changes, ticket_watchers, tickets
from tools.backends.tickets import Change, Draft, Note, Ticket

#: the first ticket is T-1001, so that an id always has four digits
_BEFORE_FIRST = 1000
#: columns that hold a JSON list
_WHOSE = ("authors", "speakers")
#: nine digits fit into any database's integer
_ID = re.compile(r"T-([0-9]{4,9})")


class SqlTickets:
    """Tickets over the `tickets` tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, draft: Draft, key: str, now: datetime) -> Ticket:
        """See Tickets."""
        return await ask(self._database, TICKETS, lambda connection: _create(connection, draft, key, now))

    async def find(self, ticket_id: str) -> Ticket | None:
        """See Tickets."""
        number = _number(ticket_id)
        return await ask(self._database, TICKETS, lambda connection: _read(connection, tickets.c.number == number))

    async def open_of(self, requester: str, most: int) -> list[Ticket]:
        """See Tickets."""
        return await ask(self._database, TICKETS, lambda connection: _open_of(connection, requester, most))

    async def update(self, ticket_id: str, change: Change, key: str, now: datetime) -> Ticket | None:
        """See Tickets."""
        number = _number(ticket_id)
        return await ask(self._database, TICKETS, lambda connection: _update(connection, number, change, key, now))


def _create(connection: Connection, draft: Draft, key: str, now: datetime) -> Ticket:
    only_writer(connection, tickets)
    mine = tickets.c.key == key
    ticket = _read(connection, mine)
    if ticket is None:
        values = _stored(draft) | {"key": key, "status": "open", "created_at": now, "updated_at": now}
        connection.execute(insert(tickets).values(values))
        ticket = _read(connection, mine)
    assert ticket is not None
    return ticket


def _update(connection: Connection, number: int, change: Change, key: str, now: datetime) -> Ticket | None:
    only_writer(connection, tickets)
    here = tickets.c.number == number
    done = connection.execute(select(ticket_changes.c.id).where(ticket_changes.c.key == key)).one_or_none()
    if done is None and _read(connection, here) is not None:
        values = _stored(change) | {"key": key, "ticket_number": number, "at": now}
        _follow(connection, number, values.pop("watcher"))
        connection.execute(insert(ticket_changes).values(values))
        changed = {name: values[name] for name in ("status", "priority") if values[name] is not None}
        connection.execute(update(tickets).where(here).values(updated_at=now, **changed))
    return _read(connection, here)


def _follow(connection: Connection, number: int, watcher: str | None) -> None:
    """From now on the person follows the ticket, if there is one to follow it and it is not theirs anyway."""
    ticket = _read(connection, tickets.c.number == number)
    if watcher and ticket and watcher not in (ticket.requester, *ticket.watchers):
        connection.execute(insert(ticket_watchers).values(ticket_number=number, person=watcher))


def _stored(said: Draft | Change) -> dict[str, Any]:
    return asdict(said) | {name: json.dumps(getattr(said, name)) for name in _WHOSE}


def _open_of(connection: Connection, requester: str, most: int) -> list[Ticket]:
    followed = select(ticket_watchers.c.ticket_number).where(ticket_watchers.c.person == requester)
    theirs = or_(tickets.c.requester == requester, tickets.c.number.in_(followed))
    undone = tickets.c.status.in_(("open", "in_progress"))
    newest = select(tickets).where(theirs, undone).order_by(tickets.c.number.desc()).limit(most)
    return [_ticket(connection, row) for row in connection.execute(newest).all()]


def _read(connection: Connection, condition: ColumnElement[bool]) -> Ticket | None:
    row = connection.execute(select(tickets).where(condition)).one_or_none()
    return _ticket(connection, row) if row else None


def _ticket(connection: Connection, row: Row[Any]) -> Ticket:
    noted = (ticket_changes.c.ticket_number == row.number) & ticket_changes.c.note.is_not(None)
    changes = connection.execute(select(ticket_changes).where(noted).order_by(ticket_changes.c.id)).all()
    following = select(ticket_watchers.c.person).where(ticket_watchers.c.ticket_number == row.number)
    whose = {
        name: tuple(sorted({each for said in (row, *changes) for each in json.loads(getattr(said, name))}))
        for name in _WHOSE
    }
    return Ticket(
        id=f"T-{row.number + _BEFORE_FIRST}",
        requester=row.requester,
        queue=row.queue,
        title=row.title,
        description=row.description,
        priority=row.priority,
        status=row.status,
        notes=tuple(Note(change.author, change.note, change.at) for change in changes),
        created_at=row.created_at,
        updated_at=row.updated_at,
        watchers=tuple(sorted(connection.scalars(following))),
        thread=row.thread,
        url=None,
        **whose,
    )


def _number(ticket_id: str) -> int:
    """The row's number; for what is no ticket id a number that no row has."""
    match = _ID.fullmatch(ticket_id)
    return int(match[1]) - _BEFORE_FIRST if match else 0
