"""What the bot is made of, in whichever role it runs: the database, Slack's address, people, tools, policy."""

import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast

import aiohttp
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import DBAPIError

import tools
from bot import policies, prompts
from bot.core import budget
from bot.core.budget import Budget
from bot.errors import ConfigError
from bot.metrics import Metrics
from bot.model import prices
from bot.model.port import Model, Several
from bot.model.prices import Prices
from bot.model.repeated import RepeatingModel
from bot.run.breakers import Breakers
from bot.run.dispatch import Dispatcher
from bot.run.distributed import Distributed
from bot.run.embedded import Embedded
from bot.run.kit import CONTEXT_TOKENS, Kit, People, SystemChance, alone, utc_now
from bot.run.watch import Watch, Watchers
from bot.slack.client import connection_pool, web_client, who_we_are
from bot.slack.clients import Clients, ManyWorkspaces, OneWorkspace
from bot.slack.files import SlackFiles
from bot.slack.install import Distribution
from bot.slack.people import SlackPeople, Visitors
from bot.slack.render import Renderer
from bot.slack.threads import SlackThreads
from bot.store import prompts as kept
from bot.store import schema
from bot.store.address import unusable
from bot.store.database import Alone, Database
from bot.store.installations import PURPOSE
from bot.store.lock import only_dispatcher
from bot.store.sealed import Seal
from bot.telemetry.contents import Contents
from bot.telemetry.export import Emit
from bot.telemetry.names import heard
from bot.telemetry.redact import Redactor
from bot.telemetry.traces import Traces
from tools.backends.article_folder import SHIPPED, BadArticleError, slugs, sync_articles
from tools.backends.directory import Directory
from tools.backends.embedded import together
from tools.backends.mcp import McpServers
from tools.backends.seed import seed
from tools.backends.sql_knowledge import SqlKnowledge
from tools.spec import Tool, menu
from tools.wire import wire_name

