"""All that the embedded systems keep about a person, row by row, for the person to have."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, false, select

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

#: what a row is about, and the row
Kept = tuple[str, dict[str, Any]]

#: what proves who somebody is, or is of no use to a person
_LEFT_OUT = {"reset_hash", "token_hash", "key", "marker", "wipe_key", "authors", "speakers"}


def kept(connection: Connection, users: Sequence[str], record: str | None) -> Iterator[Kept]:
    """The rows; of a ticket or note in which others' words may be the words are None."""
    if record:
        yield from _directory(connection, record)
        yield from _rows(connection, "ticket", tickets, tickets.c.requester == record, users, record)
        yield from _rows(connection, "note", ticket_changes, ticket_changes.c.author == record, users, record)
        yield from _rows(connection, "ticket_followed", ticket_watchers, ticket_watchers.c.person == record)
        yield from _rows(connection, "ticket_elsewhere", rt_changes, rt_changes.c.author == record)
    yield from _rows(connection, "memory", memories, memories.c.person.in_(users) if users else false(), users, record)


def _directory(connection: Connection, record: str) -> Iterator[Kept]:
    yield from _rows(connection, "person", people, people.c.id == record)
    group = select(people_groups.c.name, people_memberships.c.granted).join(people_memberships)
    for row in connection.execute(group.where(people_memberships.c.person_id == record)):
        yield "group", row._asdict()
    for row in connection.execute(select(people_groups.c.name).where(people_groups.c.owner_id == record)):
        yield "group_owned", row._asdict()
    for about, table in (
        ("account", accounts),
        ("account_change", account_changes),
        ("account_link", reset_links),
        ("account_unlock", account_unlocks),
        ("device", devices),
        ("access", access_grants),
        ("access_ended", access_revocations),
    ):
        yield from _rows(connection, about, table, table.c.person_id == record)


def _rows(
    connection: Connection,
    about: str,
    table: Table,
    where: ColumnElement[bool],
    users: Sequence[str] = (),
    record: str | None = None,
) -> Iterator[Kept]:
    found = connection.execute(select(table).where(where), execution_options={"stream_results": True})
    for row in found:
        shown = {name: value for name, value in row._asdict().items() if name not in _LEFT_OUT}
        if about in ("ticket", "note") and _others(row, users, record):
            shown |= dict.fromkeys({"title", "description", "note"} & shown.keys())
        yield about, shown


def _others(row: Any, users: Sequence[str], record: str | None) -> bool:
    """Somebody else's words may be in it."""
    return bool({*json.loads(row.authors)} - {record} or {*json.loads(row.speakers)} - {*users})
