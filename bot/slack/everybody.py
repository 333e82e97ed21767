"""The people of every tenant, always the same ones for the same tenant."""

from bot.slack.clients import Clients
from bot.slack.people import SlackPeople, Visitors


class Everybody:
    """Where `tenant` is the only one, all people are there; None: there are several."""

    def __init__(self, clients: Clients, tenant: str | None, visitors: Visitors) -> None:
        self._clients = clients
        self._tenant = tenant
        self._visitors = visitors
        self._known: dict[str, SlackPeople] = {}

    def of(self, tenant: str) -> SlackPeople:
        """Who is in the tenant."""
        at = tenant if self._tenant is None else self._tenant
        return self._known.setdefault(at, SlackPeople(self._clients, at, visitors=self._visitors))

    async def teams(self, tenant: str) -> frozenset[str]:
        """What is ours there. Raises Unanswered."""
        return await self.of(tenant).teams()

    async def team_of(self, tenant: str, user: str) -> str | None:
        """The workspace in which the user reads us; None where there is no such user. Raises Unanswered."""
        return await self.of(tenant).team_of(user)
