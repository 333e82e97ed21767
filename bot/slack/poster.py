"""Makes Slack show one delivery: a post, the update of one, or a word that only one person sees.

Promise: a post whose answer was lost is looked for by its metadata before it is made again, also where another process
made it. Only a word for one person cannot be looked for; that is said again.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.run.kit import Kit
from bot.slack.blocks import SECRET
from bot.slack.clients import Clients
from bot.slack.completing import Check, Completer
from bot.slack.line import Rank
from bot.slack.refusals import error_code
from bot.slack.search import find_post
from bot.slack.solved import without_feedback
from bot.slack.streams import Streams
from bot.store.deliveries import Delivery
from bot.store.pauses import Limit

#: what our messages carry, so that they can be found again
EVENT_TYPE = "helpdesk_delivery"

log = structlog.get_logger()

#: channel and ts of what is shown; an ephemeral message has no ts
Posted = tuple[str | None, str | None]


class Poster:
    """Posts and updates within the budget."""

    def __init__(self, kit: Kit, clients: Clients, streams: Streams, tried: set[str]) -> None:
        """`streams` may have begun in Slack what a delivery completes.

        `tried` are the keys that somebody may have posted; those that are posted here are added.
        """
        self._completer = Completer(clients, streams)
        self._kit = kit
        self._clients = clients
        self._budget = streams.budget
        self._tried = tried
        #: by tenant and user
        self._direct: dict[tuple[str, str], str] = {}

    async def show(self, delivery: Delivery, check: Check) -> Posted:
        """Where it is shown now. Raises what `check` and the client raise, but no 429; Closing, NotInstalled."""
        if delivery.target.startswith("only:"):
            return await self._whisper(delivery, check)
        channel, thread = await self._place(delivery)
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": delivery.key}}
        message = {**await self._message(delivery), "metadata": metadata, "channel": channel}
        ts = delivery.ts
        if delivery.streamed is not None and (ts := await self._completer.complete(delivery, message, check)):
            return channel, ts
        if not ts and delivery.key in self._tried:
            ts = await self._find(delivery, channel, thread)
            if ts and delivery.content.get("sealed"):
                return channel, ts
        if not ts:
            return await self._post(delivery, {**message, "thread_ts": thread}, check)

        client = await self._client(delivery)

        async def update() -> None:
            await check()
            await client.chat_update(ts=ts, **message)

        await self._budget.call(_limit(delivery, "chat.update"), update, rank=_rank(delivery))
        return channel, ts

    async def _find(self, delivery: Delivery, channel: str, thread: str | None) -> str | None:
        limit = _limit(delivery, "conversations.replies" if thread else "conversations.history")
        client = await self._client(delivery)

        async def page(asked: dict[str, Any]) -> Any:
            if thread:
                return await self._budget.call(limit, lambda: client.conversations_replies(ts=thread, **asked))
            return await self._budget.call(limit, lambda: client.conversations_history(**asked))

        return await find_post(page, channel, EVENT_TYPE, delivery.key, delivery.created_at)

    async def _post(self, delivery: Delivery, message: dict[str, Any], check: Check) -> Posted:
        client = await self._client(delivery)

        async def say(shown: dict[str, Any]) -> Any:
            return await client.chat_postMessage(unfurl_links=False, unfurl_media=False, **shown)

        async def post() -> Any:
            await check()
            self._tried.add(delivery.key)
            return await _understood(say, message)

        limit = _limit(delivery, "chat.postMessage", message["channel"])
        posted = await self._budget.call(limit, post, rank=_rank(delivery))
        return posted["channel"], posted["ts"]

    async def _message(self, delivery: Delivery) -> dict[str, Any]:
        content = dict(delivery.content)
        call = content.pop("sealed", None)
        if call is None:
            return content
        find = partial(self._kit.seal.get, conversation=delivery.conversation, call=call)
        secret = await self._kit.database.run(find)
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
        at = (delivery.tenant, name)
        if at not in self._direct:
            limit, client = _limit(delivery, "conversations.open"), await self._client(delivery)
            opened = await self._budget.call(limit, lambda: client.conversations_open(users=name))
            self._direct[at] = opened["channel"]["id"]
        return self._direct[at], None

    async def _whisper(self, delivery: Delivery, check: Check) -> Posted:
        _, channel, user = delivery.target.split(":")
        _, home, thread = delivery.conversation.split(":")
        where = thread if channel == home else None

        client = await self._client(delivery)

        async def say() -> None:
            await check()
            await client.chat_postEphemeral(channel=channel, user=user, thread_ts=where, **delivery.content)

        await self._budget.call(_limit(delivery, "chat.postEphemeral", channel), say, rank=Rank.CARD)
        return channel, None

    async def _client(self, delivery: Delivery) -> AsyncWebClient:
        """What speaks for us where it is to be shown."""
        return await self._clients.of(delivery.tenant)


def _limit(delivery: Delivery, method: str, channel: str = "") -> Limit:
    return Limit(delivery.tenant, method, channel)


def _rank(delivery: Delivery) -> Rank:
    """Cards have buttons, and a header that stays when these are gone."""
    card = any(block["type"] in ("header", "actions") for block in delivery.content.get("blocks") or ())
    return Rank.CARD if card else Rank.ANSWER


async def _understood(say: Callable[[dict[str, Any]], Awaitable[Any]], message: dict[str, Any]) -> Any:
    """What saying it gives; where Slack does not know our newest blocks, of the message without them.

    Raises what `say` raises.
    """
    try:
        return await say(message)
    except SlackApiError as error:
        plain = without_feedback(message["blocks"])
        if error_code(error) != "invalid_blocks" or len(plain) == len(message["blocks"]):
            raise
    log.warning("Slack does not know the buttons below an answer")
    return await say({**message, "blocks": plain})


def _filled(blocks: Any, secret: str) -> Any:
    """The blocks with the secret in its place."""
    if isinstance(blocks, str):
        return blocks.replace(SECRET, secret)
    if isinstance(blocks, list):
        return [_filled(each, secret) for each in blocks]
    return {name: _filled(value, secret) for name, value in blocks.items()} if isinstance(blocks, dict) else blocks
