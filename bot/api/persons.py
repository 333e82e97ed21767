"""In whose name somebody asks: the person as Slack and the directory know them just now.

Promise: whoever is not let through learns nothing about the person, not even whether there is one.
"""

import asyncio

from bot.api.doors import Principal
from bot.api.shapes import Problem
from bot.core.known import SLACK_USER, SlackUser
from bot.core.tokens import ANYONE
from bot.errors import Unanswered
from bot.run.identity import Identity
from bot.run.kit import Kit
from tools.spec import ToolFailed

#: time limit for what is looked up, seconds
LOOKUP_LIMIT = 10.0

NOT_THEM = "This token may not ask in this person's name."
NO_WORKSPACE = (
    "Several workspaces have the bot, and this token names none. Make one with: helpdesk tokens create … --tenant"
)
OTHER_WORKSPACE = "This token belongs to a workspace that is not served here."
NO_OWNER = "Whoever answers for this token is no active member of the workspace."
NOT_NOW = "Nobody can say who these people are just now. Please try again."


class Persons:
    """Looks people up."""

    def __init__(self, kit: Kit, tenant: str | None) -> None:
        """`tenant` is where people are, if that is one place."""
        self._kit = kit
        self._tenant = tenant

    def tenant(self, principal: Principal) -> str:
        """Where they belong. Raises Problem."""
        tenant = principal.tenant or self._tenant
        if tenant is None:
            raise Problem(403, "forbidden", NO_WORKSPACE)
        if self._tenant not in (None, tenant):
            raise Problem(403, "forbidden", OTHER_WORKSPACE)
        return tenant

    async def named(self, principal: Principal, person: str) -> SlackUser:
        """The Slack user whom an id of Slack or of the directory means, if it may ask for them. Raises Problem."""
        kit = self._kit.at(self.tenant(principal))
        try:
            async with asyncio.timeout(LOOKUP_LIMIT):
                owner = await kit.people.who(principal.owner)
                if owner is None or not owner.colleague:
                    raise Problem(403, "forbidden", NO_OWNER)
                user = await _allowed(kit, principal.acts_for, person)
        except (Unanswered, ToolFailed, TimeoutError):
            raise Problem(503, "unavailable", NOT_NOW, Retry_After="5") from None
        if user is None:
            raise Problem(403, "forbidden", NOT_THEM)
        return user


async def user_of(kit: Kit, person: str) -> SlackUser | None:
    """The Slack user whom an id of Slack or of the directory names. Raises Unanswered or ToolFailed."""
    if SLACK_USER.fullmatch(person):
        return person
    found = await kit.directory.find(person)
    return await Identity(kit).user_of(found) if found else None


async def _allowed(kit: Kit, acts_for: frozenset[str], person: str) -> SlackUser | None:
    user = await user_of(kit, person)
    found = await kit.people.who(user) if user else None
    if found is None or not (found.colleague or found.visitor):
        return None
    if acts_for & {ANYONE, found.user}:
        return found.user
    link = await Identity(kit).link_of(found)
    return found.user if link and link.sure in acts_for else None
