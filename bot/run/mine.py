"""What belongs to a person, found by who they are in Slack."""

from typing import cast

from bot.core.known import SlackUser
from bot.run.identity import Identity
from bot.run.kit import Kit
from tools.backends.tickets import Ticket, Tickets


class Mine:
    """Looks things up for the person they belong to."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._identity = Identity(kit)
        self._tickets = cast("Tickets | None", kit.backends.get(Tickets))

    async def tickets(self, user: SlackUser, most: int) -> list[Ticket] | None:
        """Open ones, newest first; None where nobody knows for sure who the user is. Raises Unanswered, ToolFailed."""
        person = await self._kit.people.who(user)
        if person is None or not person.colleague or self._tickets is None:
            return None
        link = await self._identity.link_of(person)
        return await self._tickets.open_of(link.sure, most) if link and link.sure else None
