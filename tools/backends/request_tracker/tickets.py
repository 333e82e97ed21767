"""IT's tickets in Request Tracker, whose people are known by their addresses.

Promise: a key creates or changes a ticket at most once, and what was changed is looked at. Where that fails after
something was sent nobody knows, so the error is no ToolFailed.
"""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from tools.backends.database import ask
from tools.backends.directory import Directory
from tools.backends.failures import TICKETS, NoAnswer
from tools.backends.request_tracker import books, texts
from tools.backends.request_tracker.changes import Changes, sent, unknown
from tools.backends.request_tracker.models import Row
from tools.backends.request_tracker.people import People
from tools.backends.request_tracker.reading import Reading, link
from tools.backends.request_tracker.server import Server, quoted
from tools.backends.tickets import Change, Draft, Queue, Ticket
from tools.spec import NotPossible

T = TypeVar("T")

#: tickets of a list that are read at the same time
AT_ONCE = 4
#: tickets of one key that are looked for: two, where a request that nobody heard of again came late
TWINS = 4

GONE = "The ticket that was opened for this was deleted since."
NO_ADDRESS = "The directory knows no address of {}, so they cannot follow a ticket."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTracker:
    """Tickets over one server, and a table of what was asked of it."""

    reading: Reading
    directory: Directory

    async def create(self, draft: Draft, key: str, now: datetime) -> Ticket:
        """See Tickets."""
        mark, people = books.marker(key), People(self.directory)
        opened = await self._books(lambda connection: books.open_entry(connection, mark, draft, None, 0, now))
        if opened.ticket is not None:
            found = await self.reading.row(opened.ticket)
            if found is None:
                raise NotPossible(GONE)
            return await self.reading.ticket(found, people)
        made = await self._made(draft.queue, mark) or await self._make(draft, mark, people)
        with sent():
            await self._books(lambda connection: books.settle(connection, mark, made.id))
            return await self.reading.ticket(made, people)

    async def find(self, ticket_id: str) -> Ticket | None:
        """See Tickets; a ticket that was merged into another is that one."""
        row = await self.reading.numbered(ticket_id)
        return await self.reading.ticket(row, People(self.directory)) if row else None

    async def open_of(self, requester: str, most: int) -> list[Ticket]:
        """See Tickets."""
        person = await self.directory.find(requester)
        if person is None or not person.email:
            return []
        theirs = " OR ".join(f"{role}.EmailAddress = {quoted(person.email)}" for role in ("Requestor", "Cc"))
        rows = await self._server.rows(f"({theirs}) AND Status = '__Active__'", most)
        people, slots = People(self.directory, person), asyncio.Semaphore(AT_ONCE)

        async def read(row: Row) -> Ticket:
            async with slots:
                return await self.reading.ticket(row, people)

        return list(await asyncio.gather(*(read(each) for each in rows if person.email in each.people())))

    async def update(self, ticket_id: str, change: Change, key: str, now: datetime) -> Ticket | None:
        """See Tickets."""
        row, people = await self.reading.numbered(ticket_id), People(self.directory)
        if row is None:
            return None
        await self._change(row.id, change, books.marker(key), people, now)
        with sent():
            changed = await self.reading.row(row.id)
            return await self.reading.ticket(changed, people) if changed else None

    async def _change(self, number: int, change: Change, mark: str, people: People, now: datetime) -> None:
        known = await self._books(lambda connection: books.entry(connection, mark))
        if known and known.settled:
            return
        watcher, name = await _address(change.watcher, people), await people.name(change.author)
        since = known.since if known else await self._server.newest(number)
        await self._books(lambda connection: books.open_entry(connection, mark, change, number, since, now))
        changes = Changes(self.reading, number, since)
        # a rule of RT's opens what is not open when something is written in it
        first = change.status in ("open", "in_progress")
        if first:
            await changes.bring(change, watcher)
        if change.note:
            with sent() if first else nullcontext():
                await changes.note(mark, name, change.note, again=known is not None)
        if not first:
            with sent() if change.note else nullcontext():
                await changes.bring(change, watcher)
        with sent():
            await self._books(lambda connection: books.settle(connection, mark, number))

    async def _make(self, draft: Draft, mark: str, people: People) -> Row:
        requester = await people.address(draft.requester) if draft.requester else None
        thread = draft.thread if draft.thread and draft.thread.startswith("https://") else None
        values = {
            "Queue": self.reading.queues[draft.queue],
            "Subject": texts.title(draft.title),
            "Content": texts.opening(draft.description, thread),
            "ContentType": "text/plain",
            "Priority": texts.RT_PRIORITY[draft.priority],
            "Requestor": [requester] if requester else [],
            "RefersTo": [link(draft.queue, mark), *([thread] if thread else [])],
        }
        try:
            await self._server.create(values)
        except NoAnswer:
            log.warning("nobody knows whether a ticket was made: it is looked for")
        with sent():
            made = await self._made(draft.queue, mark)
        if made is None:
            raise unknown()
        return made

    async def _made(self, queue: Queue, mark: str) -> Row | None:
        """The ticket of that key; of two that were made, the first, with the other merged into it."""
        wanted = link(queue, mark)
        rows = await self._server.rows(f"RefersTo = {quoted(wanted)}", TWINS)
        made = [each for each in reversed(rows) if wanted in each.refers_to()]
        for twin in made[1:]:
            log.warning("a ticket was made twice and is merged", ticket=made[0].id, twin=twin.id)
            await self._server.put(twin.id, {"MergeInto": made[0].id}, None)
        return made[0] if made else None

    @property
    def _server(self) -> Server:
        return self.reading.server

    async def _books(self, work: Callable[[Connection], T]) -> T:
        return await ask(self.reading.database, TICKETS, work)


async def _address(person: str | None, people: People) -> str | None:
    found = await people.address(person) if person else None
    if person and found is None:
        raise NotPossible(NO_ADDRESS.format(person))
    return found
