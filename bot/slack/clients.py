"""Whose token speaks where: one workspace by a token of its own, or many that installed the bot.

A tenant is a workspace, or the organisation (Enterprise Grid) that it belongs to.
"""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotInstalled
from bot.store import installations
from bot.store.database import Database
from bot.store.sealed import Seal

#: how long a token is remembered; another process may have heard that it is no longer good, seconds
REMEMBERED = 60.0

#: tenants remembered
MAX_REMEMBERED = 1_000


class Clients(Protocol):
    """Who we are in a tenant, and what speaks for us there. Both raise NotInstalled, and SQLAlchemyError."""

    async def of(self, tenant: str) -> AsyncWebClient:
        """A client with our token there."""

    async def us(self, tenant: str) -> AuthorizeResult:
        """Who we are there; `team_id` is None where we are installed in a whole organisation."""

    def forget(self, tenant: str) -> None:
        """What is remembered of it may be wrong."""


class OneWorkspace:
    """The workspace of SLACK_BOT_TOKEN."""

    def __init__(self, client: AsyncWebClient, us: AuthorizeResult) -> None:
        self._client = client
        self._us = us

    async def of(self, _: str) -> AsyncWebClient:
        """The one client."""
        return self._client

    async def us(self, _: str) -> AuthorizeResult:
        """What Slack said of the token at the start."""
        return self._us

    def forget(self, _: str) -> None:
        """Nothing: there is no other token."""


class ManyWorkspaces:
    """The workspaces that installed the bot; each is looked up in the database, and remembered for a minute."""

    def __init__(
        self,
        database: Database,
        seal: Seal,
        client: Callable[[str], AsyncWebClient],
        teams: Collection[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`client` makes one for a token; `teams` are the workspaces and organisations that are served."""
        self._database = database
        self._seal = seal
        self._client = client
        self._teams = teams
        self._clock = clock
        self._known: dict[str, tuple[float, AsyncWebClient, AuthorizeResult]] = {}

    async def of(self, tenant: str) -> AsyncWebClient:
        """A client with the token that was got when it was installed."""
        return (await self._found(tenant))[1]

    async def us(self, tenant: str) -> AuthorizeResult:
        """Who we became when it was installed."""
        return (await self._found(tenant))[2]

    def forget(self, tenant: str) -> None:
        """The next look is into the database."""
        self._known.pop(tenant, None)

    async def _found(self, tenant: str) -> tuple[float, AsyncWebClient, AuthorizeResult]:
        known = self._known.get(tenant)
        if known is None or self._clock() - known[0] >= REMEMBERED:
            known = await self._look(tenant)
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            self._known[tenant] = known
        return known

    async def _look(self, tenant: str) -> tuple[float, AsyncWebClient, AuthorizeResult]:
        self.forget(tenant)
        at = self._clock()
        there = await self._database.run(lambda connection: installations.find(connection, self._seal, tenant))
        if there is None or not there.served_by(self._teams):
            raise NotInstalled(f"not installed in {tenant}")
        token = there.token.get_secret_value()
        us = AuthorizeResult(
            enterprise_id=there.enterprise,
            team_id=there.team,
            bot_id=there.bot,
            bot_user_id=there.bot_user,
            bot_token=token,
        )
        return at, self._client(token), us


async def meant_for_us(clients: Clients, context: Mapping[str, Any]) -> bool:
    """False for a workspace beside the one that has the bot. Raises SQLAlchemyError."""
    try:
        us = await clients.us(tenant_here(context))
    except NotInstalled:
        # Bolt, which asks next, answers that; it lets pass what says that we are installed no more
        return True
    enterprise, team = context.get("enterprise_id"), context.get("team_id")
    return bool(team == us.team_id if us.team_id else enterprise == us.enterprise_id)


def tenant_here(context: Mapping[str, Any]) -> str:
    """Where what Bolt handles now happened: the tenant of the installation that it was sent to.

    In a shared channel the body may name another company's team.
    """
    return str(context.get("enterprise_id") or context.get("team_id") or "")
