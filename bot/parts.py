"""What the bot is made of, in whichever role it runs: the database, Slack's address, people, tools, policy."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import DBAPIError

from bot import policies, prompts
from bot.errors import ConfigError
from bot.model.port import Model, Several
from bot.model.repeated import RepeatingModel
from bot.run.breakers import Breakers
from bot.run.dispatch import Dispatcher
from bot.run.distributed import Distributed
from bot.run.embedded import Embedded
from bot.run.kit import Chance, Fence, Kit, alone
from bot.run.watch import Watch
from bot.setup import Setup
from bot.slack.client import connection_pool, web_client, who_we_are
from bot.slack.clients import Clients, ManyWorkspaces, OneWorkspace
from bot.slack.everybody import Everybody
from bot.slack.files import SlackFiles
from bot.slack.people import Visitors
from bot.slack.render import Renderer
from bot.slack.threads import SlackThreads
from bot.store import schema
from bot.store.address import unusable
from bot.store.database import Alone, Database
from bot.store.installations import PURPOSE
from bot.store.lock import only_dispatcher
from bot.store.sealed import Seal
from bot.telemetry.contents import Contents
from bot.telemetry.names import heard
from bot.telemetry.traces import Traces
from tools.backends.directory import Directory
from tools.backends.embedded import together
from tools.backends.mcp import McpServers
from tools.spec import Tool, menu
from tools.wire import wire_name

#: told where money is to be limited that cannot be counted
NO_PRICE = (
    "HELPDESK_BUDGETS limits money, and the model {} has no price. Say what it costs in a file that HELPDESK_PRICES "
    "names, or limit its tokens instead, such as: workspace 2Mtok/day"
)


@dataclass(frozen=True, slots=True)
class Slack:
    """How Slack is reached, and who is there."""

    #: speak for the bot, and one that speaks for nobody
    clients: Clients
    anonymous: AsyncWebClient
    people: Everybody
    files: SlackFiles
    #: where what concerns the bot as a whole is told
    tenant: str
    #: such as https://example.slack.com/; empty where there are several
    workspace_url: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What was put together once."""

    dispatcher: Dispatcher
    slack: Slack
    kit: Kit
    traces: Traces | None


async def assembled(setup: Setup, stack: AsyncExitStack) -> Parts:
    """The parts, until the stack ends. Raises ConfigError for what is set wrong."""
    names = [*setup.several.served] or [setup.model.name]
    unpriced = [name for name in names if setup.prices.of(name) is None]
    if unpriced and any(each.unit == "usd" for each in setup.budgets):
        raise ConfigError(NO_PRICE.format(", ".join(unpriced)))
    database = await _database(setup, stack)
    slack = await _slack(setup, database, stack)
    process = secrets.token_hex(8)
    shared = Distributed(database, setup.now, process) if database.shared else None
    traces = Traces(database, setup.emit) if setup.emit else None
    if traces:
        stack.push_async_callback(traces.close)
    kit = _kit(setup, database, slack, process, fence=shared.fence if shared else alone)
    for each in _watching(setup, traces):
        kit.watch.join(each)
    if setup.metrics:
        setup.metrics.of(kit)
    return Parts(shared or Embedded(database, setup.now), slack, kit, traces)


def _watching(setup: Setup, traces: Traces | None) -> Iterator[Watch]:
    if traces:
        yield traces
    if setup.log_content:
        yield Contents()
    if setup.metrics:
        yield setup.metrics


async def _slack(setup: Setup, database: Database, stack: AsyncExitStack) -> Slack:
    pool = await stack.enter_async_context(connection_pool(setup.metrics.slack if setup.metrics else None))
    clients, tenant, url = await _clients(setup, database, pool)
    visitors = Visitors(frozenset(setup.outside_teams), frozenset(setup.bots))
    people = Everybody(clients, tenant if setup.slack_token else None, visitors)
    anonymous = web_client(None, setup.slack_api_url, pool)
    files = SlackFiles(clients, pool, anonymous.base_url, people.teams)
    return Slack(clients, anonymous, people, files, tenant, url)


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


def _kit(setup: Setup, database: Database, slack: Slack, process: str, *, fence: Fence) -> Kit:
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
        breakers=Breakers(setup.monotonic, Chance().jitter),
        small=several.small,
        context_tokens=min([setup.context_tokens, *rooms]),
        instructions=prompts.shipped(),
        people=slack.people.of(""),
        people_in=slack.people.of,
        threads=SlackThreads(slack.clients),
        files=slack.files,
        sees=setup.sees,
        render=Renderer(offered, setup.approval_channel, link, slack.workspace_url, told),
        seal=Seal.of(setup.secret_key),
        workspace_url=slack.workspace_url,
        process=process,
        humans=setup.humans,
        prices=setup.prices,
        budgets=setup.budgets,
        fence=fence,
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
