"""What Slack sends us, put into the inbox. Listeners decide nothing and never write the log.

Promise: an event is answered with success only when its row is stored; one that is not ours leaves no row.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection
from structlog.contextvars import bound_contextvars

from bot.slack import (
    clicks,
    commands,
    enrolling,
    feedback,
    leavers,
    looking,
    prompts,
    shortcut,
    stops,
    switch,
    withheld,
)
from bot.slack.amendments import Amendments, called_late
from bot.slack.clients import tenant_here
from bot.slack.edge import Edge, seconds
from bot.slack.files import announced
from bot.slack.hearing import MAX_TEXT, Away, Hearing, addressed
from bot.slack.home import Home
from bot.store import inbox
from bot.store.arrivals import MessageArrived, ThreadId

#: told of each message that is for us: its conversation, its place there, and when it was stored
Heard = Callable[[str, str, datetime], None]


def listen(app: AsyncApp, edge: Edge, hearing: Hearing, heard: Heard) -> None:
    """Attach the listeners to the app; `hearing` is who is listened to where."""
    ear = _Ear(edge, hearing, heard)
    app.event("app_mention")(ear.mention)
    app.event("message")(ear.message)
    prompts.listen(app, edge)
    home = Home(edge)
    home.listen(app)
    clicks.listen(app, edge, home)
    looking.listen(app, edge, home)
    commands.listen(app, edge, switch.listen(app, edge, home))
    enrolling.listen(app, edge)
    feedback.listen(app, edge)
    shortcut.listen(app, edge)
    leavers.listen(app, edge)
    stops.listen(app, edge)
    withheld.listen(app, edge)


class _Ear:
    def __init__(self, edge: Edge, hearing: Hearing, heard: Heard) -> None:
        self._edge = edge
        self._hearing = hearing
        self._heard = heard
        self._away = Away(hearing.channels)
        self._amendments = Amendments(edge)

    async def mention(
        self, event: Mapping[str, Any], body: Mapping[str, Any], context: Mapping[str, Any], client: AsyncWebClient
    ) -> None:
        """Somebody called us by name."""
        if await self._amendments.take(event, context) or await self._away.told(event, client, called=True):
            return
        await self._take(event, body, context, needs_thread=False)

    async def message(
        self, event: Mapping[str, Any], body: Mapping[str, Any], context: Mapping[str, Any], client: AsyncWebClient
    ) -> None:
        """A direct message, or a reply in a channel thread, which is ours only if we were called there."""
        if (late := called_late(event, context.get("bot_user_id"))) and await self._late(*late, body, context, client):
            return
        if await self._amendments.take(event, context):
            return
        private = event.get("channel_type") == "im"
        called = f"<@{context.get('bot_user_id')}>" in (event.get("text") or "")
        if await self._away.told(event, client, called=called):
            return
        # a bot that answers us must call us each time, or the two would never end
        if private or called or (event.get("thread_ts") and not event.get("bot_id")):
            await self._take(event, body, context, needs_thread=not (private or called))

    async def _late(
        self,
        event: Mapping[str, Any],
        at: float,
        body: Mapping[str, Any],
        context: Mapping[str, Any],
        client: AsyncWebClient,
    ) -> bool:
        """Whether an edit that mentions us is what called us; else it is one like any other."""
        if await self._away.told(event, client, called=True):
            return True
        if (arrived := _spoken(event, body, context, self._hearing)) is None:
            return False
        key, now = _key(arrived), self._edge.now().timestamp()
        new = await self._edge.database.run(
            lambda connection: inbox.put_called(connection, key, arrived, sent_at=at, received_at=now)
        )
        if new:
            self._stored(arrived)
        return new

    async def _take(
        self, event: Mapping[str, Any], body: Mapping[str, Any], context: Mapping[str, Any], *, needs_thread: bool
    ) -> None:
        arrived = _spoken(event, body, context, self._hearing)
        if arrived is None:
            return
        arrived = arrived.model_copy(update={"called": not needs_thread})
        conversation, key = arrived.thread.conversation, _key(arrived)

        def store(connection: Connection) -> bool:
            return inbox.put(
                connection,
                key,
                conversation,
                arrived,
                sent_at=float(arrived.ts),
                received_at=self._edge.now().timestamp(),
                needs_thread=needs_thread,
            )

        with bound_contextvars(conversation=conversation):
            if await self._edge.database.run(store):
                self._stored(arrived)

    def _stored(self, arrived: MessageArrived) -> None:
        conversation = arrived.thread.conversation
        self._edge.wake(conversation)
        # whether a mere reply in a thread is for us is known only where it is taken up
        if arrived.called:
            self._heard(conversation, arrived.ts, self._edge.now())


def _key(arrived: MessageArrived) -> str:
    return f"message:{arrived.thread.tenant}:{arrived.thread.channel}:{arrived.ts}"


def _spoken(
    event: Mapping[str, Any], body: Mapping[str, Any], context: Mapping[str, Any], hearing: Hearing
) -> MessageArrived | None:
    """The message, if a person wrote it just now, or a bot that is listened to; edits are none."""
    if not hearing.hears(event, context) or event.get("edited"):
        return None
    files, author = announced(event), event.get("user")
    text = addressed(event.get("text") or "", context.get("bot_user_id"), greets=not files)
    if not author or not (text or files) or not seconds(event.get("ts")):
        return None
    private = event.get("channel_type") == "im" or event["channel"].startswith("D")
    thread = ThreadId(
        tenant=tenant_here(context),
        channel=event["channel"],
        thread_ts=event.get("thread_ts") or event["ts"],
        private=private,
        shared=body.get("is_ext_shared_channel") is True and not private,
    )
    return MessageArrived(thread=thread, author=author, text=text[:MAX_TEXT], ts=event["ts"], files=files)
