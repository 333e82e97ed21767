"""Publishing App Homes: it shows, decides nothing, has no secrets. What it looks like is in home_view.py."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import Unanswered
from bot.run.entitled import Entitled
from bot.slack.background import Background
from bot.slack.clients import tenant_here
from bot.slack.edge import Edge, HomeOf
from bot.slack.home_view import MAX_LISTED, Seen, home_view
from bot.slack.listed import Requests, requests_of
from bot.slack.press import Press
from bot.slack.remembered import Forgetting, remembered
from bot.slack.tickets import tickets
from bot.store import house, inbox, lists

#: how often and how long it is looked whether what somebody pressed was dealt with, seconds
GLANCE, PATIENCE = 0.1, 3.0

#: homes that wait to be published again; others are published when they are opened
MAX_WAITING = 100

#: seconds within which it must be known who may freeze; else the button is not shown
ASKING = 2.0

#: whether something is dealt with
Done = Callable[[Connection], bool]

log = structlog.get_logger()


class Home:
    """Publishes homes, when they are opened and after what somebody did there."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._waiting = Background()

    def listen(self, app: AsyncApp) -> None:
        """Attach the listener to the app."""
        app.event("app_home_opened")(self.opened)
        Forgetting(self._edge, self.publish).listen(app)

    async def opened(self, event: Mapping[str, Any], client: AsyncWebClient, context: Mapping[str, Any]) -> None:
        """Somebody looks at App Home; the other tab is their direct message with us."""
        if event.get("tab") == "home":
            await self.publish(HomeOf(client, tenant_here(context), event["user"], event.get("channel") or ""))

    def later(self, client: AsyncWebClient, press: Press) -> None:
        """Publish the home again once what the person did there is dealt with; what was done elsewhere is not shown."""
        if press.place.home:
            home = HomeOf(client, press.tenant, press.actor, press.place.channel)
            self.later_than(home, partial(_done, press=press))

    def later_than(self, home: HomeOf, done: Done) -> None:
        """The same for anything that will be `done` soon."""
        if len(self._waiting) < MAX_WAITING:
            self._waiting.start(self._follow(home, done), "home")

    async def _follow(self, home: HomeOf, done: Done) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self._edge.database.run(done):  # noqa: ASYNC110 -- another process may do it
                    await asyncio.sleep(GLANCE)
        except TimeoutError:
            pass  # it is shown as it is then
        except (SQLAlchemyError, RuntimeError):
            return  # the database is away or closed: the next opening shows how things are
        await self.publish(home)

    async def publish(self, home: HomeOf) -> None:
        """Show the person how things are now."""
        may_freeze, found, memories = await asyncio.gather(
            self._may_freeze(home.tenant, home.user),
            tickets(self._edge, home.tenant, home.user),
            remembered(self._edge, home.tenant, home.user),
        )
        now = self._edge.now()
        look = partial(_look, user=home.user, now=now)
        try:
            requests, frozen = await self._edge.database.run(look)
            seen = Seen(requests, frozen, may_freeze, found, memories, self._edge.demo, self._edge.stored)
            view = home_view(seen, now, self._edge.kit.workspace_url, home.channel)
            await home.client.views_publish(user_id=home.user, view=view)
        except (SQLAlchemyError, RuntimeError, SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("a home was not shown", error=type(error).__name__)

    async def _may_freeze(self, tenant: str, user: str) -> bool:
        try:
            async with asyncio.timeout(ASKING):
                return await Entitled(self._edge.kit.at(tenant)).is_approver(user)
        except (Unanswered, TimeoutError):
            return False


def _done(connection: Connection, press: Press) -> bool:
    found = lists.version(connection, press.place.version)
    return found is None or inbox.dealt_with(connection, press.key, found.conversation)


def _look(connection: Connection, user: str, now: datetime) -> tuple[Requests, bool]:
    """What waits and was asked for, and whether all is frozen."""
    return requests_of(connection, user, now, MAX_LISTED), house.frozen(connection)
