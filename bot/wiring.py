"""Puts the running bot together, once: what it is made of, in the order it starts, and stops the other way round."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from sqlalchemy import Connection, exists, select, text

from bot import prompts
from bot.errors import ConfigError
from bot.parts import Parts, assembled
from bot.run.claim import AT_ONCE
from bot.run.codes import Codes
from bot.run.house import tell_policy
from bot.run.kit import Kit
from bot.run.leaving import forgetting
from bot.run.met import meeting
from bot.run.worker import Worker
from bot.setup import Setup
from bot.slack import organisation, uninstalled, words
from bot.slack.app import slack_app
from bot.slack.budget import Budget
from bot.slack.delivery import Deliverer
from bot.slack.edge import Edge
from bot.slack.hearing import Hearing
from bot.slack.install import oauth_flow
from bot.slack.listeners import listen
from bot.slack.stream_wire import Wire
from bot.slack.streams import Streams
from bot.store import deliveries, inbox
from bot.store import prompts as kept
from bot.store.checkpoint_file import checkpointing
from bot.store.database import Alone, Database
from bot.store.tables import conversations, turns
from bot.telemetry.names import known
from tools.backends.accounts import Passwords
from tools.backends.article_folder import SHIPPED, BadArticleError, slugs, sync_articles
from tools.backends.seed import seed
from tools.backends.sql_knowledge import SqlKnowledge


@dataclass(frozen=True, slots=True)
class Bot:
    """The running bot: its doors, and its parts for those who look in."""

    slack: AsyncApp
    kit: Kit
    #: the pages of an installation, where several workspaces may install it
    oauth: AsyncOAuthFlow | None
    #: is told of a conversation with something new
    wake: Callable[[str], None]
    #: where people are, if that is one place; None where several workspaces have the bot
    tenant: str | None

    @property
    def database(self) -> Database:
        """The bot's own."""
        return self.kit.database

    @property
    def passwords(self) -> Passwords | None:
        """Where one-time links set new ones; None: there are no links."""
        return cast("Passwords | None", self.kit.backends.get(Passwords))

    async def ready(self) -> bool:
        """The database answers."""
        with suppress(Exception):
            return bool(await self.database.run(lambda connection: connection.scalar(text("SELECT 1"))))
        return False

    async def at_rest(self) -> bool:
        """Everything that arrived is dealt with and shown; what is left waits for people."""
        # alone: all of it is looked at in one moment
        return not await self.database.run(_unrest, alone=True)


@asynccontextmanager
async def running(setup: Setup, *, works: bool = True) -> AsyncIterator[Bot]:
    """The bot until the block ends; then what runs is finished, for at most 20 seconds. Raises ConfigError.

    Where it does not work itself, it only puts what it hears into the inbox, for processes that do.
    """
    async with AsyncExitStack() as stack:
        parts = await assembled(setup, stack)
        app = _hearing(parts, setup)
        if works:
            await _work(parts, setup, stack)
        several = setup.distribution is not None and len(setup.distribution.teams) > 1
        tenant = None if several else parts.slack.tenant
        yield Bot(app, parts.kit, _oauth(parts, setup), parts.dispatcher.wake, tenant)


def _hearing(parts: Parts, setup: Setup) -> AsyncApp:
    app = slack_app(setup.signing_secret, parts.slack.anonymous, parts.slack.clients)
    edge = Edge(
        kit=parts.kit,
        wake=parts.dispatcher.wake,
        codes=Codes(parts.kit.database, setup.secret_key, setup.now),
        approval_channel=setup.approval_channel,
        demo=setup.demo_people,
        stored=words.stored(setup.keep_content, setup.keep_decisions),
    )
    hearing = Hearing(frozenset(setup.channels), frozenset(setup.bots))
    listen(app, edge, hearing, parts.traces.heard if parts.traces else _unseen)
    if setup.distribution:
        organisation.listen(app, parts.slack.people.of)
    uninstalled.listen(app, parts.kit.database, parts.slack.clients, setup.now)
    return app


def _unseen(_: str, __: str, ___: datetime) -> None:
    """Nobody looks on."""


def _oauth(parts: Parts, setup: Setup) -> AsyncOAuthFlow | None:
    if setup.distribution is None:
        return None
    slack, database = parts.slack, parts.kit.database
    return oauth_flow(setup.distribution, slack.anonymous, database, setup.secret_key, slack.clients, setup.now)


async def _work(parts: Parts, setup: Setup, stack: AsyncExitStack) -> None:
    dispatcher, kit = parts.dispatcher, parts.kit
    if setup.checkpoint_file:
        made = checkpointing(kit.database, setup.checkpoint_file, setup.secret_key, setup.now)
        await stack.enter_async_context(made)
    await _fill(setup, kit)
    if setup.log_content:
        await stack.enter_async_context(known(setup.log_content, kit.directory))
        await stack.enter_async_context(meeting(kit))
    await tell_policy(kit, parts.slack.tenant)
    await stack.enter_async_context(forgetting(kit))
    streams = _streams(parts, setup)
    stack.push_async_callback(streams.close)
    deliverer = Deliverer(kit, parts.slack.clients, streams, dispatcher.wake)
    worker = Worker(replace(kit, live=streams), dispatcher.show, deliverer.sign)
    streams.tidy()
    await stack.enter_async_context(dispatcher.working(worker.advance, deliverer.deliver))
    stack.callback(deliverer.stop)
    stack.callback(worker.hand_over)


async def _fill(setup: Setup, kit: Kit) -> None:
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


def _streams(parts: Parts, setup: Setup) -> Streams:
    kit = parts.kit
    budget = Budget(kit.database, kit.now, kit.chance.jitter, setup.metrics.slack if setup.metrics else None)
    wire = Wire(kit, parts.slack.clients, budget, parts.slack.people.team_of)
    return Streams(wire, budget, kit.now)


def _unrest(connection: Connection) -> bool:
    at_work = exists().where(conversations.c.wake_at == AT_ONCE)
    unanswered = exists().where(turns.c.running == 1)
    return bool(
        inbox.undone(connection) or deliveries.undone(connection) or connection.scalar(select(at_work | unanswered))
    )
