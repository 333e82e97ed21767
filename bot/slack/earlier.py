"""Reads what stands in a Slack thread: once, one page. Slack is never where conversations are kept."""

from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.items import EarlierMessage
from bot.errors import Unanswered
from bot.slack.client import error_code
from bot.slack.hearing import SPOKEN
from bot.slack.text import unescaped

#: messages of the one page, which begins with the oldest
PAGE = 200


class SlackThreads:
    """Threads, read with the Web API."""

    def __init__(self, client: AsyncWebClient, us: AuthorizeResult) -> None:
        self._client = client
        self._us = us

    async def before(self, channel: str, thread_ts: str, ts: str, most: int) -> tuple[list[EarlierMessage], bool]:
        """The newest `most` before `ts` that people or we wrote, oldest first; and whether that is all."""
        try:
            page = await self._client.conversations_replies(channel=channel, ts=thread_ts, latest=ts, limit=PAGE)
        except SlackApiError as error:
            raise Unanswered(f"Slack does not show a thread: {error_code(error)}") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unanswered(f"Slack does not answer: {type(error).__name__}") from None
        answer: Any = page.data
        found = list(self._quoted(answer, float(ts)))
        return found[-most:], len(found) <= most and not answer.get("has_more")

    def _quoted(self, answer: Any, before: float) -> Iterator[EarlierMessage]:
        for message in answer["messages"]:
            text = unescaped(message.get("text") or "")
            if float(message["ts"]) < before and text and self._is_said(message):
                yield EarlierMessage(author=message["user"], text=text, ts=message["ts"])

    def _is_said(self, message: Mapping[str, Any]) -> bool:
        """By a person, or by us; what other apps post is left out."""
        if message.get("subtype") not in SPOKEN or not message.get("user"):
            return False
        posted = message.get("bot_id") or message.get("app_id")
        return not posted or message["user"] == self._us.bot_user_id
