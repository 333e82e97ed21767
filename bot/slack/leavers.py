"""People who leave: what they were given for a time is to end at once."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlalchemy import Connection

from bot.slack.edge import Edge
from bot.store import inbox, links, lists
from bot.store.inbox import PersonGone


def listen(app: AsyncApp, edge: Edge) -> None:
    """Attach the listener to the app."""

    async def changed(event: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        """Somebody's profile changed; of all changes only a deactivation is ours."""
        user, now = event.get("user") or {}, edge.now().timestamp()
        if user.get("deleted") is not True:
            return
        found = await edge.database.run(
            lambda connection: _gone(connection, str(user.get("id")), body["event_id"], now)
        )
        for conversation in found:
            edge.wake(conversation)

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
