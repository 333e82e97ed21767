"""Finding one of our own posts again after its answer was lost, by the metadata it carries."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

#: pages of 200 messages looked through; what is older than that was posted long before
MAX_PAGES = 5

#: Slack's clock and ours may differ by this much, seconds
SKEW = 60

#: gives a page of conversations.replies or conversations.history; raises where Slack does not
Page = Callable[[dict[str, Any]], Awaitable[Any]]


async def find_post(page: Page, channel: str, event_type: str, key: str, since: float) -> str | None:
    """The ts of our message with this key, posted after `since` (epoch seconds); None if there is none.

    Raises what `page` raises: without an answer it is not known.
    """
    async for message in _messages(page, channel, since):
        metadata = message.get("metadata") or {}
        if metadata.get("event_type") == event_type and metadata.get("event_payload", {}).get("key") == key:
            return str(message["ts"])
    return None


async def find_unmarked(page: Page, channel: str, bot: str | None, since: float) -> str | None:
    """The ts of our newest message posted after `since` that carries nothing of ours: a stream that was not completed.

    `bot` is our bot's id; None: any bot's. Raises what `page` raises.
    """
    found = [
        str(message["ts"])
        async for message in _messages(page, channel, since)
        if message.get("bot_id") and message["bot_id"] == (bot or message["bot_id"]) and not message.get("metadata")
    ]
    return max(found, default=None, key=float)


async def _messages(page: Page, channel: str, since: float) -> AsyncIterator[dict[str, Any]]:
    """What was posted after `since`, as far as MAX_PAGES go."""
    asked: dict[str, Any] = {
        "channel": channel,
        "oldest": f"{since - SKEW:.6f}",
        "limit": 200,
        "include_all_metadata": True,
    }
    cursor = None
    for _ in range(MAX_PAGES):
        found = await page(asked | ({"cursor": cursor} if cursor else {}))
        for message in found["messages"]:
            yield message
        cursor = (found.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
