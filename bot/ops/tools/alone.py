"""Where no bot runs: a call that only reads is performed here, on the same log and by the same rules.

Promise: while it is, no bot works on the database, and nothing else that waits there is touched.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from typing import cast

from bot.core.policy import Policy
from bot.errors import ConfigError, HelpdeskError, Unanswered
from bot.model.demo import DemoModel
from bot.ops.tools.box import Toolbox, missing
from bot.run.kit import Chance, Instructions, Kit
from bot.run.ports import REMEMBERED, SlackPerson
from bot.run.worker import Worker
from bot.store.database import Alone, Database
from bot.store.lock import only_dispatcher
from bot.store.sealed import Seal
from tools.backends.directory import Directory
from tools.spec import Tool, menu

NO_BOT = (
    "No bot works on this database, and this call takes one: it changes something, is in somebody's name, or rules of "
    "the policy are about it. Start the bot, and call again."
)

#: does what is to be done in the conversation
Perform = Callable[[str], Awaitable[None]]


class NoSlack:
    """Nobody can be looked up."""

    async def who(self, user: str, *, max_age: float = REMEMBERED) -> SlackPerson | None:  # noqa: ARG002 -- the port's
        raise Unanswered("nobody asks Slack here")

    async def find(self, email: str, *, max_age: float = REMEMBERED) -> str | None:  # noqa: ARG002 -- the port's
        raise Unanswered("nobody asks Slack here")

    async def members(self, group: str, *, max_age: float = REMEMBERED) -> frozenset[str]:  # noqa: ARG002 -- the port's
        raise Unanswered("nobody asks Slack here")


async def performer(
    database: Database, box: Toolbox, tool: Tool, *, in_name: bool, now: Callable[[], datetime], stack: AsyncExitStack
) -> Perform | None:
    """What performs a call of the tool until the stack ends; None where a bot does, or may.

    Raises HelpdeskError where none runs and it takes one; ConfigError where the tool is not offered.
    """
    if database.shared:
        return None
    try:
        stack.enter_context(only_dispatcher(database.name))
    except ConfigError:
        return None
    policy = box.policy()
    if in_name or not tool.read_only or policy.needs_facts(tool):
        raise HelpdeskError(NO_BOT)
    backends = box.backends(Alone(database), await stack.enter_async_context(box.systems()))
    if why := missing(tool, backends):
        raise ConfigError(f"{tool.name} is not offered: {why}.")
    worker = Worker(_kit(database, box, policy, backends, now), lambda _: None)

    async def perform(conversation: str) -> None:
        await worker.advance(conversation, asyncio.Event())

    return perform


def _kit(
    database: Database, box: Toolbox, policy: Policy, backends: Mapping[type, object], now: Callable[[], datetime]
) -> Kit:
    """Without Slack, and with a model that nobody asks."""
    chance = Chance()
    return Kit(
        database=database,
        tools=menu(box.tools, backends),
        backends=backends,
        directory=cast("Directory", backends[Directory]),
        policy=policy,
        model=DemoModel(),
        instructions=Instructions("", ""),
        people=NoSlack(),
        render=lambda *_: (),
        seal=Seal.of(chance.secret()),
        process="command line",
        now=now,
        chance=chance,
    )
