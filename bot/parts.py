"""What the bot is made of, in whichever role it runs: the database, Slack's address, people, tools, policy."""

import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import cast

from pydantic import SecretStr
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import OperationalError

import tools
from bot import policies, prompts
from bot.errors import ConfigError
from bot.model.port import Model
from bot.run.dispatch import Dispatcher
from bot.run.distributed import Distributed
from bot.run.embedded import Embedded
from bot.run.kit import Kit, alone, utc_now
from bot.slack.client import connection_pool, web_client, who_we_are
from bot.slack.earlier import SlackThreads
from bot.slack.files import SlackFiles
from bot.slack.people import SlackPeople, Visitors
from bot.slack.render import Renderer
from bot.store import schema
from bot.store.address import away
from bot.store.database import Alone, Database
from bot.store.lock import only_dispatcher
from bot.store.sealed import Seal
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
    #: whom hand-overs are told: a channel (C…, G…), a user group (S…), or both
    humans: tuple[str, ...] = ()
    #: where it works, if not everywhere; which other companies' people, and which bots, may ask for a little
    channels: tuple[str, ...] = ()
    outside_teams: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()
    #: a policy file; without one the shipped policy is used
    policy_file: Path | None = None
    #: where checkpoints of the audit trail are written, outside the database
    checkpoint_file: Path | None = None
    #: where a one-time link leads, with `{token}`; without it accounts are not offered
    reset_url: str | None = None
    articles: Path = SHIPPED
    #: the model can look at pictures
    sees: bool = True
    demo_people: bool = False
    tools: tuple[Tool, ...] = tools.TOOLS
    now: Callable[[], datetime] = utc_now


@dataclass(frozen=True, slots=True)
class Parts:
    """What was put together once."""

    database: Database
    dispatcher: Dispatcher
    #: speaks for the bot, and one that speaks for nobody
    client: AsyncWebClient
    anonymous: AsyncWebClient
    us: AuthorizeResult
    kit: Kit


async def assembled(setup: Setup, stack: AsyncExitStack) -> Parts:
    """The parts, until the stack ends. Raises ConfigError for what is set wrong."""
    database = await _database(setup, stack)
    pool = await stack.enter_async_context(connection_pool())
    client = web_client(setup.slack_token.get_secret_value(), setup.slack_api_url, pool)
    us = await who_we_are(client)
    process = secrets.token_hex(8)
    shared = Distributed(database, setup.now, process) if database.shared else None
    kit = _kit(setup, database, SlackPeople(client, us.team_id or ""), us.url or "", process, shared)
    teams = tuple(each for each in (us.team_id, us.enterprise_id) if each)
    return Parts(
        database=database,
        dispatcher=shared or Embedded(database, setup.now),
        client=client,
        anonymous=web_client(None, setup.slack_api_url, pool),
        us=us,
        kit=replace(kit, threads=SlackThreads(client, us), files=SlackFiles(client, pool, teams), sees=setup.sees),
    )


def _people(setup: Setup, client: AsyncWebClient, us: AuthorizeResult) -> SlackPeople:
    visitors = Visitors(frozenset(setup.outside_teams), frozenset(setup.bots))
    return SlackPeople(client, us.team_id or "", visitors=visitors)


async def _database(setup: Setup, stack: AsyncExitStack) -> Database:
    database = Database(setup.database_url)
    stack.callback(database.close)
    try:
        if database.shared:
            await database.run(schema.check)
        else:
            stack.enter_context(only_dispatcher(database.name))
            await database.run(schema.upgrade)
    except OperationalError as error:
        raise away(database.name, error) from None
    return database


def _kit(
    setup: Setup, database: Database, people: SlackPeople, workspace_url: str, process: str, shared: Distributed | None
) -> Kit:
    backends = embedded(Alone(database), links=bool(setup.reset_url), reviewed=setup.articles == SHIPPED)
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
        process=process,
        humans=setup.humans,
        fence=shared.fence if shared else alone,
        now=setup.now,
    )


async def fill(setup: Setup, database: Database) -> None:
    """The articles, and in a trial the people."""
    if setup.demo_people:
        await seed(Alone(database))
    try:
        await sync_articles(setup.articles, SqlKnowledge(Alone(database)))
    except BadArticleError as error:
        raise ConfigError(f"KB_DIR has articles that cannot be read.\n{error}") from None