#: told where money is to be limited that cannot be counted
NO_PRICE = (
    "HELPDESK_BUDGETS limits money, and the model {} has no price. Say what it costs in a file that HELPDESK_PRICES "
    "names, or limit its tokens instead, such as: workspace 2Mtok/day"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """All that differs between a real workspace, the demo and a test."""

    #: of the one workspace; None where `distribution` says how several install the bot
    slack_token: SecretStr | None
    slack_api_url: str
    signing_secret: SecretStr | None
    model: Model
    #: where there is more than that one
    several: Several = field(default_factory=Several)
    approvers: tuple[str, ...]
    secret_key: SecretStr
    #: with a password in it, perhaps
    database_url: str = field(repr=False)
    distribution: Distribution | None = None
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
    #: folders in it, "." for all of it, whose articles somebody answerable read, as we did the shipped ones
    reviewed: tuple[str, ...] = ()
    #: what their links begin with
    articles_url: str = ""
    #: more versions of the prompt, as Markdown files
    prompts: Path | None = None
    #: tokens that one request to the model may have
    context_tokens: int = CONTEXT_TOKENS
    #: the model can look at pictures
    sees: bool = True
    #: what its tokens cost, and how much people may use
    prices: Prices = field(default_factory=prices.load)
    budgets: tuple[Budget, ...] = budget.DEFAULT
    #: how long a repeated question gets the same answer, seconds; 0: not at all
    repeat_s: float = 0
    demo_people: bool = False
    #: what is told of all that happens; None: nobody counts
    metrics: Metrics | None = None
    #: how long what was said, and who decided what, is kept; None: for ever
    keep_content: timedelta | None = None
    keep_decisions: timedelta | None = None
    #: who takes spans; without one no traces are made
    emit: Emit | None = None
    #: redacts what is committed, which is logged then; without one that is not
    log_content: Redactor | None = None
    tools: tuple[Tool, ...] = tools.TOOLS
    #: what they work with beside the embedded systems, or in their place, by the type they ask for
    systems: Mapping[type, object] = field(default_factory=dict)
    now: Callable[[], datetime] = utc_now
    #: seconds, for what a clock that is set must not change
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Parts:
    """What was put together once."""

    database: Database
    dispatcher: Dispatcher
    #: speak for the bot, and one that speaks for nobody
    clients: Clients
    anonymous: AsyncWebClient
    #: the workspace of a tenant in which a user reads us
    team_of: Callable[[str, str], Awaitable[str | None]]
    #: where what concerns the bot as a whole is told
    tenant: str
    kit: Kit
    traces: Traces | None


async def assembled(setup: Setup, stack: AsyncExitStack) -> Parts:
    """The parts, until the stack ends. Raises ConfigError for what is set wrong."""
    names = [*setup.several.served] or [setup.model.name]
    unpriced = [name for name in names if setup.prices.of(name) is None]
    if unpriced and any(each.unit == "usd" for each in setup.budgets):
        raise ConfigError(NO_PRICE.format(", ".join(unpriced)))
    database = await _database(setup, stack)
    pool = await stack.enter_async_context(connection_pool(setup.metrics.slack if setup.metrics else None))
    clients, tenant, url = await _clients(setup, database, pool)
    process = secrets.token_hex(8)
    shared = Distributed(database, setup.now, process) if database.shared else None
    people_in = _people(setup, clients, tenant)
    kit = _kit(setup, database, people_in, url, process, shared)
    traces = Traces(database, setup.emit) if setup.emit else None
    if traces:
        stack.push_async_callback(traces.close)
    if setup.metrics:
        setup.metrics.of(kit)
    anonymous = web_client(None, setup.slack_api_url, pool)
    files = SlackFiles(clients, pool, anonymous.base_url, lambda of: people_in(of).teams())
    return Parts(
        database=database,
        dispatcher=shared or Embedded(database, setup.now),
        clients=clients,
        anonymous=anonymous,
        team_of=lambda of, user: people_in(of).team_of(user),
        tenant=tenant,
        kit=replace(
            kit, threads=SlackThreads(clients), files=files, sees=setup.sees, watch=Watchers(*_watching(setup, traces))
        ),
        traces=traces,
    )


def _watching(setup: Setup, traces: Traces | None) -> Iterator[Watch]:
    if traces:
        yield traces
    if setup.log_content:
        yield Contents()
    if setup.metrics:
        yield setup.metrics


async def _clients(setup: Setup, database: Database, pool: aiohttp.ClientSession) -> tuple[Clients, str, str]:
    """Who speaks for the bot, where what concerns all of it is told, and where links to messages begin."""
    if setup.slack_token is None:
        assert setup.distribution
        seal, make = Seal.of(setup.secret_key, PURPOSE), partial(web_client, base_url=setup.slack_api_url, pool=pool)
        teams = setup.distribution.teams
        return ManyWorkspaces(database, seal, make, teams), min(teams), ""
    client = web_client(setup.slack_token.get_secret_value(), setup.slack_api_url, pool)
    us = await who_we_are(client)
    return OneWorkspace(client, us), us.enterprise_id or us.team_id or "", us.url or ""


def _people(setup: Setup, clients: Clients, tenant: str) -> Callable[[str], SlackPeople]:
    """The people of a tenant, always the same ones for the same tenant."""
    known: dict[str, SlackPeople] = {}
    visitors = Visitors(frozenset(setup.outside_teams), frozenset(setup.bots))

    def people(of: str) -> SlackPeople:
        at = of if setup.slack_token is None else tenant
        return known.setdefault(at, SlackPeople(clients, at, visitors=visitors))

    return people


async def _database(setup: Setup, stack: AsyncExitStack) -> Database:
    database = Database(setup.database_url)
    stack.callback(database.close)
    try:
        if database.shared:
            await database.run(schema.check)
        else:
            stack.enter_context(only_dispatcher(database.name))
            await database.run(schema.upgrade)
    except DBAPIError as error:
        raise unusable(database.name, error) from None
    return database


def _kit(
    setup: Setup,
    database: Database,
    people_in: Callable[[str], People],
    workspace_url: str,
    process: str,
    shared: Distributed | None,
) -> Kit:
    backends = together(Alone(database), heard(setup.systems, setup.log_content), links=bool(setup.reset_url))
    offered = menu(setup.tools, backends)
    link = (setup.reset_url or "").replace("{token}", "{}").format
    told = next((each for each in setup.humans if each[0] in "CG"), setup.approval_channel)
    model, several = _models(setup, offered)
    rooms = (each.context for each in several.lineup.offers if each.context)
    return Kit(
        database=database,
        tools=offered,
        backends=backends,
        withdrawn=cast("McpServers", backends[McpServers]).withdrawn if McpServers in backends else frozenset,
        directory=cast("Directory", backends[Directory]),
        policy=policies.load(setup.policy_file, setup.approvers, setup.tools),
        model=model,
        several=several,
        breakers=Breakers(setup.monotonic, SystemChance().jitter),
        small=several.small,
        context_tokens=min([setup.context_tokens, *rooms]),
        instructions=prompts.shipped(),
        people=people_in(""),
        people_in=people_in,
        render=Renderer(offered, setup.approval_channel, link, workspace_url, told),
        seal=Seal.of(setup.secret_key),
        workspace_url=workspace_url,
        process=process,
        humans=setup.humans,
        prices=setup.prices,
        budgets=setup.budgets,
        fence=shared.fence if shared else alone,
        now=setup.now,
    )


def _models(setup: Setup, offered: Mapping[str, Tool]) -> tuple[Model, Several]:
    """The models, with a memory for what is asked again where the settings want that."""
    if not setup.repeat_s:
        return setup.model, setup.several
    harmless = {wire_name(name) for name, each in offered.items() if each.read_only}

    def once(model: Model) -> Model:
        return RepeatingModel(model, setup.repeat_s, harmless, setup.now)

    served = {name: replace(each, model=once(each.model)) for name, each in setup.several.served.items()}
    return once(setup.model), replace(setup.several, served=served)


async def fill(setup: Setup, kit: Kit) -> None:
    """The articles, the prompts, and in a trial the people. Raises ConfigError."""
    database, found, now = kit.database, (kit.instructions, *prompts.of_folder(setup.prompts)), setup.now().timestamp()
    await database.run(lambda connection: kept.add_all(connection, {p.version: p.text for p in found}, now))
    if setup.demo_people:
        await seed(Alone(database))
    try:
        await _articles(setup, SqlKnowledge(Alone(database)))
    except BadArticleError as error:
        raise ConfigError(f"KB_DIR has articles that cannot be read.\n{error}") from None


async def _articles(setup: Setup, shelf: SqlKnowledge) -> None:
    """Ours take no place of what `helpdesk kb sync` brought."""
    if setup.articles != SHIPPED:
        await sync_articles(setup.articles, shelf, setup.articles_url, setup.reviewed)
    elif not {*await shelf.digests()} - slugs(SHIPPED):
        await sync_articles(SHIPPED, shelf, reviewed=(".",))
