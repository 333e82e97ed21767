"""People who leave: what follows in a conversation, and that systems behind the tools forget them, sooner or later."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import cast

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.core import items
from bot.core.items import Item
from bot.core.thread import Thread
from bot.meanwhile import meanwhile
from bot.run.kit import Kit
from bot.store import leavers
from bot.store.arrivals import PersonGone
from tools.backends.memories import Memories, Owner
from tools.spec import ToolFailed

#: how often what could not be forgotten is tried again, and how long each try may take, seconds
AGAIN, PATIENCE = 60.0, 10.0

ASKED = "the person who asked for it is no longer here"

log = structlog.get_logger()


def left(thread: Thread, gone: PersonGone) -> Iterator[Item]:
    """Access that they were given for a time ends, and so does what they asked for; what others asked for about them,
    such as that their device be wiped, goes on."""
    if gone.record:
        yield items.PersonLeft(record=gone.record)
    for number, ask in thread.asks.items():
        if not ask.close and ask.request.requester == gone.user:
            yield items.Close(request=number, verdict="void", reason=ASKED)


@asynccontextmanager
async def forgetting(kit: Kit, again: float = AGAIN) -> AsyncIterator[None]:
    """While the block runs, people who left are forgotten by what remembers them."""
    async with meanwhile(_for_ever(kit, again)):
        yield


async def _for_ever(kit: Kit, again: float) -> None:
    while True:
        try:
            for tenant, user in await kit.database.run(leavers.waiting):
                await forget(kit, tenant, user)
        except (SQLAlchemyError, ToolFailed, TimeoutError) as error:
            log.warning("people who left are still remembered", error=type(error).__name__)
        await asyncio.sleep(again)


async def forget(kit: Kit, tenant: str, user: str) -> None:
    """Raises ToolFailed, TimeoutError or SQLAlchemyError where that cannot be done now."""
    memories = cast("Memories", kit.backends[Memories])
    async with asyncio.timeout(PATIENCE):
        await memories.drop_all(Owner(tenant, user))
    await kit.database.run(lambda connection: leavers.forgotten(connection, tenant, user))
