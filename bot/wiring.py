"""Puts the running bot together, once: what it is made of, in the order it starts, and stops the other way round."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from sqlalchemy import Connection, exists, select, text

import tools
from bot import policies, prompts
from bot.errors import ConfigError
from bot.model.port import Model
from bot.run.claim import AT_ONCE
from bot.run.codes import Codes
from bot.run.dispatch import Dispatcher
from bot.run.entitled import Entitled
from bot.run.house import tell_policy
from bot.run.kit import Kit, utc_now
from bot.run.timers import scan
from bot.run.worker import Worker
from bot.slack.app import slack_app
from bot.slack.client import connection_pool, web_client, who_we_are
from bot.slack.delivery import Deliverer
from bot.slack.listeners import listen
from bot.slack.people import SlackPeople
from bot.slack.render import Renderer
from bot.store import deliveries, inbox, schema
from bot.store.checkpoint_file import checkpointing
from bot.store.database import Database
from bot.store.lock import only_dispatcher
from bot.store.sealed import Seal
from bot.store.tables import conversations, turns
from tools.backends.accounts import Accounts
from tools.backends.article_folder import SHIPPED, BadArticleError, sync_articles
from tools.backends.directory import Directory
from tools.backends.embedded import embedded
from tools.backends.seed import seed
from tools.backends.sql_knowledge import SqlKnowledge
from tools.spec import Tool, menu


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """All that differs between a real workspace, the demo and a test."""

    slack_token: SecretStr
    slack_api_url: str
    signing_secret: SecretStr | None
    model: Model
    approvers: tuple[str, ...]
    secret_key: SecretStr
    database_url: str
    approval_channel: str | None = None
    #: a policy file; without one the shipped policy is used
    policy_file: Path | None = None
    #: where checkpoints of the audit trail are written, outside the database
    checkpoint_file: Path | None = None
    #: where a one-time link leads, with `{token}`; without it accounts are not offered
    reset_url: str | None = None
    articles: Path = SHIPPED
    demo_people: bool = False
    tools: tuple[Tool, ...] = tools.TOOLS
    now: Callable[[], datetime] = utc_now


@dataclass(frozen=True, slots=True)
class Bot:
    """The running bot: its doors, and its parts for those who look in."""

    slack: AsyncApp
    ready: Callable[[], Awaitable[bool]]
    database: Database
    kit: Kit
    accounts: Accounts | None

    async def at_rest(self) -> bool:
        """Everything that arrived is dealt with and shown; what is left waits for people."""
        return not await self.database.run(_unrest)


@asynccontextmanager
async def running(setup: Setup) -> AsyncIterator[Bot]:
    """The bot at work until the block ends; then what runs is finished, for at most 20 seconds."""
    async with AsyncExitStack() as stack:
        database = await _database(setup, stack)
        if setup.checkpoint_file:
            made = checkpointing(database, setup.checkpoint_file, setup.secret_key, setup.now)
            await stack.enter_async_context(made)
        pool = await stack.enter_async_context(connection_pool())
        client = web_client(setup.slack_token.get_secret_value(), setup.slack_api_url, pool)
        us = await who_we_are(client)
        kit = _kit(setup, database, SlackPeople(client, us.team_id or ""), us.url or "")
        await _fill(setup, database)
        await tell_policy(kit, us.enterprise_id or us.team_id or "")
        workers = Dispatcher("advance", lambda key, woken: worker.advance(key, woken))  # noqa: PLW0108 -- made below
        deliverer = Deliverer(database, client, kit.seal, kit.process, kit.now, workers.wake)
        shown = Dispatcher("deliver", deliverer.deliver)
        worker = Worker(kit, shown.wake)
        app = slack_app(setup.signing_secret, web_client(None, setup.slack_api_url, pool), us)
        listen(
            app,
            database,
            workers.wake,
            kit.now,
            tools=kit.tools,
            may_freeze=Entitled(kit, None).is_approver,
            codes=Codes(database, setup.secret_key, kit.now),
            workspace_url=us.url or "",
            approval_channel=setup.approval_channel,
        )
        scanner = asyncio.create_task(scan(database, kit.now, workers))
        await _take_up(database, workers, shown)
        try:
            yield Bot(app, _ready(database), database, kit, cast("Accounts | None", kit.backends.get(Accounts)))
        finally:
            scanner.cancel()
            await workers.stop()
            await shown.stop()


async def _database(setup: Setup, stack: AsyncExitStack) -> Database:
    database = Database(setup.database_url)
    stack.callback(database.close)
    if database.shared:
        await database.run(schema.check)
    else:
        stack.enter_context(only_dispatcher(database.name))
        await database.run(schema.upgrade)
    return database


def _kit(setup: Setup, database: Database, people: SlackPeople, workspace_url: str) -> Kit:
    backends = embedded(database, links=bool(setup.reset_url), reviewed=setup.articles == SHIPPED)
    offered = menu(setup.tools, backends)
    link = (setup.reset_url or "").replace("{token}", "{}").format
    return Kit(
        database=database,
        tools=offered,
        backends=backends,
        directory=cast("Directory", backends[Directory]),
        policy=policies.load(setup.policy_file, setup.approvers, setup.tools),
        model=setup.model,
        instructions=prompts.load(),
        people=people,
        render=Renderer(offered, setup.approval_channel, link, workspace_url),
        seal=Seal.of(setup.secret_key),
        process=secrets.token_hex(8),
        now=setup.now,
    )


async def _fill(setup: Setup, database: Database) -> None:
    """The articles, and in a trial the people."""
    if setup.demo_people:
        await seed(database)
    try:
        await sync_articles(setup.articles, SqlKnowledge(database))
    except BadArticleError as error:
        raise ConfigError(f"KB_DIR has articles that cannot be read.\n{error}") from None


async def _take_up(database: Database, workers: Dispatcher, shown: Dispatcher) -> None:
    """What an earlier process left undone; conversations whose time has come are found by the scanner."""
    for conversation in await database.run(inbox.undone):
        workers.wake(conversation)
    for conversation in await database.run(deliveries.undone):
        shown.wake(conversation)


def _unrest(connection: Connection) -> bool:
    at_work = exists().where(conversations.c.wake_at == AT_ONCE)
    unanswered = exists().where(turns.c.running == 1)
    return bool(
        inbox.undone(connection) or deliveries.undone(connection) or connection.scalar(select(at_work | unanswered))
    )


def _ready(database: Database) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        with suppress(Exception):
            return bool(await database.run(lambda connection: connection.scalar(text("SELECT 1"))))
        return False

    return ready
