"""Making Slack equal to what the log renders: post what is not there, update what differs, in the order of the log.

Promise: a post whose answer was lost is looked for by its metadata before it is made again.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import SECRET
from bot.slack.search import find_post
from bot.store import deliveries, inbox, sealed
from bot.store.database import Database
from bot.store.deliveries import Delivery
from bot.store.inbox import CardLost
from bot.store.sealed import Seal

#: what our messages carry, so that they can be found again
EVENT_TYPE = "helpdesk_delivery"

#: Slack's answers that may be different next time
_PASSING = {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}

#: wait where Slack names none, seconds
RETRY = 1.0

log = structlog.get_logger()


class Deliverer:
    """Delivers what is due of a conversation; `wake` is told where a lost card needs a decision."""

    def __init__(
        self,
        database: Database,
        client: AsyncWebClient,
        seal: Seal,
        process: str,
        now: Callable[[], datetime],
        wake: Callable[[str], None],
    ) -> None:
        self._database = database
        self._client = client
        self._seal = seal
        self._process = process
        self._now = now
        self._wake = wake
        #: keys this process tried to post without learning what came of it
        self._tried: set[str] = set()
        self._direct: dict[str, str] = {}

    async def deliver(self, conversation: str, _woken: asyncio.Event) -> None:
        """Bring Slack up to date for the conversation."""
        while due := await self._database.run(lambda connection: deliveries.due(connection, conversation)):
            for delivery in due:
                if not await self._settle(delivery):
                    break

    async def _settle(self, delivery: Delivery) -> bool:
        """Deliver one; False where it has to be tried again, after the wait this call makes."""
        try:
            channel, ts = await self._show(delivery)
        except SlackApiError as error:
            code = error.response.get("error", "")
            if code in _PASSING or error.response.status_code >= 500:
                await asyncio.sleep(float(error.response.headers.get("Retry-After", RETRY)))
                return False
            log.error("Slack refuses a message", conversation=delivery.conversation, seq=delivery.seq, error=code)
            await self._give_up(delivery, code)
            return True
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("Slack did not answer", conversation=delivery.conversation, error=type(error).__name__)
            await asyncio.sleep(RETRY)
            return False
        self._tried.discard(delivery.key)
        await self._database.run(lambda connection: self._done(connection, delivery, channel, ts))
        return True

    def _done(self, connection: Any, delivery: Delivery, channel: str | None, ts: str | None) -> None:
        deliveries.done(connection, delivery, channel, ts)
        if call := delivery.content.get("sealed"):
            sealed.drop(connection, delivery.conversation, call)

    async def _show(self, delivery: Delivery) -> tuple[str | None, str | None]:
        """Where it is shown now."""
        if delivery.target.startswith("only:"):
            return await self._whisper(delivery)
        channel, thread = await self._place(delivery)
        ts = delivery.ts
        if not ts and (delivery.made_by != self._process or delivery.key in self._tried):
            ts = await find_post(self._client, channel, thread, EVENT_TYPE, delivery.key, delivery.created_at)
            if ts and delivery.content.get("sealed"):
                return channel, ts
        message = {**await self._message(delivery), "metadata": self._metadata(delivery)}
        if ts:
            await self._client.chat_update(channel=channel, ts=ts, **message)
            return channel, ts
        self._tried.add(delivery.key)
        posted = await self._client.chat_postMessage(
            channel=channel, thread_ts=thread, unfurl_links=False, unfurl_media=False, **message
        )
        return posted["channel"], posted["ts"]

    def _metadata(self, delivery: Delivery) -> dict[str, Any]:
        return {"event_type": EVENT_TYPE, "event_payload": {"key": delivery.key}}

    async def _message(self, delivery: Delivery) -> dict[str, Any]:
        content = dict(delivery.content)
        call = content.pop("sealed", None)
        if call is None:
            return content
        secret = await self._database.run(lambda connection: self._seal.get(connection, delivery.conversation, call))
        word = secret.get_secret_value() if secret else "(this link is no longer valid)"
        return {"text": content["text"], "blocks": _filled(content["blocks"], word)}

    async def _place(self, delivery: Delivery) -> tuple[str, str | None]:
        """The channel and thread a target means."""
        _, channel, thread = delivery.conversation.split(":")
        if delivery.target == "thread":
            return channel, thread
        kind, _, name = delivery.target.partition(":")
        if kind == "channel":
            return name, None
        if name not in self._direct:
            self._direct[name] = (await self._client.conversations_open(users=name))["channel"]["id"]
        return self._direct[name], None

    async def _whisper(self, delivery: Delivery) -> tuple[str | None, str | None]:
        _, channel, user = delivery.target.split(":")
        _, home, thread = delivery.conversation.split(":")
        where = thread if channel == home else None
        await self._client.chat_postEphemeral(channel=channel, user=user, thread_ts=where, **delivery.content)
        return channel, None

    async def _give_up(self, delivery: Delivery, code: str) -> None:
        """Slack will never take it. A card that is shown nowhere closes its request."""

        def note(connection: Any) -> bool:
            deliveries.failed(connection, delivery, code)
            if not deliveries.nowhere_shown(connection, delivery.conversation, delivery.seq):
                return False
            at, key = self._now().timestamp(), f"card_lost:{delivery.conversation}:{delivery.seq}"
            lost = CardLost(request=delivery.seq)
            return inbox.put(connection, key, delivery.conversation, lost, sent_at=at, received_at=at)

        if await self._database.run(note):
            self._wake(delivery.conversation)


def _filled(blocks: Any, secret: str) -> Any:
    """The blocks with the secret in its place."""
    if isinstance(blocks, str):
        return blocks.replace(SECRET, secret)
    if isinstance(blocks, list):
        return [_filled(each, secret) for each in blocks]
    return {name: _filled(value, secret) for name, value in blocks.items()} if isinstance(blocks, dict) else blocks
