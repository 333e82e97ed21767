"""Completes a stream with the delivery that takes its place.

Promise: in the end the message shows the delivery and nothing else, or the delivery is to be posted anew. Where this
process knows what the stream shows, one call adds the rest; else the stream is ended and its message changed.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.slack.clients import Clients
from bot.slack.refusals import is_final
from bot.slack.search import Page, find_unmarked
from bot.slack.stream import Stream, chunks
from bot.slack.streams import Streams
from bot.store.deliveries import Delivery
from bot.store.pauses import Limit

#: asked directly before anything is shown; raises where this delivery is not to be shown any more
Check = Callable[[], Awaitable[None]]


class Completer:
    """Ends streams, whoever began them."""

    def __init__(self, clients: Clients, streams: Streams) -> None:
        self._clients = clients
        self._budget = streams.budget
        self._streams = streams

    async def complete(self, delivery: Delivery, message: dict[str, Any], check: Check) -> str | None:
        """The ts of the stream that shows the message now; None where no stream can.

        Raises what `check` raises, NotInstalled, Closing, and what may be different next time.
        """
        assert delivery.streamed is not None, "it takes no stream's place"
        stream = await self._streams.take(delivery.conversation, delivery.streamed)
        ts = delivery.ts or (stream.ts if stream else None)
        if ts is None and not (stream and stream.certain):
            ts = await self._find(delivery, message["channel"])
        if ts is None:
            return None
        client = await self._clients.of(delivery.tenant)
        stop = partial(client.chat_stopStream, channel=message["channel"], ts=ts)
        ending = _ending(stream, message) if stream and stream.certain else None
        if ending is not None and await self._took(delivery, "chat.stopStream", partial(stop, **ending), check):
            return ts
        await self._took(delivery, "chat.stopStream", stop, check)
        update = partial(client.chat_update, ts=ts, **message)
        return ts if await self._took(delivery, "chat.update", update, check) else None

    async def _took(self, delivery: Delivery, method: str, call: Callable[[], Awaitable[Any]], check: Check) -> bool:
        """Whether Slack took the call. Raises what may be different next time."""

        async def checked() -> None:
            await check()
            await call()

        try:
            await self._budget.call(Limit(delivery.tenant, method), checked)
        except SlackApiError as error:
            if not is_final(error):
                raise
            return False
        return True

    async def _find(self, delivery: Delivery, channel: str) -> str | None:
        """A stream that may have been begun without anybody hearing of it."""
        tenant, _, thread = delivery.conversation.split(":")
        client, us = await self._clients.of(tenant), await self._clients.us(tenant)

        async def page(asked: dict[str, Any]) -> Any:
            limit = Limit(delivery.tenant, "conversations.replies")
            return await self._budget.call(limit, lambda: client.conversations_replies(ts=thread, **asked))

        made: Page = page
        return await find_unmarked(made, channel, us.bot_id, delivery.streamed or 0)


def _ending(stream: Stream, message: dict[str, Any]) -> dict[str, Any] | None:
    """What makes the stream show the message; None where it shows something else already."""
    first, *others = message["blocks"]
    if first["type"] != "markdown" or not first["text"].startswith(stream.text):
        return None
    new = chunks(first["text"][len(stream.text) :], stream.last_tasks())
    ending = {"chunks": new, "blocks": others, "metadata": message["metadata"]}
    return {name: value for name, value in ending.items() if value}
