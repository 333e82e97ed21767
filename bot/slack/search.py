"""Finding one of our own posts again after its answer was lost, by the metadata it carries."""

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

#: pages of 200 messages looked through; what is older than that was posted long before
MAX_PAGES = 5

#: Slack's clock and ours may differ by this much, seconds
SKEW = 60


async def find_post(
    client: AsyncWebClient, channel: str, thread: str | None, event_type: str, key: str, since: float
) -> str | None:
    """The ts of our message with this key, posted after `since` (epoch seconds); None if there is none."""
    asked: dict[str, Any] = {
        "channel": channel,
        "oldest": f"{since - SKEW:.6f}",
        "limit": 200,
        "include_all_metadata": True,
    }
    cursor = None
    for _ in range(MAX_PAGES):
        page = asked | ({"cursor": cursor} if cursor else {})
        found = await (
            client.conversations_replies(ts=thread, **page) if thread else client.conversations_history(**page)
        )
        for message in found["messages"]:
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == event_type and metadata.get("event_payload", {}).get("key") == key:
                return str(message["ts"])
        cursor = (found.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return None
    return None
