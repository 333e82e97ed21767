"""The whole bot under test: real Bolt, real database, real worker, a local Slack; only the model is scripted.

async with helpdesk(tmp_path, model=ScriptedModel([...])) as desk:
    thread = await desk.say("U0ALEX", "my wifi is down")
    await desk.settle()
    assert desk.transcript(thread) == [...]
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.middleware import Middleware

from bot.api import app as http
from bot.api.serving import serving
from bot.core.items import Item
from bot.model.port import Model
from bot.playground import DEMO, LocalSlack, interactions
from bot.playground.messages import Json, Message
from bot.setup import Setup
from bot.slack.solved import FEEDBACK, SOLVED
from bot.store import log
from bot.wiring import Bot, running
from tests.databases import url_for
from tools import TOOLS
from tools.spec import Tool

KEY = SecretStr("a secret key of thirty-two characters")

#: seconds that the local Slack waits for an answer: Slack waits for three, which are over soon beside other tests
PATIENCE = 60.0

#: where things are said unless a test says otherwise
CHANNEL = "C0IT"


@dataclass
class Helpdesk:
    """A bot at work in a local Slack."""

    slack: LocalSlack
    bot: Bot

    async def say(self, user: str, text: str, thread: str | None = None, channel: str = CHANNEL) -> str:
        """Say it; in a channel and outside a thread the bot is mentioned. Returns the thread."""
        called = text if thread or channel.startswith("D") else f"<@U0BOT> {text}"
        ts = await self.slack.say(user, channel, called, thread)
        return thread or ts

    async def settle(self, timeout: float = 60) -> None:
        """Wait until everything that arrived is dealt with and shown."""
        await self.slack.wait_for(lambda: not self.slack.outbox.pending, timeout)
        async with asyncio.timeout(timeout):
            while not await self.bot.at_rest():
                await asyncio.sleep(0.01)

    async def click(self, user: str, card: Message, action: str, *, values: Json | None = None) -> None:
        """Press a button of the card; `values` is what was chosen in it before."""
        await self.slack.click(user, card.channel, card.ts, f"approval.{action}", values=values)

    async def deny(self, user: str, card: Message, reason: str) -> dict[str, str] | None:
        """Press Deny and send the form; the form's errors, if it has any."""
        await self.click(user, card, "deny")
        return await self.send_reason(user, reason)

    async def send_reason(self, user: str, reason: str) -> dict[str, str] | None:
        """Send the open form; its errors, if it has any."""
        (view,) = self.slack.views(user)
        return await self.slack.submit(user, view.id, {"reason": reason})

    async def stale_click(
        self, user: str, card: Message, action: str, value: str | None = None, *, forged: Json | None = None
    ) -> int:
        """Press a button of the card as it was when `card` was read; `value` forges another, `forged` parts of what
        Slack sends with it. The HTTP status."""
        pressed = interactions.action(card.blocks, f"approval.{action}", None, self.slack.workspace.next_ts())
        pressed |= {"value": value} if value else {}
        payload = interactions.frame("block_actions", self.slack.workspace.users[user])
        payload |= interactions.on_message(card, "it-help", pressed) | (forged or {})
        payload["trigger_id"] = self.slack.workspace.triggers.trigger(user)
        return await self.slack.raw_action(payload)

    def card(self, thread: str, channel: str = CHANNEL) -> Message:
        """The one approval card in the thread."""
        (found,) = [each for each in self.slack.thread(channel, thread) if is_card(each)]
        return found

    def transcript(self, thread: str, channel: str = CHANNEL) -> list[str]:
        """`name: text` of each message in the thread, in order."""
        return [f"{each.user}: {spoken(each)}" for each in self.slack.thread(channel, thread)]

    async def items(self, thread: str, channel: str = CHANNEL) -> list[Item]:
        """The conversation's log."""
        conversation = f"T0DEMO:{channel}:{thread}"
        entries = await self.bot.database.run(lambda connection: log.read(connection, conversation))
        return [entry.item for entry in entries]

    async def kinds(self, thread: str, channel: str = CHANNEL) -> list[str]:
        """The kinds of the items in the conversation's log."""
        return [item.kind for item in await self.items(thread, channel)]


@asynccontextmanager
async def helpdesk(
    folder: Path,
    model: Model,
    *,
    tools: Sequence[Tool] = (),
    slack: LocalSlack | None = None,
    middleware: Sequence[Middleware] = (),
    **changes: Any,
) -> AsyncIterator[Helpdesk]:
    """A bot at work; `tools` are offered beside the shipped ones, `changes` are fields of its Setup.

    With `slack` it is a bot that came back to the workspace where an earlier one worked.
    """
    async with AsyncExitStack() as stack:
        app = Starlette(middleware=middleware)
        port = await stack.enter_async_context(serving(app, "127.0.0.1", 0))
        address = f"http://127.0.0.1:{port}"
        local = slack or LocalSlack(
            f"{address}/slack/events",
            base_url=address,
            retry_delays=(0.0, 0.2, 0.5),
            answer_within=PATIENCE,
            seed=DEMO,
        )
        local.base_url, local.endpoint.url = address, f"{address}/slack/events"
        app.router.routes.extend(local.routes())
        setup = setup_for(folder, address, model)
        bot = await _at_work(replace(setup, tools=(*TOOLS, *tools), **changes), stack)
        app.router.routes.extend(http.routes(bot.slack, bot.ready))
        await local.start()
        stack.push_async_callback(local.stop)
        yield Helpdesk(local, bot)


async def _at_work(setup: Setup, stack: AsyncExitStack) -> Bot:
    """On a database that can be shared, one process hears Slack and another one works."""
    bot = await stack.enter_async_context(running(setup))
    if not bot.database.shared:
        return bot
    ears = await stack.enter_async_context(running(replace(setup, metrics=None), works=False))
    return replace(bot, slack=ears.slack)


def kill() -> None:
    """Cut off what the bot does in this moment, as the end of its process would."""
    for task in asyncio.all_tasks():
        if task.get_name().startswith(("advance ", "deliver ")):
            task.cancel()


def setup_for(folder: Path, address: str, model: Model) -> Setup:
    """What the tests' bot is made of."""
    return Setup(
        slack_token=SecretStr("xoxb-playground"),
        slack_api_url=f"{address}/api/",
        signing_secret=SecretStr("playground-signing-secret"),
        model=model,
        approvers=("S0ITADM",),
        secret_key=KEY,
        database_url=url_for(folder),
        reset_url="https://reset.example.com/?token={token}",
        demo_people=True,
    )


def is_card(message: Message) -> bool:
    """It is an approval card, open or closed."""
    return any(block["type"] == "header" for block in message.blocks or [])


def spoken(message: Message) -> str:
    """What a reader sees of the message: cards by their state, the rest in full."""
    if is_card(message) or not message.blocks:
        return message.text
    quiet = (SOLVED, FEEDBACK)
    told = [each for each in message.blocks if each["type"] != "task_card" and each["block_id"] not in quiet]
    texts = [block.get("text") or block["elements"][0]["text"] for block in told]
    return "\n".join(text["text"] if isinstance(text, dict) else text for text in texts)
