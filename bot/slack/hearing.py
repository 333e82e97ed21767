"""Whom we listen to and where."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import words
from bot.slack.text import unescaped

#: messages that are a person's words; all other subtypes are edits, joins, topics …
SPOKEN = {None, "file_share", "thread_broadcast", "me_message"}

#: longest message taken from Slack, characters (its own limit is 40,000)
MAX_TEXT = 40_000

#: time limit for the one sentence to whoever calls us where we do not work, seconds: Slack waits for its own answer
TELL_LIMIT = 2.0

#: callers remembered, so that a mention that comes as two events is answered once
REMEMBERED = 1_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Hearing:
    """The channels we work in, where that is not everywhere; the bots we listen to."""

    channels: frozenset[str] = frozenset()
    bots: frozenset[str] = frozenset()

    def hears(self, event: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
        """Whether a person said it, or a bot we listen to; never ourselves, never an app in a person's name."""
        posted, user = event.get("bot_id") or event.get("app_id"), event.get("user")
        if posted and (user not in self.bots or user == context.get("bot_user_id")):
            return False
        return event.get("subtype") in (SPOKEN | {"bot_message"} if posted else SPOKEN)


class Away:
    """Channels that we do not work in: whoever calls us there is told so, and nothing is stored."""

    def __init__(self, channels: frozenset[str]) -> None:
        self._channels = channels
        self._told: OrderedDict[str, None] = OrderedDict()

    async def told(self, event: Mapping[str, Any], client: AsyncWebClient, *, called: bool) -> bool:
        """Whether it was said where we do not work; a person who called us there is told, once."""
        channel, user = str(event.get("channel")), event.get("user")
        if not self._channels or channel in self._channels or channel.startswith("D"):
            return False
        key = f"{channel}:{event.get('ts')}"
        person = user and event.get("subtype") in SPOKEN and not (event.get("bot_id") or event.get("app_id"))
        if called and person and key not in self._told:
            self._told[key] = None
            if len(self._told) > REMEMBERED:
                self._told.popitem(last=False)
            await self._tell(client, channel, str(user), event.get("thread_ts"))
        return True

    async def _tell(self, client: AsyncWebClient, channel: str, user: str, thread: str | None) -> None:
        try:
            async with asyncio.timeout(TELL_LIMIT):
                await client.chat_postEphemeral(channel=channel, user=user, text=words.NOT_HERE, thread_ts=thread)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("somebody was not told that this is no channel of ours", error=type(error).__name__)


def addressed(text: str, bot: str | None, *, greets: bool = True) -> str:
    """What was typed, without our own name; a mere mention that `greets` stays as a greeting."""
    greeting = "hello" if greets and bot and f"<@{bot}>" in text else ""
    return unescaped(re.sub(rf"\s*<@{bot}>[,:]?\s*", " ", text).strip() or greeting)
