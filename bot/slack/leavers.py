"""People who leave: what they were given for a time is to end at once, and what is remembered of them is forgotten.

Promise: Slack is told that all is well after both; cut off or failed, it tells us again, and each does no harm twice.
What they may still do ends first: it does not wait for a memory that does not answer.
"""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlalchemy import Connection

from bot.slack.clients import tenant_here
from bot.slack.edge import Edge
from bot.store import inbox, links, lists
from bot.store.inbox import PersonGone
from tools.backends.memories import Owner


def listen(app: AsyncApp, edge: Edge) -> None:
    """Attach the listener to the app."""

    async def changed(event: Mapping[str, Any], body: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        """Somebody's profile changed; of all changes only a deactivation is ours."""
        user, now = event.get("user") or {}, edge.now().timestamp()
        if user.get("deleted") is not True:
            return
        found = await edge.database.run(
            lambda connection: _gone(connection, str(user.get("id")), body["event_id"], now)
        )
        for conversation in found:
            edge.wake(conversation)
        if edge.memories:
            await edge.memories.drop_all(Owner(tenant_here(context), str(user.get("id"))))

    app.event("user_change")(changed)


def _gone(connection: Connection, user: str, event: str, now: float) -> list[str]:
    """Tell every conversation in which something of theirs is still to end; which these are."""
    link = links.of_user(connection, user)
    # where two claim to be one person, nobody knows who left
    if link is None or link.disputed:
        return []
    found = lists.with_person(connection, link.record)
    for conversation in found:
        gone = PersonGone(record=link.record)
        inbox.put(connection, f"left:{event}:{conversation}", conversation, gone, sent_at=now, received_at=now)
    return found
