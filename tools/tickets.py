"""Tickets for IT: opening, reading, changing and sharing them, and handing over to a person.

Promise: who opened a ticket may do all of this with it, and so may whom the policy lets see everybody's, in direct
messages; who follows it reads it and adds notes; for anybody else it does not exist.
"""

from typing import Annotated, NotRequired, TypedDict

from pydantic import Field

from tools.backends.directory import Directory
from tools.backends.tickets import ID_PATTERN, Change, Draft, Priority, Queue, Status, Ticket, Tickets
from tools.directory import UserId, known
from tools.spec import VISIBLE, Context, OnFailure, Risk, TryAgain, Untrusted, tool
from tools.ticket_views import MyTickets, TicketLine, carries, line, listed, no_such, reached, whole

TicketId = Annotated[str, Field(pattern=f"^{ID_PATTERN}$", description="Number of the ticket, such as T-1001")]
Title = Annotated[str, Field(pattern=VISIBLE, max_length=200, description="What is wrong, in one line")]
Text = Annotated[str, Field(pattern=VISIBLE)]

#: characters of a title made from a summary
MAX_SUMMARY_TITLE = 100

#: said where a note could carry what the model read elsewhere to other people
CARRIES = (
    "Nothing was noted: other people read this ticket, and words of somebody else were read here before. Tell the "
    "person to ask for the note in a new conversation, with the number of the ticket."
)

#: tickets that are listed
MAX_LISTED = 20


class Escalated(TypedDict):
    """A handover to a person."""

    ticket_id: str
    what_happens_next: str
    #: its page in the ticket system
    url: NotRequired[str]


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
    return line(await _opened(tickets, context, "helpdesk", title, description, priority))


@tool(risk=Risk.LOW, read_only=True, trusted=True, on_failure=OnFailure.RETRY)
async def get_ticket(ticket_id: TicketId, *, tickets: Tickets, context: Context) -> Untrusted | TicketLine:
    """Read a ticket that the person you talk to opened or follows; people of IT read any, in a direct message.

    Its text and notes are shown in direct messages only.
    """
    ticket = (await reached(tickets, ticket_id, context)).ticket
    return whole(ticket) if context.private else line(ticket)


@tool(risk=Risk.LOW, read_only=True, trusted=True, on_failure=OnFailure.RETRY)
async def list_my_tickets(*, tickets: Tickets, context: Context) -> Untrusted | MyTickets:
    """List the open tickets of the person you talk to, and those that they follow. Titles in direct messages only."""
    found = await tickets.open_of(context.requester, MAX_LISTED + 1) if context.requester else []
    return listed(found[:MAX_LISTED], context, more=len(found) > MAX_LISTED)


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
    """Change a ticket that the person you talk to opened: its status, its priority, or add a note.

    Who follows a ticket may add notes; people of IT may change any, in a direct message. null leaves a field alone.
    """
    if status is None and note is None and priority is None:
        raise TryAgain("Nothing to change: give a status, a note or a priority.")
    found = await reached(tickets, ticket_id, context)
    if not found.works and (status or priority):
        raise TryAgain(f"The person you talk to follows {ticket_id}: they may add notes, and change nothing else.")
    if note and carries(found.ticket, context):
        raise TryAgain(CARRIES)
    said = note and note.strip()
    whose = _whose(context) if said else _Whose()
    change = Change(author=context.requester, status=status, priority=priority, note=said, **whose)
    return line(await _changed(tickets, ticket_id, change, context))


@tool(risk=Risk.MEDIUM, subject="user_id", idempotent=True, trusted=True, on_failure=OnFailure.RETRY)
async def share_ticket(
    ticket_id: TicketId, user_id: UserId, *, tickets: Tickets, directory: Directory, context: Context
) -> TicketLine:
    """Have a person follow a ticket: they read all of it from then on, and may add notes. It cannot be taken back.

    Only where the person you talk to asks for it, and opened the ticket, or is of IT and asks in a direct message.
    """
    found = await reached(tickets, ticket_id, context)
    if not found.works:
        raise TryAgain(f"The person you talk to follows {ticket_id}: who opened it, and IT, may share it.")
    person = await known(directory, user_id)
    change = Change(author=context.requester, watcher=person.id)
    return line(await _changed(tickets, ticket_id, change, context))


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
    title = _one_line(summary.strip().partition("\n\n")[0])[:MAX_SUMMARY_TITLE]
    ticket = await _opened(tickets, context, "human", title, summary, "urgent")
    made: Escalated = {
        "ticket_id": ticket.id,
        "what_happens_next": "An urgent ticket is in the queue that people in IT read first; one of them takes over.",
    }
    return {**made, "url": ticket.url} if ticket.url else made


class _Whose(TypedDict, total=False):
    authors: tuple[str, ...]
    speakers: tuple[str, ...]


def _whose(context: Context) -> _Whose:
    """Whose words may be in what is written down now: all that the model had read."""
    return {"authors": context.authors, "speakers": context.speakers} if context.tainted else {}


async def _opened(
    tickets: Tickets, context: Context, queue: Queue, title: str, description: str, priority: Priority
) -> Ticket:
    draft = Draft(
        requester=context.requester,
        queue=queue,
        title=_one_line(title),
        description=description.strip(),
        priority=priority,
        thread=context.thread,
        **_whose(context),
    )
    return await tickets.create(draft, context.key, context.now)


async def _changed(tickets: Tickets, ticket_id: str, change: Change, context: Context) -> Ticket:
    ticket = await tickets.update(ticket_id, change, context.key, context.now)
    if ticket is None:
        raise no_such(ticket_id)
    return ticket


def _one_line(text: str) -> str:
    return " ".join(text.split())
