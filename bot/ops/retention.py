"""How long things are kept, as the settings say: once a day what is too old goes, in small steps beside the bot.

By one process at a time: of all on a database the first that finds a day gone by takes its turn.
"""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from pydantic import SecretStr
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from bot.errors import HelpdeskError
from bot.meanwhile import meanwhile
from bot.ops.beside import opened
from bot.ops.purge import purge
from bot.store.tables import house

#: how often it is looked whether a day has gone by, seconds; and after how long it is somebody's turn again
LOOK, DAY = 600.0, 24 * 3600.0

#: what the turn is noted as
_TURN = "retention"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Keep:
    """How long conversations in which nothing happens are kept; None: for ever."""

    content: timedelta | None = None
    decisions: timedelta | None = None


@asynccontextmanager
async def keeping(
    database_url: str, secret: SecretStr, keep: Keep, now: Callable[[], datetime], look: float = LOOK
) -> AsyncIterator[None]:
    """While the block runs, what is too old goes, once a day."""
    if not (keep.content or keep.decisions):
        yield
        return
    async with meanwhile(_daily(database_url, secret, keep, now, look)):
        yield


async def _daily(database_url: str, secret: SecretStr, keep: Keep, now: Callable[[], datetime], look: float) -> None:
    while True:
        try:
            if await _our_turn(database_url, now()):
                await once(database_url, secret, keep, now())
        except HelpdeskError as error:
            # what does not verify stays, and so does what waits for a database that is away
            log.error("not all that is too old could go", reason=str(error))  # noqa: TRY400 -- the sentence says it all
        except Exception:
            log.exception("what is too old could not go")
        await asyncio.sleep(look)


async def once(database_url: str, secret: SecretStr, keep: Keep, now: datetime) -> None:
    """What is too old goes. Raises ConfigError, and HelpdeskError where some of it does not verify."""
    faults = []
    for age, content_only in ((keep.decisions, False), (keep.content, True)):
        try:
            if age:
                await purge(database_url, secret, age, now, io.StringIO(), content_only=content_only)
        except HelpdeskError as error:
            faults.append(str(error))
    if faults:
        raise HelpdeskError("\n".join(dict.fromkeys(faults)))


async def _our_turn(database_url: str, now: datetime) -> bool:
    async with opened(database_url) as database:
        return await database.run(lambda connection: _taken(connection, now.timestamp()))


def _taken(connection: Connection, now: float) -> bool:
    """Whether a day has gone by since somebody had the turn; then it is taken."""
    row = insert(house).values(name=_TURN, value="begun", actor=None, at=now)
    again = row.on_conflict_do_update(
        index_elements=[house.c.name], set_={"at": now}, where=house.c.at <= now - DAY
    ).returning(house.c.name)
    return connection.execute(again).first() is not None
