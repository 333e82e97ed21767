"""`helpdesk db restored`: run once after the database was set back to a backup, before the bot runs again.

Promise: what may have been done or shown since the backup is not done or shown again, and what people must look at
themselves is told.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TextIO, cast

from bot.errors import HelpdeskError
from bot.ops import grants
from bot.ops.audit.chain import TIME
from bot.ops.audit.plain import plain
from bot.ops.audit.reading import reading
from bot.ops.beside import noted, opened
from bot.ops.grants import Compared
from bot.store import house, tokens
from bot.store import restored as store
from bot.store.claims import STALE
from bot.store.database import Alone, Database
from bot.store.lock import only_dispatcher
from tools.backends.access import Access, Lasting
from tools.backends.embedded import embedded

#: grants that are told of each kind
MAX_TOLD = 200

RUNNING = (
    "A worker runs on this database: it was heard of {:.0f} seconds ago. Stop all helpdesk run, web and worker, wait "
    f"{STALE:g} seconds, and say it again."
)


@dataclass(slots=True)
class _Done:
    told: int
    given_up: int
    secrets: int
    tokens: int
    waiting: int
    newest: float | None
    frozen: bool


async def restored(database_url: str, now: datetime, out: TextIO) -> None:
    """Do it, and report. Raises ConfigError, and HelpdeskError where a bot runs on the database."""
    async with opened(database_url) as database:
        with await _nobody_else(database):
            done = await _work(database, now)
            differences = await _grants(database, database_url, now)
    noted("restored", conversations=str(done.told), deliveries=str(done.given_up))
    for line in (*_report(done), *_compared(differences)):
        print(line, file=out)


async def _nobody_else(database: Database) -> AbstractContextManager[None]:
    if not database.shared:
        return only_dispatcher(database.name)
    silent = await database.run(store.silent_for)
    if silent is not None:
        raise HelpdeskError(RUNNING.format(silent))
    return nullcontext()


async def _work(database: Database, now: datetime) -> _Done:
    at = now.timestamp()
    await database.run(store.forget_workers)
    told, after = 0, ""
    while True:
        some, last = await database.run(partial(store.tell, after=after, now=at))
        told += some
        if last is None:
            break
        after = last
    given_up = 0
    while some := await database.run(store.give_up):
        given_up += some
    secrets = await database.run(store.drop_secrets)
    await database.run(partial(store.use_up_codes, now=at))
    ended = await database.run(partial(tokens.end_all, now=at))
    newest, waiting = await database.run(store.newest), await database.run(store.waiting)
    return _Done(told, given_up, secrets, ended, waiting, newest, await database.run(house.frozen))


async def _grants(database: Database, database_url: str, now: datetime) -> Compared:
    async with reading(database_url) as reader:
        known = await reader.run(grants.known)
    backends = embedded(Alone(database), links=False)
    return grants.compared(known, await cast("Access", backends[Access]).lasting(), now)


def _report(done: _Done) -> Iterator[str]:
    newest = f"{datetime.fromtimestamp(done.newest, UTC):{TIME}}" if done.newest else "no time at all"
    yield f"The newest record of this database is of {newest}. What people wrote or decided after that is lost here:"
    yield "ask them to say again what they still need."
    yield f"Conversations in which something was going on or waited for people: {done.told}. When the bot runs again,"
    yield "their open requests are void, calls that had started are unknown, and others are to be asked for anew."
    yield f"Conversations of which something was still to be shown in Slack: {done.given_up}. It is not shown any more."
    yield f"Messages and clicks that are taken up when the bot runs, perhaps for a second time: {done.waiting}."
    yield f"One-time links that nobody is given any more: {done.secrets}."
    yield "Codes that authenticators have shown until now are used up."
    yield "Tokens of the API that are no good any more, because nobody knows which were revoked since; make new ones:"
    yield f"helpdesk tokens create: {done.tokens}."
    if done.frozen:
        yield "Everything above low risk is frozen, as in the backup."
    else:
        yield "Nothing is frozen, as in the backup; to look around first: helpdesk freeze"
    yield "Checkpoints know of records that are gone: keep their file, and name a new one (docs/audit.md)."


def _compared(differences: Compared) -> Iterator[str]:
    unknown, missing = differences
    if not (unknown or missing):
        yield "Access: the log and the access system agree."
    if unknown:
        yield f"Access that was given, of which this log knows nothing, so nothing here ends it: {len(unknown)}"
        yield from map(_line, unknown[:MAX_TOLD])
    if missing:
        yield f"Access that lasts by this log, and that the access system does not have, or no more: {len(missing)}"
        yield from map(_line, missing[:MAX_TOLD])
    if max(len(unknown), len(missing)) > MAX_TOLD:
        yield f"Of each only the first {MAX_TOLD} are shown."


def _line(grant: Lasting) -> str:
    until = f"until {grant.until:{TIME}}" if grant.until else "without end"
    return plain(f"  {grant.person} in {grant.group_id} {until} ({grant.key})")
