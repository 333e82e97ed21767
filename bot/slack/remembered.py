"""What is remembered of a person, in their App Home alone: to see it, and to delete it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.core.known import SlackUser
from bot.core.words import moment
from bot.slack import blocks, words
from bot.slack.blocks import Block
from bot.slack.card_words import NOT_STORED
from bot.slack.clients import tenant_here
from bot.slack.edge import Edge, HomeOf, tell
from bot.slack.forms import Place
from bot.slack.text import plain
from tools.backends.memories import Memory, Owner
from tools.spec import ToolFailed

#: memories that are shown; whoever deletes one sees the next
MAX_SHOWN = 10

#: seconds within which they must be known
PATIENCE = 2.0

_ALL = "*"
_CONFIRM = blocks.confirm(*words.FORGET_ALL, "Forget")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Remembered:
    """The newest memories first; None: they cannot be looked up just now."""

    found: Sequence[Memory] | None = ()


async def remembered(edge: Edge, tenant: str, user: SlackUser) -> Remembered:
    """What is remembered of the person."""
    try:
        async with asyncio.timeout(PATIENCE):
            return Remembered(await edge.memories.of(Owner(tenant, user)))
    except (TimeoutError, ToolFailed, SQLAlchemyError):
        return Remembered(None)


def shown(remembered: Remembered) -> Iterator[Block]:
    """The part of the home that says what is remembered, with a way to delete it."""
    yield blocks.header(words.MEMORIES)
    if not remembered.found:
        yield blocks.context(words.NO_MEMORIES if remembered.found is not None else words.NOT_NOW)
        return
    for each in remembered.found[:MAX_SHOWN]:
        delete = blocks.button("Delete", "memory.forget", each.id)
        foreign = f" · :warning: {words.FOREIGN}" if each.source.tainted else ""
        yield blocks.section(f"{plain(each.fact)}\nSince {moment(each.at)}{foreign}", delete)
    if (left := len(remembered.found) - MAX_SHOWN) > 0:
        yield blocks.context(words.more(left))
    yield blocks.actions([blocks.button("Delete all…", "memory.forget_all", _ALL, "danger", _CONFIRM)])


class Forgetting:
    """Deletes what its owner wants deleted; `again` shows the home as it is then."""

    def __init__(self, edge: Edge, again: Callable[[HomeOf], Awaitable[None]]) -> None:
        self._edge = edge
        self._again = again

    def listen(self, app: AsyncApp) -> None:
        """Attach the listeners to the app."""
        app.action("memory.forget")(self.pressed)
        app.action("memory.forget_all")(self.pressed)

    async def pressed(
        self, ack: AsyncAck, body: dict[str, Any], context: Mapping[str, Any], client: AsyncWebClient
    ) -> None:
        """A button in App Home; whose memory it is follows from who pressed, never from the button."""
        await ack()
        place, tenant, user = Place.of(body.get("view") or {}), tenant_here(context), body["user"]["id"]
        try:
            async with asyncio.timeout(PATIENCE):
                await self._drop(Owner(tenant, user), str(body["actions"][0].get("value")))
        except (TimeoutError, ToolFailed, SQLAlchemyError):
            log.warning("a memory was not deleted")
            await tell(client, body, place, NOT_STORED)
            return
        await self._again(HomeOf(client, tenant, user, place.channel))

    async def _drop(self, owner: Owner, which: str) -> None:
        if which == _ALL:
            await self._edge.memories.drop_all(owner)
        else:
            await self._edge.memories.drop(owner, which)
