"""The versions of the prompt: which there are, which leads how many conversations, and going back to the one before.

It works beside a running bot: a conversation takes it up with its next turn, and the audit trail has it.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection

from bot import prompts
from bot.core.rollout import Rollout
from bot.errors import HelpdeskError
from bot.ops.beside import noted, opened, tenant_of
from bot.run.kit import Instructions
from bot.store import house, inbox
from bot.store import prompts as kept
from bot.store.arrivals import RolloutArrived

NO_SUCH = "There is no prompt {}. There are: {}."
NOTHING_BEFORE = "Nothing was rolled out yet, so there is nothing to go back to."
NEXT_TURN = "It holds from the next message of each conversation."


@dataclass(frozen=True, slots=True)
class Wanted:
    """A share of new conversations for a version; `everywhere`: what has begun, too."""

    version: str
    percent: int = 100
    everywhere: bool = False


async def show(database_url: str, folder: Path | None, out: TextIO) -> None:
    """A line for each version: since when it is here, and what it leads. Raises ConfigError and HelpdeskError."""
    found = {each.version for each in _found(folder)}
    async with opened(database_url) as database:
        versions = await database.run(kept.added)
        rollout = await database.run(kept.rollout) or Rollout(active=prompts.shipped().version, before="")
    for version in [*versions, *sorted(found - versions.keys())]:
        at = f"{datetime.fromtimestamp(versions[version], UTC):%Y-%m-%d %H:%M}" if version in versions else "new"
        print(f"{version:<24}  {at:<16}  {_leads(rollout, version)}".rstrip(), file=out)


async def activate(
    database_url: str, folder: Path | None, wanted: Wanted, tenant: str | None, now: datetime, out: TextIO
) -> None:
    """Let a version lead. Raises ConfigError, and HelpdeskError for a version that there is not."""
    async with opened(database_url) as database:
        rollout = await database.run(lambda connection: _activate(connection, folder, wanted, tenant, now.timestamp()))
    _tell(rollout, out)


async def rollback(database_url: str, everywhere: bool, tenant: str | None, now: datetime, out: TextIO) -> None:
    """Let the version before lead again. Raises ConfigError, and HelpdeskError where there was none."""
    async with opened(database_url) as database:
        rollout = await database.run(lambda connection: _rollback(connection, everywhere, tenant, now.timestamp()))
    _tell(rollout, out)


def _activate(connection: Connection, folder: Path | None, wanted: Wanted, tenant: str | None, now: float) -> Rollout:
    kept.add_all(connection, {each.version: each.text for each in _found(folder)}, now)
    there = kept.added(connection)
    if wanted.version not in there:
        raise HelpdeskError(NO_SUCH.format(wanted.version, ", ".join(there)))
    old = kept.rollout(connection)
    leads = old.active if old else prompts.shipped().version
    # a larger share of the same version goes back to the same one before it
    before = old.before if old and leads == wanted.version else leads
    rollout = Rollout(
        active=wanted.version, before=before or leads, percent=wanted.percent, everywhere=wanted.everywhere
    )
    return _rolled_out(connection, rollout, tenant, now)


def _rollback(connection: Connection, everywhere: bool, tenant: str | None, now: float) -> Rollout:
    old = kept.rollout(connection)
    if old is None or old.before in ("", old.active):
        raise HelpdeskError(NOTHING_BEFORE)
    return _rolled_out(connection, Rollout(active=old.before, before=old.active, everywhere=everywhere), tenant, now)


def _rolled_out(connection: Connection, rollout: Rollout, tenant: str | None, now: float) -> Rollout:
    """It holds with this commit; the log has it once a bot runs."""
    place = house.place_of(tenant_of(connection, tenant))
    kept.roll_out(connection, rollout, now)
    arrived = RolloutArrived(
        thread=place,
        active=rollout.active,
        before=rollout.before,
        percent=rollout.percent,
        everywhere=rollout.everywhere,
    )
    key = f"command:{secrets.token_hex(16)}"
    inbox.put(connection, key, place.conversation, arrived, sent_at=now, received_at=now)
    return rollout


def _found(folder: Path | None) -> tuple[Instructions, ...]:
    return prompts.shipped(), *prompts.of_folder(folder)


def _leads(rollout: Rollout, version: str) -> str:
    which = "all conversations" if rollout.everywhere else "new conversations"
    share = rollout.percent if version == rollout.active else 100 - rollout.percent if version == rollout.before else 0
    return f"leads {share} % of {which}" if share else ""


def _tell(rollout: Rollout, out: TextIO) -> None:
    noted("rolled out a prompt", active=rollout.active)
    others = f", {rollout.before} the others" if rollout.percent < 100 else ""  # noqa: PLR2004 -- all of them
    print(f"{rollout.active} {_leads(rollout, rollout.active)}{others}. {NEXT_TURN}", file=out)
