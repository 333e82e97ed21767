"""The brake: `/helpdesk freeze` and `unfreeze`, and the same as buttons in App Home.

Promise: it is stored before anything is looked up; who may do it is decided behind the inbox.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.core.items import SwitchRefused
from bot.slack.card_words import NOT_STORED, TAKEN, UNSURE
from bot.slack.clients import tenant_here
from bot.slack.edge import Edge, HomeOf, tell
from bot.slack.forms import Place
from bot.slack.home import Home
from bot.store import inbox
from bot.store import log as log_on_disk
from bot.store.arrivals import SwitchArrived
from bot.store.house import place_of, switched

#: how long a command waits for what is decided, and how often it looks, seconds; Slack waits three for the answer
PATIENCE, GLANCE = 2.0, 0.05

Wanted = Literal["freeze", "unfreeze"]

log = structlog.get_logger()


def listen(app: AsyncApp, edge: Edge, home: Home) -> "Brake":
    """Attach the listeners to the app; the brake, for who types a command."""
    brake = Brake(edge, home)
    app.action("house.freeze")(brake.pressed)
    app.action("house.unfreeze")(brake.pressed)
    return brake


class Brake:
    """Stops everything above low risk, and lets it go on."""

    def __init__(self, edge: Edge, home: Home) -> None:
        self._edge = edge
        self._home = home

    async def typed(self, wanted: Wanted, body: Mapping[str, Any], context: Mapping[str, Any]) -> str:
        """What came of the typed command."""
        tenant, user = tenant_here(context), body["user_id"]
        after = await self._stored(wanted, tenant, user, None, body["trigger_id"])
        return NOT_STORED if after is None else await self._outcome(wanted, tenant, user, after)

    async def pressed(
        self, ack: AsyncAck, body: dict[str, Any], context: Mapping[str, Any], client: AsyncWebClient
    ) -> None:
        """One of the two buttons in App Home."""
        await ack()
        wanted: Wanted = "unfreeze" if body["actions"][0]["action_id"] == "house.unfreeze" else "freeze"
        place, tenant, user = Place.of(body.get("view") or {}), tenant_here(context), body["user"]["id"]
        key = _key(body["trigger_id"])
        if await self._stored(wanted, tenant, user, place.channel, body["trigger_id"]) is None:
            await tell(client, body, place, NOT_STORED)
            return
        house = place_of(tenant).conversation
        home = HomeOf(client, tenant, user, place.channel)
        self._home.later_than(home, lambda connection: inbox.dealt_with(connection, key, house))

    async def _stored(self, wanted: Wanted, tenant: str, user: str, channel: str | None, trigger: str) -> int | None:
        """The last seq of the house before it; None where it could not be stored."""
        house, now = place_of(tenant), self._edge.now().timestamp()
        arrived = SwitchArrived(thread=house, action=wanted, actor=user, channel=channel or None)

        def store(connection: Connection) -> int:
            inbox.put(connection, _key(trigger), house.conversation, arrived, sent_at=now, received_at=now)
            return log_on_disk.head(connection, house.conversation)

        try:
            head = await self._edge.database.run(store)
        except SQLAlchemyError:
            log.exception("a switch was not stored", action=wanted)
            return None
        self._edge.wake(house.conversation)
        return head

    async def _outcome(self, wanted: Wanted, tenant: str, user: str, after: int) -> str:
        """What was decided, as soon as it is."""
        house = place_of(tenant).conversation
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    found = await self._edge.database.run(lambda connection: switched(connection, house, user, after))
                    if found:
                        return found.reason if isinstance(found, SwitchRefused) else TAKEN[wanted]
                    await asyncio.sleep(GLANCE)
        except (TimeoutError, SQLAlchemyError):
            return UNSURE


def _key(trigger: str) -> str:
    return f"switch:{trigger}"
