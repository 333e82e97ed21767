"""Making Slack equal to what the log renders: post what is not there, update what differs, in the order of the log.

Promise: a post whose answer was lost is looked for by its metadata before it is made again.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection

from bot.slack.blocks import SECRET
from bot.slack.client import error_code, http_status, retry_after
from bot.slack.search import find_post
from bot.store import deliveries, inbox, sealed
from bot.store.database import Database
from bot.store.deliveries import Delivery
from bot.store.inbox import Undelivered
from bot.store.sealed import Seal

#: what our messages carry, so that they can be found again
EVENT_TYPE = "helpdesk_delivery"

#: Slack's answers that may be different next time
_PASSING = {
    "ratelimited",
    "rate_limited",
    "message_limit_exceeded",
    "accesslimited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
}

#: Slack refuses us, not the message: nothing is thrown away until somebody mends the token
_OURS = {
    *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope"),
    *("no_permission", "ekm_access_denied", "access_denied", "org_login_required"),
}

#: wait where Slack names none, and where people must mend something first, seconds
RETRY, MENDING = 1.0, 60.0

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
        due = await self._due(conversation)
        while due:
            due = await self._settle(due[0])

    async def _due(self, conversation: str) -> list[Delivery]:
        return await self._database.run(lambda connection: deliveries.due(connection, conversation))

    async def _settle(self, delivery: Delivery) -> list[Delivery]:
        """Deliver one, or make the wait it needs before it can be tried again; what is due then."""
        try:
            channel, ts = await self._show(delivery)
        except SlackApiError as error:
            code = error_code(error)
            if code in _OURS:
                log.error("Slack refuses our token", conversation=delivery.conversation, error=code)  # noqa: TRY400
                await asyncio.sleep(MENDING)
                return await self._due(delivery.conversation)
            if code in _PASSING or http_status(error) != HTTPStatus.OK:
                await asyncio.sleep(retry_after(error, RETRY))
                return await self._due(delivery.conversation)
            log.warning("Slack refuses a message", conversation=delivery.conversation, seq=delivery.seq, error=code)
            await self._give_up(delivery, code)
            return await self._due(delivery.conversation)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("Slack did not answer", conversation=delivery.conversation, error=type(error).__name__)
            await asyncio.sleep(RETRY)
            return await self._due(delivery.conversation)
        self._tried.discard(delivery.key)
        return await self._database.run(lambda connection: self._done(connection, delivery, channel, ts))

    def _done(self, connection: Connection, delivery: Delivery, channel: str | None, ts: str | None) -> list[Delivery]:
        deliveries.done(connection, delivery, channel, ts)
        if call := delivery.content.get("sealed"):
            sealed.drop(connection, delivery.conversation, call)
        return deliveries.due(connection, delivery.conversation)

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
        return await self._post(delivery.key, {"channel": channel, "thread_ts": thread, **message})

    async def _post(self, key: str, message: dict[str, Any]) -> tuple[str, str]:
        self._tried.add(key)
        try:
            posted = await self._client.chat_postMessage(unfurl_links=False, unfurl_media=False, **message)
        except SlackApiError as error:
            if http_status(error) == HTTPStatus.TOO_MANY_REQUESTS:
                # refused for sure: no need to look for it before the next try
                self._tried.discard(key)
            raise
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
        """Slack will never take it. What is shown nowhere comes back to the conversation."""

        def note(connection: Any) -> bool:
            deliveries.failed(connection, delivery, code)
            # the card in a direct message's own thread has no buttons to decide with
            private = delivery.conversation.split(":")[1].startswith("D")
            beside = "thread" if private else None
            if not deliveries.nowhere_shown(connection, delivery.conversation, delivery.seq, beside=beside):
                return False
            at, key = self._now().timestamp(), f"undelivered:{delivery.conversation}:{delivery.seq}"
            lost = Undelivered(seq=delivery.seq)
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
