"""The bot in several workspaces, each of which installs it by OAuth in a browser."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
from pydantic import SecretStr
from sqlalchemy import text
from starlette.applications import Starlette

from bot.api import app as http
from bot.api import install
from bot.api.serving import serving
from bot.model.port import Model
from bot.playground import LocalSlack
from bot.playground.platform import Platform
from bot.playground.teams import Team
from bot.slack.install import Distribution
from bot.store.tables import METADATA
from bot.wiring import Bot, running
from tests.rig import CHANNEL, setup_for, spoken

ONE, TWO = Team(id="T0ONE"), Team(id="T0TWO")

PUBLIC = "https://helpdesk.example.com"
RETURN = f"{PUBLIC}/slack/oauth_redirect"


@dataclass
class Tenants:
    """A bot, and the workspaces that may install it."""

    platform: Platform
    slacks: list[LocalSlack]
    bot: Bot
    app: Starlette

    def browser(self, state: str | None = None) -> httpx2.AsyncClient:
        """A new one; with the cookie of this state, as if it had begun there."""
        cookies = {"slack-app-oauth-state": state} if state else {}
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app), base_url=PUBLIC, cookies=cookies)

    async def begin(self, browser: httpx2.AsyncClient) -> str:
        """Where Slack asks."""
        answer = await browser.get("/slack/install")
        assert answer.status_code == 302
        return answer.headers["location"]

    async def install(self, slack: LocalSlack) -> httpx2.Response:
        """Somebody of the workspace installs the bot; the page at the end."""
        async with self.browser() as browser:
            return await browser.get(self.platform.agree(slack, "U0ALEX", await self.begin(browser)))

    async def say(self, slack: LocalSlack, user: str, words: str, thread: str | None = None) -> str:
        """Say it where the bot is, mentioning it outside of a thread. Returns the thread."""
        ts = await slack.say(user, CHANNEL, words if thread else f"<@U0BOT> {words}", thread)
        return thread or ts

    async def settle(self) -> None:
        """Wait until everything that arrived is dealt with and shown, or is not to be."""
        async with asyncio.timeout(60):
            while any(slack.outbox.pending for slack in self.slacks) or not await self.bot.at_rest():
                await asyncio.sleep(0.01)

    def said(self, slack: LocalSlack, thread: str) -> list[str]:
        """What the bot said in the thread."""
        return [spoken(each) for each in slack.thread(CHANNEL, thread) if each.user == "U0BOT"]

    async def column(self, query: str) -> list[Any]:
        """The first column of what the query finds."""
        return await self.bot.database.run(lambda connection: list(connection.scalars(text(query))))

    async def kept(self, folder: Path) -> str:
        """All that is in the database, as it lies there."""
        if self.bot.database.shared:
            names = METADATA.tables
            return str([await self.column(f"SELECT CAST(t AS TEXT) FROM {name} t") for name in names])  # noqa: S608 -- ours
        return str([file.read_bytes() for file in folder.iterdir()])  # noqa: ASYNC240 -- a test's


@asynccontextmanager
async def tenants(
    folder: Path, model: Model, *teams: Team, served: tuple[str, ...] = ("T0ONE", "T0TWO"), **changes: Any
) -> AsyncIterator[Tenants]:
    """A bot that serves `served`, and a workspace for each of `teams`; nobody installed it yet."""
    async with AsyncExitStack() as stack:
        app = Starlette()
        address = f"http://127.0.0.1:{await stack.enter_async_context(serving(app, '127.0.0.1', 0))}"
        slacks = [await _workspace(stack, address, team) for team in teams]
        platform = Platform(slacks, "1.2", "client-secret", RETURN)
        distribution = Distribution("1.2", SecretStr("client-secret"), frozenset(served), PUBLIC)
        setup = replace(setup_for(folder, address, model), slack_token=None, distribution=distribution, **changes)
        bot = await stack.enter_async_context(running(setup))
        if bot.database.shared:  # one process hears Slack, and another one works
            ears = await stack.enter_async_context(running(setup, works=False))
            bot = replace(bot, slack=ears.slack, oauth=ears.oauth)
        assert bot.oauth
        app.router.routes.extend([*http.routes(bot.slack, bot.ready), *install.routes(bot.oauth), *platform.routes()])
        for slack in slacks:
            await slack.start()
            stack.push_async_callback(slack.stop)
        yield Tenants(platform, slacks, bot, app)


async def _workspace(stack: AsyncExitStack, desk: str, team: Team) -> LocalSlack:
    app = Starlette()
    address = f"http://127.0.0.1:{await stack.enter_async_context(serving(app, '127.0.0.1', 0))}"
    slack = LocalSlack(f"{desk}/slack/events", base_url=address, retry_delays=(0.0, 0.2, 0.5), team=team, token="")
    app.router.routes.extend(slack.routes())
    # files are kept where the Web API is
    slack.workspace.origin = lambda: desk
    return slack
