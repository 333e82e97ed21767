"""IT's tickets on the embedded tables and on a Request Tracker: what must be so on both is told of a Ticketing."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.tools.rig import NOW, OwnDatabase
from tests.tools.rt import RtWorld
from tools.backends.request_tracker.client import connected
from tools.backends.request_tracker.reading import Reading
from tools.backends.request_tracker.server import Server
from tools.backends.request_tracker.tickets import RequestTracker
from tools.backends.sql_directory import SqlDirectory
from tools.backends.tickets import Change, Draft, Queue, Ticket, Tickets

QUEUES: dict[Queue, str] = {"helpdesk": "IT", "human": "IT people"}


@dataclass
class Ticketing:
    """A ticket system and keys that nobody used there."""

    tickets: Tickets
    _prefix: str = field(default_factory=lambda: uuid.uuid4().hex)

    def key(self, name: str) -> str:
        """The same for the same name, in this test."""
        return f"{self._prefix}-{name}"


@dataclass
class RtTicketing(Ticketing):
    """With a Request Tracker's administrator."""

    tickets: RequestTracker
    world: RtWorld = field(kw_only=True)


@asynccontextmanager
async def rt_ticketing(world: RtWorld, database: OwnDatabase, url: str | None = None) -> AsyncIterator[RtTicketing]:
    """Tickets there, asked at this address, and the books in the database."""
    async with connected(url or world.url, world.token) as client:
        reading = Reading(server=Server(client), database=database, url=world.url, queues=QUEUES)
        yield RtTicketing(RequestTracker(reading=reading, directory=SqlDirectory(database)), world=world)


def draft(title: str = "Screen flickers", description: str = "Since Monday.", requester: str | None = "U-123") -> Draft:
    """A new ticket of Alex's."""
    return Draft(requester=requester, queue="helpdesk", title=title, description=description, priority="normal")


#: of Alex's
NOTE = Change(author="U-123", note="It's worse")


async def made(there: Ticketing, **more: Any) -> Ticket:
    """A ticket of Alex's, always the same in a test."""
    return await there.tickets.create(replace(draft(), **more), there.key("made"), NOW)
