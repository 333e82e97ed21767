"""A ticket in IT's queue and how it changes. Promise: a key creates or changes a ticket at most once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

#: what a ticket system may call its tickets
ID_PATTERN = "[A-Z]{1,8}-[0-9]{1,12}"

Priority = Literal["low", "normal", "high", "urgent"]
Status = Literal["open", "in_progress", "resolved", "closed"]
#: "helpdesk" is worked off in order; "human" is looked at by a person first
Queue = Literal["helpdesk", "human"]


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on a ticket."""

    #: directory id; None where nobody in the directory matched
    author: str | None
    text: str
    #: aware UTC
    at: datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it stands."""

    #: of people's words for it: T-1001 and up in the embedded system, such as RT-42 elsewhere; see ID_PATTERN
    id: str
    #: directory id of who opened it; None where nobody in the directory matched
    requester: str | None
    queue: Queue
    title: str
    description: str
    priority: Priority
    status: Status
    #: oldest first
    notes: tuple[Note, ...]
    #: aware UTC, as is `updated_at`
    created_at: datetime
    updated_at: datetime
    #: directory ids of people who follow it beside the requester; sorted
    watchers: tuple[str, ...] = ()
    #: address of the Slack thread it came of, where others may open it
    thread: str | None = None
    #: address of its page in the ticket system, where there is one
    url: str | None = None
    #: who reads it, or wrote in it, and is nobody of the directory: marks that are no directory ids
    strangers: tuple[str, ...] = ()
    #: whose words may be in its texts beside those of who wrote them: directory ids, and people as
    #: `Context.person` names them
    authors: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a new ticket says."""

    requester: str | None
    queue: Queue
    title: str
    description: str
    priority: Priority
    #: as in Ticket
    thread: str | None = None
    authors: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What to change on a ticket; None leaves a field as it is."""

    author: str | None
    status: Status | None = None
    priority: Priority | None = None
    note: str | None = None
    #: directory id of who is to follow it from now on
    watcher: str | None = None
    #: as in Ticket
    authors: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()


class Tickets(Protocol):
    """IT's tickets. Its methods raise ToolFailed where the ticket system does not answer."""

    async def create(self, draft: Draft, key: str, now: datetime) -> Ticket:
        """The new ticket; for a repeated key the one that was created first, as it stands now."""

    async def find(self, ticket_id: str) -> Ticket | None:
        """The ticket with this id, or None."""

    async def open_of(self, requester: str, most: int) -> list[Ticket]:
        """At most so many tickets that nobody resolved or closed, newest first: the person's (directory id) own, and
        those that they follow."""

    async def update(self, ticket_id: str, change: Change, key: str, now: datetime) -> Ticket | None:
        """The ticket after the change (a repeated key changes nothing), or None where there is no such ticket."""
