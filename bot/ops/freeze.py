"""Stops everything above low risk, and lets it go on, from the command line; with or without a running bot.

Promise: once `freeze` has said so nothing above low risk starts, whatever runs. `unfreeze` is one of the two voices
that going on takes, never both.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TextIO

from sqlalchemy import Connection, exists, select

from bot.ops.beside import noted, opened, tenant_of
from bot.store import house, inbox, snapshots
from bot.store.arrivals import SwitchArrived
from bot.store.database import Database
from bot.store.tables import inbox as inbox_table

#: how often it is looked whether the bot has taken the switch up, seconds
GLANCE = 0.2

FROZEN = "Frozen: nothing above low risk starts from now on."
TO_GO_ON = (
    "To go on, two have to say so: helpdesk unfreeze and an approver (/helpdesk unfreeze in Slack), or two approvers."
)
RESUMED = "Two others have resumed everything in this moment. Freeze again if that is not wanted."
UNNOTED = "No bot has noted this within {wait:g} seconds. It holds all the same; the log has it once a bot runs."

NOT_FROZEN = "Nothing is frozen, so there is nothing to resume."
THAWED = "Everything goes on. What was approved starts if its approval still holds."
NEEDED = "It is still frozen: an approver has to say so, too, with /helpdesk unfreeze in Slack."
FROZEN_AGAIN = "It is still frozen: somebody has frozen it again."
UNHEARD = (
    "No bot has taken this up within {wait:g} seconds; it counts once one runs. It stays frozen until an approver has "
    "said so, too, with /helpdesk unfreeze in Slack."
)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Standing:
    """How things are once the switch is taken up; `asked`: somebody said that they may go on."""

    frozen: bool
    asked: bool


async def freeze(database_url: str, tenant: str | None, wait: float, now: Clock, out: TextIO) -> None:
    """Stop at once, then give the bot `wait` seconds to note it in the log. Raises ConfigError and HelpdeskError."""
    async with opened(database_url) as database:
        key, conversation = await database.run(lambda c: _put(c, "freeze", tenant, now().timestamp()), durable=True)
        noted("frozen")
        print(f"{FROZEN}\n{TO_GO_ON}", file=out, flush=True)
        standing = await _taken_up(database, key, conversation, wait)
    if standing is None:
        print(UNNOTED.format(wait=wait), file=out)
    elif not standing.frozen:
        print(RESUMED, file=out)


async def unfreeze(database_url: str, tenant: str | None, wait: float, now: Clock, out: TextIO) -> None:
    """Say that things may go on, and tell what is still needed. Raises ConfigError and HelpdeskError."""
    async with opened(database_url) as database:
        if not await database.run(house.frozen):
            print(NOT_FROZEN, file=out)
            return
        key, conversation = await database.run(lambda c: _put(c, "unfreeze", tenant, now().timestamp()), durable=True)
        noted("asked to unfreeze")
        standing = await _taken_up(database, key, conversation, wait)
    if standing is None:
        print(UNHEARD.format(wait=wait), file=out)
    elif standing.frozen:
        print(NEEDED if standing.asked else FROZEN_AGAIN, file=out)
    else:
        print(THAWED, file=out)


def _put(
    connection: Connection, action: Literal["freeze", "unfreeze"], tenant: str | None, now: float
) -> tuple[str, str]:
    """The key of the new row of the inbox, and the conversation it is for."""
    thread = house.place_of(tenant_of(connection, tenant))
    key = f"command:{secrets.token_hex(16)}"
    arrived = SwitchArrived(thread=thread, action=action, actor=None)
    inbox.put(connection, key, thread.conversation, arrived, sent_at=now, received_at=now)
    if action == "freeze":
        # starts look at this row, so it holds before any bot has taken up the other one
        house.freeze(connection, on=True, actor=None, at=now)
    return key, thread.conversation


async def _taken_up(database: Database, key: str, conversation: str, wait: float) -> _Standing | None:
    """How things are once the bot has dealt with the switch; None where it has not within `wait` seconds."""
    until = time.monotonic() + wait
    while True:
        if standing := await database.run(lambda connection: _standing(connection, key, conversation)):
            return standing
        if time.monotonic() >= until:
            return None
        await asyncio.sleep(GLANCE)


def _standing(connection: Connection, key: str, conversation: str) -> _Standing | None:
    waits = exists().where(inbox_table.c.key == key, inbox_table.c.body.is_not(None))
    if connection.scalar(select(waits)):
        return None
    thread = snapshots.thread_at_head(connection, conversation)
    if any(switch.actor is None for switch in thread.switches.values()):
        return None
    return _Standing(frozen=house.frozen(connection), asked=thread.unfreeze is not None)
