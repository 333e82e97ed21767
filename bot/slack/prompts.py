"""What somebody who opens their direct message with us could ask: shown by Slack as buttons, at most once an hour."""

import random
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.core.known import SlackUser
from bot.slack.background import Background
from bot.slack.budget import Budget
from bot.slack.clients import tenant_here
from bot.slack.edge import Edge
from bot.slack.words import PROMPTS
from bot.store.pauses import Limit

#: how long they are good for
SHOWN = timedelta(hours=1)

#: people remembered as having been shown them, and calls under way at once
MAX_PEOPLE, MAX_CALLS = 10_000, 50

METHOD = "assistant.threads.setSuggestedPrompts"

log = structlog.get_logger()


def listen(app: AsyncApp, edge: Edge) -> None:
    """Attach the listener to the app, before the one of App Home: of those that match Bolt calls the first."""
    app.event("app_home_opened", matchers=[_is_direct_message])(_Prompts(edge).opened)


async def _is_direct_message(event: Mapping[str, Any]) -> bool:
    return event.get("tab") == "messages"


class _Prompts:
    """Shows them, if Slack has time for that."""

    def __init__(self, edge: Edge) -> None:
        self._now = edge.now
        self._budget = Budget(edge.database, edge.now, random.random)
        #: who was shown them when, by tenant, oldest first
        self._shown: OrderedDict[tuple[str, SlackUser], datetime] = OrderedDict()
        self._calls = Background()

    async def opened(self, event: Mapping[str, Any], context: Mapping[str, Any], client: AsyncWebClient) -> None:
        """Somebody opened the direct message; Slack is not kept waiting."""
        channel, now, team = event.get("channel"), self._now(), tenant_here(context)
        user = (team, event["user"])
        if not channel or len(self._calls) >= MAX_CALLS or now - self._shown.get(user, now - SHOWN) < SHOWN:
            return
        self._shown[user] = now
        self._shown.move_to_end(user)
        if len(self._shown) > MAX_PEOPLE:
            self._shown.popitem(last=False)
        self._calls.start(self._show(client, team, channel), "prompts")

    async def _show(self, client: AsyncWebClient, team: str, channel: str) -> None:
        async def make() -> None:
            await client.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=[dict(p) for p in PROMPTS])

        try:
            await self._budget.spare(Limit(team, METHOD), make)
        except (SlackApiError, aiohttp.ClientError, TimeoutError, SQLAlchemyError, RuntimeError) as error:
            log.info("no prompts were shown", error=type(error).__name__)
