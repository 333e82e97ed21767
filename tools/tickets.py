"""Tickets for IT: opening, reading and changing one's own, and handing over to a person.

Promise: nobody sees or changes another's ticket, and a ticket one may not see is like one that does not exist.
"""

from typing import Annotated, TypedDict

from pydantic import Field

from tools.backends.tickets import Change, Draft, Priority, Queue, Status, Ticket, Tickets
from tools.spec import VISIBLE, Context, OnFailure, Risk, TryAgain, Untrusted, tool

TicketId = Annotated[str, Field(pattern="^T-[0-9]{4,12}$", description="Number of the ticket, such as T-1001")]
Title = Annotated[str, Field(pattern=VISIBLE, max_length=200, description="What is wrong, in one line")]
Text = Annotated[str, Field(pattern=VISIBLE)]

#: characters of a title made from a summary
MAX_SUMMARY_TITLE = 100


class TicketLine(TypedDict):
    """A ticket where everybody may read it."""

    ticket_id: str
    queue: Queue
    priority: Priority
    status: Status
    #: ISO 8601, UTC
    updated: str


class NoteShown(TypedDict):
    """A remark on a ticket."""

    author: str | None
    text: str
    at: str


class TicketShown(TicketLine):
    """A ticket with what was written in it."""

    title: str
    description: str
    #: oldest first
    notes: list[NoteShown]


class Escalated(TypedDict):
    """A handover to a person."""

    ticket_id: str
    what_happens_next: str


@tool(
    risk=Risk.LOW,
    idempotent=True,
    undo="Close the ticket with update_ticket.",
    trusted=True,
    on_failure=OnFailure.RETRY,
)
async def create_ticket(
    title: Title, description: Text, priority: Priority, *, tickets: Tickets, context: Context
) -> TicketLine:
    """Open a ticket with IT for something that cannot be solved here and now.

    Put into the description what was tried. urgent is for people who cannot work at all, high for a deadline today.
    """
    draft = Draft(
        requester=context.requester,
        queue="helpdesk",
        title=_one_line(title),
        description=description.strip(),
        priority=priority,
        **_whose(context),
    )
    return _line(await tickets.create(draft, context.key, context.now))


@tool(risk=Risk.LOW, read_only=True, trusted=True, on_failure=OnFailure.RETRY)
async def get_ticket(ticket_id: TicketId, *, tickets: Tickets, context: Context) -> Untrusted | TicketLine:
    """Read a ticket of the person you talk to. Its text and notes are shown in direct messages only."""
    ticket = await _own(tickets, ticket_id, context)
    if not context.private:
        return _line(ticket)
    notes: list[NoteShown] = [
        {"author": note.author, "text": note.text, "at": note.at.isoformat()} for note in ticket.notes
    ]
    shown: TicketShown = {
        **_line(ticket),
        "title": ticket.title,
        "description": ticket.description,
        "notes": notes,
    }
    authors = {ticket.requester, *(note.author for note in ticket.notes), *ticket.authors}
    return Untrusted(shown, tuple(sorted(each for each in authors if each is not None)), ticket.speakers)


@tool(
    risk=Risk.LOW,
    idempotent=True,
    undo="Set the earlier status and priority again; a note stays.",
    trusted=True,
    on_failure=OnFailure.RETRY,
)
async def update_ticket(
    ticket_id: TicketId,
    status: Status | None = None,
    note: Text | None = None,
    priority: Priority | None = None,
    *,
    tickets: Tickets,
    context: Context,
) -> TicketLine:
    """Change a ticket of the person you talk to: its status, its priority, or add a note. null leaves a field alone."""
    if status is None and note is None and priority is None:
        raise TryAgain("Nothing to change: give a status, a note or a priority.")
    await _own(tickets, ticket_id, context)
    said = note and note.strip()
    change = Change(
        author=context.requester, status=status, priority=priority, note=said, **(_whose(context) if said else {})
    )
    ticket = await tickets.update(ticket_id, change, context.key, context.now)
    if ticket is None:
        raise _no_such_ticket(ticket_id)
    return _line(ticket)


@tool(
    risk=Risk.LOW,
    idempotent=True,
    undo="Close the ticket with update_ticket.",
    trusted=True,
    on_failure=OnFailure.RETRY,
)
async def escalate_to_human(
    summary: Annotated[
        Text, Field(description="The problem, what was tried and what is wanted, for a colleague in IT")
    ],
    *,
    tickets: Tickets,
    context: Context,
) -> Escalated:
    """Hand over to a person in IT: when someone asks for one, or you cannot help, or it is about safety or security."""
    draft = Draft(
        requester=context.requester,
        queue="human",
        title=_one_line(summary)[:MAX_SUMMARY_TITLE],
        description=summary.strip(),
        priority="urgent",
        **_whose(context),
    )
    ticket = await tickets.create(draft, context.key, context.now)
    return {
        "ticket_id": ticket.id,
        "what_happens_next": "An urgent ticket is in the queue that people in IT read first; one of them takes over.",
    }


def _whose(context: Context) -> dict[str, tuple[str, ...]]:
    """Whose words may be in what is written down now: all that the model had read."""
    return {"authors": context.authors, "speakers": context.speakers} if context.tainted else {}


async def _own(tickets: Tickets, ticket_id: str, context: Context) -> Ticket:
    ticket = await tickets.find(ticket_id)
    # A requester of None is nobody in particular: two of them are not the same person.
    if ticket is None or context.requester is None or ticket.requester != context.requester:
        raise _no_such_ticket(ticket_id)
    return ticket


def _no_such_ticket(ticket_id: str) -> TryAgain:
    return TryAgain(f"The person you talk to has no ticket {ticket_id}. Ask them for its number.")


def _line(ticket: Ticket) -> TicketLine:
    return {
        "ticket_id": ticket.id,
        "queue": ticket.queue,
        "priority": ticket.priority,
        "status": ticket.status,
        "updated": ticket.updated_at.isoformat(),
    }


def _one_line(text: str) -> str:
    return " ".join(text.split())
