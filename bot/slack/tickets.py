"""A person's own tickets, looked up in the time that somebody who looks has."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy.exc import SQLAlchemyError

from bot.core.known import SlackUser
from bot.errors import Unanswered
from bot.run.identity import Identity
from bot.run.kit import Kit
from bot.slack import words
from bot.slack.edge import Edge
from tools.backends.tickets import Ticket
from tools.backends.tickets import Tickets as System
from tools.spec import ToolFailed

#: tickets that are shown
MAX_TICKETS = 10

#: seconds within which they must be known
PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Tickets:
    """The open ones, newest first, and a sentence beside or instead of them; empty where none is needed."""

    open: Sequence[Ticket] = ()
    instead: str = words.NO_TICKETS


async def tickets(edge: Edge, tenant: str, user: SlackUser) -> Tickets:
    """The person's open tickets."""
    try:
        async with asyncio.timeout(PATIENCE):
            found = await _open(edge.kit.at(tenant), user)
    except (TimeoutError, Unanswered, ToolFailed, SQLAlchemyError):
        return Tickets((), words.NOT_NOW)
    if found is None:
        return Tickets((), words.NO_RECORD)
    beside = words.MORE_TICKETS if len(found) > MAX_TICKETS else "" if found else words.NO_TICKETS
    return Tickets(found[:MAX_TICKETS], beside)


async def _open(kit: Kit, user: SlackUser) -> Sequence[Ticket] | None:
    """One more than is shown, the newest first; None where nobody knows for sure who the user is."""
    person = await kit.people.who(user)
    link = await Identity(kit).link_of(person) if person and person.colleague else None
    system = cast("System", kit.backends[System])
    return await system.open_of(link.sure, MAX_TICKETS + 1) if link and link.sure else None
