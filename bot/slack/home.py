"""App Home: what waits for somebody, what they asked for, their tickets, memories, and the brake; and what this is.

It shows, decides nothing, has no secrets.

Pure down to `Home`, which publishes.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import Unanswered
from bot.run.entitled import Entitled
from bot.slack import blocks, listed, words
from bot.slack.blocks import Block
from bot.slack.clients import tenant_here
from bot.slack.edge import Edge
from bot.slack.forms import Place
from bot.slack.press import Press
from bot.slack.remembered import Forgetting, Remembered, remembered, shown
from bot.slack.tickets import Tickets, tickets
from bot.store import house, lists
from bot.store.lists import Listed

#: requests in each of the two lists
MAX_LISTED = 20

#: how long closed requests are shown to whoever asked
SHOWN = timedelta(days=7)

#: how often and how long it is looked whether what somebody pressed was dealt with, seconds
GLANCE, PATIENCE = 0.1, 3.0

#: homes that wait to be published again; others are published when they are opened
MAX_WAITING = 100

#: seconds within which it must be known who may freeze; else the button is not shown
ASKING = 2.0

_FREEZE = blocks.confirm(
    "Freeze everything?", "Nothing above low risk starts until two approvers unfreeze it.", "Freeze"
)
_UNFREEZE = blocks.confirm("Unfreeze?", "It takes two different approvers.", "Unfreeze")

#: whether something is dealt with
Done = Callable[[Connection], bool]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a home shows."""

    waiting: list[Listed]
    waiting_in_all: int
    asked: list[Listed]
    frozen: bool
    may_freeze: bool
    tickets: Tickets = field(default_factory=Tickets)
    memories: Remembered = field(default_factory=Remembered)
    demo: bool = False
    stored: str = words.stored()


def home_view(seen: Seen, now: datetime, workspace_url: str, channel: str) -> Block:
    """The home; `channel` is the person's direct message with us, where answers to buttons go."""
    made = [
        *_brake(seen),
        blocks.header("Waiting for me"),
        *_list(seen.waiting, now, workspace_url, words.NOTHING_WAITS),
        *_more(seen.waiting_in_all - len(seen.waiting)),
        blocks.header("Asked by me"),
        *_list(seen.asked, now, workspace_url, words.NOTHING_ASKED),
        blocks.header("My tickets"),
        *(blocks.section(listed.ticket(each, now)) for each in seen.tickets.open),
        *([blocks.context(seen.tickets.instead)] if seen.tickets.instead else []),
        *shown(seen.memories),
        *_about(seen.stored, demo=seen.demo),
    ]
    return {"type": "home", "private_metadata": str(Place("", channel, home=True)), "blocks": made}


def _brake(seen: Seen) -> Iterator[Block]:
    state = (
        ":snowflake: *Everything above low risk stands still.* To go on takes two different approvers."
        if seen.frozen
        else ":large_green_circle: I am working: nothing is frozen."
    )
    yield blocks.section(state)
    if seen.may_freeze:
        freeze = blocks.button("Freeze everything…", "house.freeze", style="danger", confirm=_FREEZE)
        go_on = blocks.button("Unfreeze…", "house.unfreeze", confirm=_UNFREEZE)
        yield {"type": "actions", "block_id": "house", "elements": [freeze, *([go_on] if seen.frozen else [])]}


def _list(rows: list[Listed], now: datetime, workspace_url: str, empty: str) -> Iterator[Block]:
    for row in rows:
        look = blocks.button("Look…", "approval.view", row.version.request.id)
        yield blocks.section(listed.request(row, now, workspace_url), look)
    if not rows:
        yield blocks.context(empty)


def _more(left: int) -> Iterator[Block]:
    if left > 0:
        yield blocks.context(f"… and {left} more.")


def _about(stored: str, *, demo: bool) -> Iterator[Block]:
    """How to ask, what this is, and what becomes of what is said to it."""
    yield {"type": "divider"}
    yield blocks.section(words.TIPS)
    yield blocks.context(words.AI)
    yield blocks.context(stored)
    if demo:
        yield blocks.context(words.DEMO)


class Home:
    """Publishes homes, when they are opened and after what somebody did there."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._waiting: set[asyncio.Task[None]] = set()

    def listen(self, app: AsyncApp) -> None:
        """Attach the listener to the app."""
        app.event("app_home_opened")(self.opened)
        Forgetting(self._edge, self.publish).listen(app)

    async def opened(self, event: Mapping[str, Any], client: AsyncWebClient, context: Mapping[str, Any]) -> None:
        """Somebody looks at App Home; the other tab is their direct message with us."""
        if event.get("tab") == "home":
            await self.publish(client, tenant_here(context), event["user"], event.get("channel") or "")

    def later(self, client: AsyncWebClient, press: Press) -> None:
        """Publish the home again once what the person did there is dealt with; what was done elsewhere is not shown."""
        if press.place.home:
            self.later_than(client, press.tenant, press.actor, press.place.channel, partial(_done, press=press))

    def later_than(self, client: AsyncWebClient, tenant: str, user: str, channel: str, done: Done) -> None:
        """The same for anything that will be `done` soon."""
        if len(self._waiting) < MAX_WAITING:
            task = asyncio.create_task(self._follow(client, tenant, user, channel, done))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)

    async def _follow(self, client: AsyncWebClient, tenant: str, user: str, channel: str, done: Done) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self._edge.database.run(done):  # noqa: ASYNC110 -- another process may do it
                    await asyncio.sleep(GLANCE)
        except TimeoutError:
            pass  # it is shown as it is then
        except (SQLAlchemyError, RuntimeError):
            return  # the database is away or closed: the next opening shows how things are
        await self.publish(client, tenant, user, channel)

    async def publish(self, client: AsyncWebClient, tenant: str, user: str, channel: str) -> None:
        """Show the person how things are now."""
        may_freeze, found, memories = await asyncio.gather(
            self._may_freeze(tenant, user),
            tickets(self._edge, tenant, user),
            remembered(self._edge, tenant, user),
        )
        now = self._edge.now()
        more = {"may_freeze": may_freeze, "tickets": found, "memories": memories, "demo": self._edge.demo}
        more["stored"] = self._edge.stored
        try:
            seen = await self._edge.database.run(lambda connection: _seen(connection, user, now, **more))
            view = home_view(seen, now, self._edge.kit.workspace_url, channel)
            await client.views_publish(user_id=user, view=view)
        except (SQLAlchemyError, RuntimeError, SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("a home was not shown", error=type(error).__name__)

    async def _may_freeze(self, tenant: str, user: str) -> bool:
        try:
            async with asyncio.timeout(ASKING):
                return await Entitled(self._edge.kit.at(tenant)).is_approver(user)
        except (Unanswered, TimeoutError):
            return False


def _done(connection: Connection, press: Press) -> bool:
    found = lists.version(connection, press.place.version)
    return found is None or lists.dealt_with(connection, press.key, found.conversation)


def _seen(connection: Connection, user: str, now: datetime, **more: Any) -> Seen:
    waiting, in_all = lists.waiting_for(connection, user, MAX_LISTED)
    asked = lists.asked_by(connection, user, (now - SHOWN).timestamp(), MAX_LISTED)
    return Seen(waiting, in_all, asked, house.frozen(connection), **more)
