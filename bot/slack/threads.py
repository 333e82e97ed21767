"""Reads what stands in a Slack thread: once, one page. Slack is never where conversations are kept."""

from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot.core.items import EarlierMessage
from bot.errors import NotInstalled, Unanswered
from bot.run.ports import Threads
from bot.slack.clients import Clients
from bot.slack.hearing import SPOKEN
from bot.slack.refusals import error_code
from bot.slack.text import unescaped

#: messages of the one page, which begins with the oldest
PAGE = 200


class SlackThreads(Threads):
    """Threads, read with the Web API."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def before(
        self, tenant: str, channel: str, thread_ts: str, ts: str, most: int
    ) -> tuple[list[EarlierMessage], bool]:
        """The newest `most` before `ts` that people or we wrote, oldest first; and whether that is all."""
        try:
            client, us = await self._clients.of(tenant), await self._clients.us(tenant)
            page = await client.conversations_replies(channel=channel, ts=thread_ts, latest=ts, limit=PAGE)
        except SlackApiError as error:
            raise Unanswered(f"Slack does not show a thread: {error_code(error)}") from None
        except (NotInstalled, SQLAlchemyError, aiohttp.ClientError, TimeoutError) as error:
            raise Unanswered(f"Slack does not answer: {type(error).__name__}") from None
        answer: Any = page.data
        found = list(_quoted(answer, float(ts), us.bot_user_id))
        return found[-most:], len(found) <= most and not answer.get("has_more")


def _quoted(answer: Any, before: float, bot_user: str | None) -> Iterator[EarlierMessage]:
    for message in answer["messages"]:
        text = unescaped(message.get("text") or "")
        if float(message["ts"]) < before and text and _is_said(message, bot_user):
            yield EarlierMessage(author=message["user"], text=text, ts=message["ts"])


def _is_said(message: Mapping[str, Any], bot_user: str | None) -> bool:
    """By a person, or by us; what other apps post is left out."""
    if message.get("subtype") not in SPOKEN or not message.get("user"):
        return False
    posted = message.get("bot_id") or message.get("app_id")
    return not posted or message["user"] == bot_user
