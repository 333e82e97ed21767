"""Who may do what with a ticket, and what of it is shown where.

Promise: a ticket is shown, and its words in a direct message only, to who opened it, who follows it, and whom the
policy lets see everybody's; to anybody else it is like one that does not exist.
"""

from dataclasses import dataclass
from typing import NotRequired, TypedDict

from tools.backends.tickets import Priority, Queue, Status, Ticket, Tickets
from tools.spec import Context, TryAgain, Untrusted


class TicketLine(TypedDict):
    """A ticket where everybody may read it."""

    ticket_id: str
    queue: Queue
    priority: Priority
    status: Status
    #: ISO 8601, UTC
    updated: str
    #: its page in the ticket system
    url: NotRequired[str]


class NoteShown(TypedDict):
    """A remark on a ticket."""

    author: str | None
    text: str
    at: str


class TicketShown(TicketLine):
    """A ticket with what was written in it; people are directory ids."""

    requester: str | None
    watchers: list[str]
    title: str
    description: str
    #: oldest first
    notes: list[NoteShown]
    #: address of the Slack thread it came of, where others may open it
    thread: str | None


class TicketListed(TicketLine):
    """A ticket in a list."""

    #: it is somebody else's, and the person follows it
    followed: bool


class TicketTitled(TicketListed):
    """The same in a direct message."""

    title: str


class MyTickets(TypedDict):
    """A person's open tickets."""

    #: newest first
    tickets: list[TicketListed]
    #: there are older ones beside these
    more: bool


@dataclass(frozen=True, slots=True)
class Reached:
    """A ticket that the person may see; `works`: and change and share, because it is theirs, or they are of IT."""

    ticket: Ticket
    works: bool


async def reached(tickets: Tickets, ticket_id: str, context: Context) -> Reached:
    """The ticket, for who may see it. Raises TryAgain where there is none for them."""
    ticket = await tickets.find(ticket_id)
    # A requester of None is nobody in particular: two of them are not the same person.
    if ticket and context.requester and context.requester == ticket.requester:
        return Reached(ticket, works=True)
    # asked also where there is no such ticket, so that nobody learns that from the time it took
    of_it = context.private and await context.sight.tickets()
    follows = ticket is not None and context.requester in ticket.watchers
    if ticket is None or not (of_it or follows):
        raise no_such(ticket_id)
    return Reached(ticket, works=of_it)


def no_such(ticket_id: str) -> TryAgain:
    """What is said of a ticket that the person may not see, as of one that does not exist."""
    return TryAgain(f"The person you talk to has no ticket {ticket_id}. Ask them for its number.")


def carries(ticket: Ticket, context: Context) -> bool:
    """A note would be read by other people, and could carry to them what the model read of somebody else in private."""
    readers = {ticket.requester, *ticket.watchers, *ticket.strangers}
    if not (context.private and context.tainted and readers - {context.requester, None}):
        return False
    wrote = {context.requester, *readers, *ticket.authors, *(note.author for note in ticket.notes)}
    return not ({*context.authors} <= wrote and {*context.speakers} <= {context.person, *ticket.speakers})


def line(ticket: Ticket) -> TicketLine:
    """What everybody may read."""
    shown: TicketLine = {
        "ticket_id": ticket.id,
        "queue": ticket.queue,
        "priority": ticket.priority,
        "status": ticket.status,
        "updated": ticket.updated_at.isoformat(),
    }
    return {**shown, "url": ticket.url} if ticket.url else shown


def whole(ticket: Ticket) -> Untrusted:
    """All of it, with who wrote it."""
    notes: list[NoteShown] = [
        {"author": note.author, "text": note.text, "at": note.at.isoformat()} for note in ticket.notes
    ]
    shown: TicketShown = {
        **line(ticket),
        "requester": ticket.requester,
        "watchers": list(ticket.watchers),
        "title": ticket.title,
        "description": ticket.description,
        "notes": notes,
        "thread": ticket.thread,
    }
    return _written(shown, [ticket])


def listed(tickets: list[Ticket], context: Context, *, more: bool) -> Untrusted | MyTickets:
    """A person's tickets, in a direct message with their titles; `more`: there are others beside them."""
    lines = [_listed(each, context) for each in tickets]
    if not context.private:
        return {"tickets": lines, "more": more}
    titled: list[TicketTitled] = [{**shown, "title": each.title} for shown, each in zip(lines, tickets, strict=True)]
    return _written({"tickets": titled, "more": more}, tickets)


def _listed(ticket: Ticket, context: Context) -> TicketListed:
    return {**line(ticket), "followed": ticket.requester != context.requester}


def _written(shown: object, tickets: list[Ticket]) -> Untrusted:
    """What is shown of these tickets, with who wrote them."""
    wrote = ((each.requester, *each.authors, *each.strangers, *_noted(each)) for each in tickets)
    authors = {each for those in wrote for each in those}
    speakers = {each for ticket in tickets for each in ticket.speakers}
    return Untrusted(shown, tuple(sorted(each for each in authors if each is not None)), tuple(sorted(speakers)))


def _noted(ticket: Ticket) -> list[str | None]:
    return [note.author for note in ticket.notes]
