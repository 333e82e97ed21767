"""`helpdesk tools call`: a tool called from the command line, through the log and the policy like any other call.

Promise: what somebody at a terminal asks for is a conversation of its own, with one start for each attempt; what is not
read-only is asked for in the name of somebody who never approves it, and takes somebody else's approval.
"""

import asyncio
import json
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from sqlalchemy import Connection

from bot.core.items import TERMINAL, Terminal
from bot.core.known import SlackUser
from bot.errors import ConfigError, HelpdeskError
from bot.ops.audit.plain import plain
from bot.ops.beside import noted, opened, operator, tenant_of
from bot.ops.tools.alone import Perform, performer
from bot.ops.tools.asked import fitting, named
from bot.ops.tools.box import Toolbox
from bot.ops.tools.outcome import Outcome, Watch
from bot.store import inbox
from bot.store.arrivals import CommandArrived, ThreadId
from bot.store.database import Database

#: how often it is looked what came of it, seconds
GLANCE = 0.2

#: how long a bot has to take it up, seconds
PICKUP = 15.0

#: random bytes of a conversation's name
BYTES = 16

#: characters of the names of machines and their users
MAX_NAME = 64

IN_WHOSE_NAME = (
    "{} changes something, so a colleague has to answer for the call: --for U0ALEX, their Slack user. They are told, "
    "cannot approve it, and somebody else has to."
)
NOT_TAKEN_UP = "No bot has taken this up within {:g} seconds, so it was taken back: nothing was done."
NOT_OVER = "After {:g} seconds it is not over. It goes on; helpdesk audit show {} says what comes of it."


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call; `arguments` is JSON, `name` the Slack user in whose name, `wait` in seconds."""

    tool: str
    arguments: str
    name: SlackUser | None
    tenant: str | None
    wait: float


async def call(
    database_url: str, wanted: Wanted, box: Toolbox, now: Callable[[], datetime], out: TextIO, err: TextIO
) -> bool:
    """Print what the call gave, as the model would be shown it; False where it gave nothing, and why on `err`.

    Raises ConfigError for a call that makes no sense, HelpdeskError where it cannot be made or is not over in time.
    """
    tool = named(box.tools, wanted.tool)
    arguments = fitting(tool, wanted.arguments)
    if not (tool.read_only or wanted.name):
        raise ConfigError(IN_WHOSE_NAME.format(tool.name))
    async with opened(database_url) as database, AsyncExitStack() as stack:
        perform = await performer(database, box, tool, in_name=bool(wanted.name), now=now, stack=stack)
        arrived = await database.run(lambda c: _put(c, wanted, arguments, now().timestamp()), durable=True)
        noted("tool called", tool=tool.name, conversation=arrived.conversation)
        ended = await _followed(database, arrived, wanted.wait, perform, err)
    print(_spelled(ended.text) if ended.good else plain(ended.text), file=out if ended.good else err)
    return ended.good


def _put(connection: Connection, wanted: Wanted, arguments: str, now: float) -> ThreadId:
    """The conversation that it is."""
    place = ThreadId(
        tenant=tenant_of(connection, wanted.tenant),
        channel=TERMINAL,
        thread_ts=secrets.token_urlsafe(BYTES),
        private=False,
    )
    arrived = CommandArrived(
        thread=place,
        terminal=Terminal(host=socket.gethostname()[:MAX_NAME], user=operator()[:MAX_NAME]),
        requester=wanted.name,
        tool=wanted.tool,
        arguments=arguments,
    )
    inbox.put(connection, _key(place), place.conversation, arrived, sent_at=now, received_at=now)
    return place


def _key(place: ThreadId) -> str:
    return f"command:{place.conversation}"


async def _followed(database: Database, place: ThreadId, wait: float, perform: Perform | None, err: TextIO) -> Outcome:
    """What came of it. Raises HelpdeskError where that takes too long; what nobody took up is taken back."""
    watch, began = Watch(place.conversation), time.monotonic()
    taken_back = False
    try:
        while True:
            if perform:
                await perform(place.conversation)
            if told := await database.run(watch.on):
                print(plain(told), file=err, flush=True)
            if watch.outcome:
                return watch.outcome
            limit = wait if watch.begun else min(wait, PICKUP)
            if time.monotonic() - began >= limit:
                break
            await asyncio.sleep(GLANCE)
    finally:
        # also where somebody pressed Ctrl-C
        taken_back = await database.run(lambda connection: inbox.take_back(connection, _key(place)))
    said = NOT_TAKEN_UP.format(limit) if taken_back else NOT_OVER.format(limit, place.conversation)
    raise HelpdeskError(said)


def _spelled(text: str) -> str:
    """JSON text that a terminal only shows: what cannot be seen is spelled as JSON spells it."""
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)
