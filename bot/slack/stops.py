"""The stop button beside "is thinking…": what Slack tells us of it goes into the inbox, as everything."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlalchemy import Connection

from bot.slack.clients import tenant_here
from bot.slack.edge import Edge, seconds
from bot.store import inbox
from bot.store.arrivals import StopArrived, ThreadId


def listen(app: AsyncApp, edge: Edge) -> None:
    """Attach the listener to the app."""

    async def stopped(event: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        """Somebody pressed it; what it ends is decided behind the inbox."""
        # the SDK has no type for this event: both ways in which Slack names such fields are read
        user, channel = event.get("user") or event.get("user_id"), event.get("channel") or event.get("channel_id")
        thread, at = event.get("thread_ts"), seconds(event.get("event_ts"))
        if not (user and channel and seconds(thread) and at):
            return
        where = ThreadId(
            tenant=tenant_here(context), channel=channel, thread_ts=str(thread), private=channel.startswith("D")
        )
        conversation, arrived = where.conversation, StopArrived(actor=user, channel=channel)
        key, received = f"stop:{conversation}:{user}:{event['event_ts']}", edge.now().timestamp()

        def store(connection: Connection) -> bool:
            return inbox.ours(connection, conversation) and inbox.put(
                connection, key, conversation, arrived, sent_at=at, received_at=received
            )

        if await edge.database.run(store):
            edge.wake(conversation)

    app.event("agent_session_stopped")(stopped)
