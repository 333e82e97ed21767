"""What the embedded systems hold of a person, and how it goes: tickets' words, which they follow, memories, and the
record itself.

`named` says of a column whether a word that names the person is in it, `listed` whether one of their ids is.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, false, func, or_, select, update

from tools.backends.tables import (
    access_grants,
    access_revocations,
    account_changes,
    account_unlocks,
    accounts,
    devices,
    memories,
    people,
    people_groups,
    people_memberships,
    reset_links,
    rt_changes,
    ticket_changes,
    ticket_watchers,
    tickets,
)

#: what stands where words were
ERASED = "[erased]"

#: rows that one transaction takes at most
MOST = 500

Has = Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Traces:
    """By what a person is found."""

    users: tuple[str, ...]
    record: str | None
    named: Has
    listed: Has


def _record(column: Any, traces: Traces) -> ColumnElement[bool]:
    return column == traces.record if traces.record else false()


def _whose(table: Any, traces: Traces) -> ColumnElement[bool]:
    """Their words may be in it."""
    return or_(traces.listed(table.c.authors), traces.listed(table.c.speakers))


def _tickets(traces: Traces) -> ColumnElement[bool]:
    texts = or_(tickets.c.title != ERASED, tickets.c.description != ERASED)
    mine = or_(_record(tickets.c.requester, traces), _whose(tickets, traces))
    return and_(texts, or_(mine, traces.named(tickets.c.title), traces.named(tickets.c.description)))


def _notes(traces: Traces) -> ColumnElement[bool]:
    """Also what others noted in their tickets."""
    own = select(tickets.c.number).where(_record(tickets.c.requester, traces))
    mine = or_(_record(ticket_changes.c.author, traces), _whose(ticket_changes, traces))
    about = or_(ticket_changes.c.ticket_number.in_(own), traces.named(ticket_changes.c.note))
    return and_(ticket_changes.c.note.is_not(None), ticket_changes.c.note != ERASED, or_(mine, about))


def _followed(traces: Traces) -> ColumnElement[bool]:
    return _record(ticket_watchers.c.person, traces)


def _memories(traces: Traces) -> ColumnElement[bool]:
    return or_(memories.c.person.in_(traces.users), _whose(memories, traces), traces.named(memories.c.fact))


def counts(connection: Connection, traces: Traces) -> dict[str, int]:
    """How much there is to erase, by what it is."""
    asked = {
        "tickets": (tickets, _tickets),
        "notes": (ticket_changes, _notes),
        "followed": (ticket_watchers, _followed),
        "memories": (memories, _memories),
    }
    return {
        name: connection.scalar(select(func.count()).select_from(table).where(of(traces))) or 0
        for name, (table, of) in asked.items()
    } | {"record": connection.scalar(select(func.count()).where(_record(people.c.id, traces))) or 0}


def erase_words(connection: Connection, traces: Traces) -> int:
    """Erase up to MOST of each: what tickets say, and memories; and that they follow tickets; how many. 0: it is done.

    Where somebody else's memory or ticket was written while this person's words were read, nobody knows whose it is.
    """
    done = 0
    for table, where, values in (
        (tickets, _tickets(traces), {"title": ERASED, "description": ERASED}),
        (ticket_changes, _notes(traces), {"note": ERASED}),
    ):
        (key,) = table.primary_key
        some = select(key).where(where).limit(MOST)
        done += connection.execute(update(table).where(key.in_(some)).values(values)).rowcount
    some = select(ticket_watchers.c.ticket_number).where(_followed(traces)).limit(MOST)
    follows = and_(_followed(traces), ticket_watchers.c.ticket_number.in_(some))
    done += connection.execute(delete(ticket_watchers).where(follows)).rowcount
    some = select(memories.c.number).where(_memories(traces)).limit(MOST)
    return done + connection.execute(delete(memories).where(memories.c.number.in_(some))).rowcount


def erase_orphans(connection: Connection, places: Collection[str]) -> int:
    """The words of tickets that nobody is known to have asked for, and that were made in these conversations."""
    nobodys = select(tickets.c.number, tickets.c.key).where(tickets.c.requester.is_(None), tickets.c.title != ERASED)
    found = [row.number for row in connection.execute(nobodys) if row.key.partition("#")[0] in places][:MOST]
    values = {"title": ERASED, "description": ERASED}
    return (
        connection.execute(update(tickets).where(tickets.c.number.in_(found)).values(values)).rowcount if found else 0
    )


def access_for_a_time(connection: Connection, record: str) -> int:
    """How much of it is still to end."""
    lasting = and_(access_grants.c.until.is_not(None), access_grants.c.added, access_grants.c.ended_at.is_(None))
    mine = select(func.count()).where(access_grants.c.person_id == record, lasting)
    return connection.scalar(mine) or 0


def erase_record(connection: Connection, record: str) -> bool:
    """Erase who they are and what they have: False where there is no such record."""
    connection.execute(update(devices).where(devices.c.person_id == record).values(person_id=None))
    connection.execute(update(people_groups).where(people_groups.c.owner_id == record).values(owner_id=None))
    connection.execute(update(people).where(people.c.manager_id == record).values(manager_id=None))
    connection.execute(update(rt_changes).where(rt_changes.c.author == record).values(author=None))
    of_access, of_accounts = (
        (access_grants, access_revocations),
        (reset_links, account_unlocks, account_changes, accounts),
    )
    for table in (*of_access, people_memberships, *of_accounts):
        connection.execute(delete(table).where(table.c.person_id == record))
    return connection.execute(delete(people).where(people.c.id == record)).rowcount > 0
