"""Tickets as we know them, from what Request Tracker and our own books say of them."""

import asyncio
import re
from dataclasses import dataclass
from functools import partial

from tools.backends.database import Database, ask
from tools.backends.failures import TICKETS
from tools.backends.request_tracker import books, texts
from tools.backends.request_tracker.books import Known
from tools.backends.request_tracker.models import Member, Piece, Row, Transaction
from tools.backends.request_tracker.people import People
from tools.backends.request_tracker.server import Server
from tools.backends.tickets import Note, Queue, Status, Ticket

#: people of a ticket who are looked up
MAX_PEOPLE = 30

#: in whose name RT's own rules act, and who owns what nobody took
RULES, _NOBODY = "RT_System", "Nobody"

_MARK = re.compile("helpdesk:(helpdesk|human)/([0-9a-f]{64})")
_ID = re.compile("RT-([0-9]{1,9})")


def link(queue: Queue, mark: str) -> str:
    """What a ticket of ours refers to, so that it can be found again by its key."""
    return f"helpdesk:{queue}/{mark}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Reads tickets. Its methods raise ToolFailed."""

    server: Server
    database: Database
    #: where its pages are
    url: str
    #: the names of the queues there
    queues: dict[Queue, str]

    async def numbered(self, ticket_id: str) -> Row | None:
        """The ticket with this id of ours, or None."""
        match = _ID.fullmatch(ticket_id)
        return await self.row(int(match[1])) if match else None

    async def row(self, number: int) -> Row | None:
        """The ticket with this number, or the one it was merged into, or None."""
        rows = await self.server.rows(f"id = {number}", 1)
        if not rows:
            seen = await self.server.version(number)
            rows = await self.server.rows(f"id = {seen[0]}", 1) if seen and seen[0] != number else []
        return rows[0] if rows else None

    async def ticket(self, row: Row, people: People) -> Ticket:
        """The ticket with its texts."""
        marks = [mark for each in row.refers_to() if (mark := _MARK.fullmatch(each))]
        begun, said, pieces = await asyncio.gather(
            self.server.begun(row.id), self.server.said(row.id), self.server.pieces(row.id)
        )
        known = await self._known(row.id, [each[2] for each in marks], said)
        description, thread = texts.opened(texts.words(begun[0], pieces) if begun else "", row.refers_to())
        requester, watchers = await _who(row, people)
        return Ticket(
            id=f"RT-{row.id}",
            requester=requester,
            queue=self._queue(row.queue.name, [each[1] for each in marks]),
            title=row.title,
            description=description,
            priority=texts.priority(row.priority),
            status=await self._status(row, said, known),
            notes=await _notes(said, pieces, known, people),
            created_at=row.created,
            updated_at=row.updated,
            watchers=watchers,
            thread=thread,
            url=f"{self.url}/Ticket/Display.html?id={row.id}",
            strangers=await _strangers(row, said, known, people),
            authors=known.authors,
            speakers=known.speakers,
        )

    async def status(self, row: Row) -> Status:
        """How far it is. That something was written in a new ticket opens it in RT: no work on it began by that."""
        said = await self.server.said(row.id)
        return await self._status(row, said, await self._known(row.id, [], said))

    async def _status(self, row: Row, said: list[Transaction], known: Known) -> Status:
        if row.status != "open" or row.owner.id != _NOBODY:
            return texts.status(row.status)
        move = await self.server.moved(row.id)
        if move is None or move.creator.id != RULES:
            return "in_progress"
        before = [each for each in said if each.id < move.id]
        asked = before and (before[-1].id in known.wrote or before[-1].creator.address.lower() in row.people())
        return "open" if asked else "in_progress"

    async def _known(self, number: int, keys: list[str], said: list[Transaction]) -> Known:
        known = partial(books.known, ticket=number, marks=keys, written=[each.id for each in said])
        return await ask(self.database, TICKETS, known)

    def _queue(self, named: str, made_for: list[str]) -> Queue:
        """Where both are one queue there, what the ticket was made for."""
        same = self.queues["human"] == self.queues["helpdesk"]
        return "human" if named == self.queues["human"] and (not same or made_for == ["human"]) else "helpdesk"


async def _who(row: Row, people: People) -> tuple[str | None, tuple[str, ...]]:
    """The first requester whom the directory knows, and the others whom it knows."""
    asked = [found for each in row.requestors[:MAX_PEOPLE] if (found := await people.of(each.address))]
    ids = [found for each in row.people()[:MAX_PEOPLE] if (found := await people.of(each))]
    requester = asked[0] if asked else None
    return requester, tuple(sorted({*ids} - {requester}))


async def _strangers(row: Row, said: list[Transaction], known: Known, people: People) -> tuple[str, ...]:
    """Marks of those who get its mail, or wrote in it, and are nobody of the directory, or too many to be looked up."""
    wrote = [each.creator for each in said if each.id not in known.wrote and each.creator.id != RULES]
    looked_up = {*row.people()[:MAX_PEOPLE], *(_called(each) for each in wrote)}
    there = {_called(each) for each in (*row.requestors, *row.cc, *wrote)}
    return tuple(sorted([f"?{books.marker(each)[:16]}" for each in there if not await _found(each, looked_up, people)]))


def _called(member: Member) -> str:
    return member.address.strip().lower() or member.id


async def _found(called: str, looked_up: set[str], people: People) -> bool:
    return called in looked_up and await people.of(called) is not None


async def _notes(said: list[Transaction], pieces: list[Piece], known: Known, people: People) -> tuple[Note, ...]:
    notes = []
    for each in said:
        text = texts.words(each, pieces)
        if text and each.id in known.wrote:
            notes.append(Note(known.wrote[each.id], texts.noted(text), each.at))
        elif text:
            notes.append(Note(await people.of(each.creator.address), text, each.at))
    return tuple(notes)
