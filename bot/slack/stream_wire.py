"""The calls that make a stream in Slack, and the rows that say so before Slack is asked."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import NotInstalled, Unanswered
from bot.run.kit import Kit
from bot.slack.budget import Budget
from bot.slack.clients import Clients
from bot.slack.refusals import error_code, is_final
from bot.slack.stream import Chunk, Stream, Talk, chunks
from bot.store import streams
from bot.store.pauses import Limit
from bot.store.streams import Begun

log = structlog.get_logger()


class Wire:
    """Within the budget; what is worth nothing later is left out while Slack wants a pause."""

    def __init__(
        self, kit: Kit, clients: Clients, budget: Budget, team_of: Callable[[str, str], Awaitable[str | None]]
    ) -> None:
        """`team_of` says in which workspace of a tenant somebody reads."""
        self._kit = kit
        self._clients = clients
        self._budget = budget
        self._team_of = team_of

    async def begin(self, stream: Stream) -> bool:
        """Reserve it and ask Slack for it; true where it is there. Raises where that is not known."""
        talk, conversation = stream.talk, stream.talk.conversation
        row = await self._kit.database.run(partial(self._reserve, conversation=conversation, stream=stream), alone=True)
        if row is None:
            return False
        stream.reserved = True
        text, tasks = stream.next_text(), stream.next_tasks()
        if not stream.sealed.is_set():
            start = partial(self._start, talk, chunks(text, tasks))
            stream.ts = await self._budget.spare(_limit(conversation, "chat.startStream"), start)
        if not stream.ts:
            # where a delivery has taken its place already, that one asks for the stream and learns that there is none
            stream.ts = None
            stream.reserved = not await self._kit.database.run(lambda connection: streams.drop(connection, row))
            return False
        stream.show(text, tasks)
        ts = stream.ts
        await self._kit.database.run(lambda connection: streams.note(connection, row, ts))
        return True

    def _reserve(self, connection: Connection, conversation: str, stream: Stream) -> int | None:
        self._kit.fence(connection, conversation)
        team = conversation.partition(":")[0]
        return streams.reserve(connection, conversation, team, stream.started_at, self._kit.process)

    async def _start(self, talk: Talk, new: list[Chunk]) -> str:
        """Its ts; empty where Slack begins none. Raises where it may have begun one."""
        tenant, channel, thread = talk.conversation.split(":")
        where = {"channel": channel, "thread_ts": thread, "task_display_mode": "timeline"}
        try:
            client, team = await self._clients.of(tenant), await self._team_of(tenant, talk.reader)
        except (NotInstalled, Unanswered, SQLAlchemyError) as error:
            log.warning("Slack was asked for no stream", conversation=talk.conversation, error=type(error).__name__)
            return ""
        reader = {"recipient_user_id": talk.reader, "recipient_team_id": team}
        asked: dict[str, Any] = {**where, **reader, "chunks": new or None}
        try:
            begun = await client.chat_startStream(**asked)
        except SlackApiError as error:
            if not is_final(error):
                raise
            log.warning("Slack begins no stream", conversation=talk.conversation, error=error_code(error))
            return ""
        return str(begun["ts"])

    async def add(self, stream: Stream) -> bool:
        """Add what is new, if anything is and Slack wants no pause.

        Raises NotInstalled, and what the client raises, but no 429.
        """
        text, tasks = stream.next_text(), stream.next_tasks()
        if not (text or tasks):
            return False
        conversation = stream.talk.conversation
        _, channel, _ = conversation.split(":")
        client = await self._client(conversation)

        async def append() -> bool:
            await client.chat_appendStream(channel=channel, ts=str(stream.ts), chunks=chunks(text, tasks))
            return True

        added = bool(await self._budget.spare(_limit(conversation, "chat.appendStream"), append))
        if added:
            stream.show(text, tasks)
        return added

    async def left(self) -> list[str]:
        """Conversations with a stream that nothing completes any more."""
        return await self._kit.database.run(streams.left)

    async def close(self, conversation: str) -> Begun | None:
        """The open stream, which nobody else ends from now on."""
        return await self._kit.database.run(lambda connection: streams.close(connection, conversation))

    async def withdraw(self, conversation: str, ts: str) -> None:
        """It grows no more and is taken away, if Slack answers: the log has nothing of what it says. Raises Closing."""
        _, channel, _ = conversation.split(":")
        await self._tried(
            conversation, "chat.stopStream", lambda client: client.chat_stopStream(channel=channel, ts=ts)
        )
        await self._tried(conversation, "chat.delete", lambda client: client.chat_delete(channel=channel, ts=ts))

    async def _tried(self, conversation: str, method: str, call: Callable[[AsyncWebClient], Awaitable[object]]) -> None:
        try:
            client = await self._client(conversation)
            await self._budget.call(_limit(conversation, method), lambda: call(client))
        except (NotInstalled, SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            # Slack itself ends what nothing is added to
            log.info("a stream was not ended", conversation=conversation, method=method, error=type(error).__name__)

    async def _client(self, conversation: str) -> AsyncWebClient:
        return await self._clients.of(conversation.partition(":")[0])


def _limit(conversation: str, method: str) -> Limit:
    return Limit(conversation.partition(":")[0], method)
