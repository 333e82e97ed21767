"""A local Slack and what works on its deliveries, without the rest of the bot: several workers on one database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.api.serving import serving
from bot.playground import LocalSlack
from bot.playground.messages import Message
from bot.run.kit import Kit, utc_now
from bot.slack import blocks
from bot.slack.budget import Budget
from bot.slack.client import connection_pool, web_client
from bot.slack.clients import OneWorkspace
from bot.slack.delivery import Deliverer
from bot.slack.stream_wire import Wire
from bot.slack.streams import Streams
from bot.store import deliveries
from bot.store.database import Database
from bot.store.deliveries import Shown
from tests.databases import url_for
from tests.rig import CHANNEL
from tests.run.growing import at_work

TEAM = "T0DEMO"


@dataclass
class Held:
    """Calls of a method that do not reach Slack until they are let go."""

    app: ASGIApp
    holds: dict[str, asyncio.Event]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the first call of a method that is to be held; the later ones pass."""
        if held := self.holds.pop(scope["path"].removeprefix("/api/"), None):
            await held.wait()
        await self.app(scope, receive, send)


@dataclass
class Office:
    """Workers are made with `deliverer`; what they shall show is said with `want`."""

    slack: LocalSlack
    client: AsyncWebClient
    url: str
    kit: Kit
    stack: AsyncExitStack
    holds: dict[str, asyncio.Event] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """Where what is due stands."""
        return self.kit.database

    def deliverer(self, process: str, **changes: Any) -> Deliverer:
        """A worker with connections of its own."""
        database = Database(self.url)
        self.stack.callback(database.close)
        kit = replace(self.kit, database=database, process=process, now=utc_now)
        kit = replace(kit, **changes)
        clients = OneWorkspace(self.client, AuthorizeResult(enterprise_id=None, team_id=TEAM))
        budget = Budget(database, kit.now, kit.chance.jitter)
        made = Deliverer(kit, clients, Streams(Wire(kit, clients, budget, _team), budget, kit.now), lambda _: None)
        self.stack.callback(made.stop)
        return made

    def thread(self, channel: str = CHANNEL) -> str:
        """The conversation of a thread that a person began."""
        ts = self.slack.workspace.next_ts()
        self.slack.workspace.store(Message(channel=channel, ts=ts, user="U0ALEX", text="hello"))
        return f"{TEAM}:{channel}:{ts}"

    async def want(self, conversation: str, seq: int, target: str = "thread", by: str = "one") -> None:
        """The item wants its number shown; the process `by` made the row."""
        shown = Shown(seq, target, blocks.note(str(seq)))
        now = utc_now().timestamp()
        await self.database.run(lambda connection: deliveries.want(connection, conversation, [shown], by, now))

    def hold(self, method: str) -> asyncio.Event:
        """The next call of the method does not reach Slack before the event is set."""
        return self.holds.setdefault(method, asyncio.Event())

    def start(self, worker: Deliverer, conversation: str, woken: asyncio.Event | None = None) -> asyncio.Task[None]:
        """The worker delivers the conversation, beside the test."""
        return asyncio.create_task(worker.deliver(conversation, woken or asyncio.Event()))

    def shown(self, conversation: str) -> list[str]:
        """What the bot said in the thread, in order."""
        _, channel, thread = conversation.split(":")
        return [each.text for each in self.slack.thread(channel, thread) if each.user == "U0BOT"]

    def ts(self, conversation: str) -> float:
        """When the bot's first message in the thread was posted."""
        _, channel, thread = conversation.split(":")
        return min(float(each.ts) for each in self.slack.thread(channel, thread) if each.user == "U0BOT")

    def calls(self, method: str) -> int:
        """How often the method was called."""
        return [name for name, _ in self.slack.calls].count(method)

    async def due(self) -> list[str]:
        """Conversations that Slack does not show as it should."""
        return await self.database.run(deliveries.undone)


async def _team(_: str, __: str) -> str:
    return TEAM


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Office]:
    """A local Slack, and the folder's database at the schema of this version."""
    async with AsyncExitStack() as stack:
        holds: dict[str, asyncio.Event] = {}
        app = Starlette(middleware=[Middleware(Held, holds=holds)])
        port = await stack.enter_async_context(serving(app, "127.0.0.1", 0))
        address = f"http://127.0.0.1:{port}"
        slack = LocalSlack(f"{address}/slack/events", base_url=address)
        app.router.routes.extend(slack.routes())
        kit = await stack.enter_async_context(at_work(folder))
        pool = await stack.enter_async_context(connection_pool())
        client = web_client(slack.token, f"{address}/api/", pool)
        yield Office(slack, client, url_for(folder), kit, stack, holds)
