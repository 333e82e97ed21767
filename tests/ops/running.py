"""A bot as small as can be, for commands beside it: it takes up the inbox, and everybody is a colleague."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from pydantic import SecretStr
from sqlalchemy import exists, select

from bot.core import house
from bot.core.policy import Policy
from bot.run.claim import AT_ONCE
from bot.run.embedded import Embedded
from bot.run.kit import Instructions, Kit
from bot.run.ports import REMEMBERED, SlackPerson
from bot.run.worker import Worker
from bot.store import inbox
from bot.store.arrivals import SwitchArrived, ThreadId
from bot.store.database import Alone, Database
from bot.store.sealed import Seal
from bot.store.tables import conversations
from tests.fakes.model import ScriptedModel
from tools.backends.sql_directory import SqlDirectory

HOUSE = ThreadId(tenant="T1", channel=house.CHANNEL, thread_ts="0", private=False)


class Colleagues:
    """Everybody is a full member, once `answers` is set; there are no groups."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.answers.set()

    async def who(self, user: str, *, max_age: float = REMEMBERED) -> SlackPerson | None:  # noqa: ARG002 -- the port's
        await self.answers.wait()
        return SlackPerson(user, None, colleague=True, member=True)

    async def find(self, email: str, *, max_age: float = REMEMBERED) -> str | None:  # noqa: ARG002 -- the port's
        return None

    async def members(self, group: str, *, max_age: float = REMEMBERED) -> frozenset[str]:  # noqa: ARG002 -- the port's
        return frozenset()


@asynccontextmanager
async def bot(url: str, people: Colleagues | None = None) -> AsyncIterator[Database]:
    """What takes up the inbox, as in a process of its own; Dana and Omar are its approvers."""
    database = Database(url)
    kit = Kit(
        database=database,
        tools={},
        backends={},
        directory=SqlDirectory(Alone(database)),
        policy=Policy(approvers=("U0DANA", "U0OMAR")),
        model=ScriptedModel(),
        instructions=Instructions("", "1"),
        people=people or Colleagues(),
        render=lambda *_: (),
        seal=Seal.of(SecretStr("k" * 32)),
        process="test",
    )
    dispatcher = Embedded(database, kit.now)
    try:
        async with dispatcher.working(Worker(kit, dispatcher.show).advance, nothing_to_show):
            yield database
    finally:
        database.close()


async def nothing_to_show(_: str, __: asyncio.Event) -> None:
    """There is no Slack."""


async def press(database: Database, user: str, action: Literal["freeze", "unfreeze"]) -> None:
    """An approver freezes or unfreezes in Slack."""
    arrived = SwitchArrived(thread=HOUSE, action=action, actor=user)
    now = time.time()
    key = f"{user} {action} {now}"
    await database.run(lambda c: inbox.put(c, key, HOUSE.conversation, arrived, sent_at=now, received_at=now))


async def noted(database: Database) -> None:
    """The bot has written down all that arrived; it may still look something up."""
    async with asyncio.timeout(60):
        while await database.run(inbox.undone):
            await asyncio.sleep(0.01)


async def answered(database: Database) -> None:
    """The bot has dealt with all that arrived."""
    await noted(database)
    at_work = select(exists().where(conversations.c.wake_at == AT_ONCE))
    async with asyncio.timeout(60):
        while await database.run(lambda connection: connection.scalar(at_work)):
            await asyncio.sleep(0.01)
