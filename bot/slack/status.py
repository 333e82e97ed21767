"""What Slack shows of our work beside a thread: "is thinking…" with a button to stop it, waiting, or nothing.

A sign that work begins is worth nothing later, so it is given at once or not at all. How things stand afterwards is a
delivery, made again until Slack took it. Where a workspace has no agent sessions the older calls say the same; where it
has neither, nothing is said, and after an hour it is looked again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.core.change import cut
from bot.core.thread import Thread
from bot.errors import NotInstalled
from bot.slack import words
from bot.slack.budget import Budget, Closing
from bot.slack.clients import Clients
from bot.slack.refusals import error_code
from bot.store.deliveries import Delivery
from bot.store.pauses import Limit

#: characters of a title
MAX_TITLE = 60

#: signs under way at once; of more nobody hears, and the answer comes all the same
MAX_SIGNS = 100

#: how long it is remembered that a workspace cannot do something
REMEMBERED = timedelta(hours=1)

#: Slack's answers that say that the workspace, or our app in it, has no such thing
_MISSING = {
    *("unknown_method", "method_deprecated", "deprecated_endpoint", "feature_not_enabled", "not_allowed"),
    *("missing_scope", "no_permission", "access_denied", "not_allowed_token_type"),
}

SESSIONS, THREADS, TITLE = "agents.sessions.setStatus", "assistant.threads.setStatus", "assistant.threads.setTitle"

#: the item that begins the first turn of every conversation, behind the one that opens it
_FIRST_TURN = 2

log = structlog.get_logger()

#: makes a call within what Slack lets us; None where it was not made
Within = Callable[[Limit, Callable[[], Awaitable[Any]]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Said:
    """A status, of a thread, with the title and the person it begins with."""

    conversation: str
    status: str
    title: str | None = None
    by: str | None = None

    @property
    def tenant(self) -> str:
        """Where it is said."""
        return self.conversation.partition(":")[0]

    @property
    def place(self) -> dict[str, Any]:
        """The thread, as the calls name it."""
        _, channel, thread = self.conversation.split(":")
        return {"channel_id": channel, "thread_ts": thread}


class AgentStatus:
    """Gives signs, and makes Slack show how things stand."""

    def __init__(self, clients: Clients, budget: Budget, now: Callable[[], datetime]) -> None:
        self._clients = clients
        self._budget = budget
        self._now = now
        self._signs: dict[str, asyncio.Task[None]] = {}
        #: conversations whose status is being made equal: a sign could come behind it and stay
        self._settling: set[str] = set()
        #: until when a method is not asked for in a team
        self._missing: dict[tuple[str, str], datetime] = {}

    def sign(self, thread: Thread) -> None:
        """Show that work begins, beside whatever else is done."""
        assert thread.opened
        assert thread.latest
        conversation = thread.opened.conversation
        if conversation in self._signs or conversation in self._settling or len(self._signs) >= MAX_SIGNS:
            return
        said = Said(conversation, "processing", title_of(thread), thread.latest.author)
        task = self._signs[conversation] = asyncio.create_task(
            self._sign(said, thread), name=f"deliver {conversation} sign"
        )
        task.add_done_callback(lambda _: self._signs.pop(conversation))

    @asynccontextmanager
    async def alone(self, conversation: str) -> AsyncIterator[None]:
        """Inside the block no sign is given for the conversation; one that is under way is over before."""
        self._settling.add(conversation)
        try:
            if sign := self._signs.get(conversation):
                await asyncio.wait([sign])
            yield
        finally:
            self._settling.discard(conversation)

    async def show(self, delivery: Delivery, check: Callable[[], Awaitable[None]]) -> None:
        """Raises what `check` raises, NotInstalled, Closing, and what the client raises, but no 429."""

        async def within(limit: Limit, make: Callable[[], Awaitable[Any]]) -> Any:
            async def checked() -> Any:
                await check()
                return await make()

            return await self._budget.call(limit, checked)

        await self._say(Said(delivery.conversation, delivery.content["status"]), within)

    def stop(self) -> None:
        """Signs that are under way are worth nothing any more."""
        for sign in self._signs.values():
            sign.cancel()

    async def _sign(self, said: Said, thread: Thread) -> None:
        async def spare(limit: Limit, make: Callable[[], Awaitable[Any]]) -> None:
            async def made() -> None:
                await make()
                self._budget.watch.signed(thread, self._now())

            await self._budget.spare(limit, made)

        try:
            await self._say(said, spare)
        except (
            *(NotInstalled, SlackApiError, aiohttp.ClientError, TimeoutError),
            *(SQLAlchemyError, RuntimeError, Closing),
        ) as error:
            log.info("no sign was given", conversation=said.conversation, error=type(error).__name__)

    async def _say(self, said: Said, within: Within) -> None:
        """By the newest call that the workspace has."""
        client = await self._clients.of(said.tenant)
        if not await self._done(SESSIONS, said, lambda: _session(client, said), within):
            shown = await self._done(THREADS, said, lambda: _thread(client, said), within)
            if shown and said.title:
                await self._done(TITLE, said, lambda: _title(client, said), within)

    async def _done(self, method: str, said: Said, make: Callable[[], Awaitable[Any]], within: Within) -> bool:
        """Whether the workspace has the method; then it was called, unless Slack wants a pause."""
        team = said.tenant
        if self._missing.get((team, method), self._now()) > self._now():
            return False
        try:
            await within(Limit(team, method), make)
        except SlackApiError as error:
            if (code := error_code(error)) not in _MISSING:
                raise
            log.warning("the workspace cannot show what we do", method=method, error=code)
            self._missing[team, method] = self._now() + REMEMBERED
            return False
        return True


async def _session(client: AsyncWebClient, said: Said) -> None:
    await client.agents_sessions_setStatus(
        **said.place, status=said.status, title=said.title, initiator_user_id=said.by
    )


async def _thread(client: AsyncWebClient, said: Said) -> None:
    text = words.THINKING if said.status == "processing" else ""
    await client.assistant_threads_setStatus(**said.place, status=text)


async def _title(client: AsyncWebClient, said: Said) -> None:
    await client.assistant_threads_setTitle(**said.place, title=str(said.title))


def title_of(thread: Thread) -> str | None:
    """What a direct message is called: how its first message begins, in one line.

    None later, so that it keeps its name, and in channels, where a thread has its first message as its head and a list
    beside it would show one person's words to others.
    """
    turn = thread.latest
    if not (thread.opened and thread.opened.private and turn) or turn.seq != _FIRST_TURN or turn.model_calls:
        return None
    line = "".join(each for each in " ".join(turn.words.split()) if each.isprintable() and each not in "<>")
    return cut(line, MAX_TITLE) or None
