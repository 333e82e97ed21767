"""`helpdesk privacy erase`: what people wrote and what is known of a person goes, who decided what when stays.

A conversation at rest is erased here, in a transaction that looks whether it is. One that goes on has one writer, the
bot: it is told that the person's messages are deleted, and that what they asked for ends; once it rests it is erased,
too. Everything is looked for anew each time, so whoever is cut off says it again. The record in the directory and the
links go last, because by them all else is found.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TextIO

from sqlalchemy import Connection

from bot.errors import HelpdeskError
from bot.ops.audit.plain import plain
from bot.ops.audit.reading import reading
from bot.ops.beside import noted, opened
from bot.ops.privacy.person import known, traces
from bot.ops.purge import PAUSE, batches, whole
from bot.store import erasure, farewell, persons, tokens
from bot.store.database import Database
from bot.store.erasure import Reach
from bot.store.persons import Somebody
from bot.store.resting import page
from tools.backends import sql_persons
from tools.backends.directory import Directory

#: how often conversations that go on are looked at again, seconds, and how many of what is left are named
GLANCE, MAX_NAMED = 0.2, 20

STAYS = (
    "What stays: who asked for, decided and did what and when, under the ids {ids} alone. It proves who approved which "
    "change of access, which whoever runs the systems must be able to show (GDPR, Article 17(3)); "
    "HELPDESK_KEEP_DECISIONS says for how long. Slack's own copies are Slack's: delete them there."
)
ELSEWHERE = "Their record in the directory is the directory's: erase it there."
FREE_PAGES = "SQLite may keep erased bytes in its file until VACUUM, with the bot stopped."
BUSY = "something is open or going on there: let the bot run, have open requests decided, and say it again"
CHANGED = "not as it was written: look with helpdesk audit verify"
ACCESS = "access for a time is still to end, and the record in the directory stays until then"

#: what could not be erased, by conversation or what else it is: why
Left = dict[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is to be erased; more words that name them; and how long to wait for conversations that go on, seconds."""

    named: str
    also: Sequence[str] = ()
    wait: float = 10.0


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is to erase."""

    reaches: list[Reach]
    rows: int
    embedded: dict[str, int]


async def erase(
    database_url: str,
    wanted: Wanted,
    now: Callable[[], datetime],
    sure: Callable[[str], bool],
    out: TextIO,
    elsewhere: Directory | None = None,
) -> None:
    """Erase what is kept about the person, if whoever runs it is `sure` once told what that is; not in a directory
    `elsewhere`.

    Raises ConfigError, and HelpdeskError for what is left and why.
    """
    async with opened(database_url) as database:
        who = await known(database, wanted.named, wanted.also, elsewhere)
        there = await _look(database_url, database, who)
        out.writelines(f"{line}\n" for line in _told(there, who))
        if not sure("Erase it? It cannot be brought back. [y/N] "):
            raise HelpdeskError("Nothing was erased.")
        await database.run(lambda c: tokens.end(c, who.users, who.record, now().timestamp()), durable=True)
        talks = _Conversations(database_url, database, who, now)
        left = await _erased(database, who, there, talks, wanted.wait)
    noted("person erased", who=", ".join(who.ids), left=str(len(left)))
    print("Erased.", STAYS.format(ids=" and ".join(map(plain, who.ids))), file=out)
    if elsewhere:
        print(ELSEWHERE, file=out)
    if not database.shared:
        print(FREE_PAGES, file=out)
    if left:
        raise HelpdeskError("\n".join(_named(left)))


async def _look(url: str, database: Database, who: Somebody) -> _Found:
    """Read page by page; nobody waits for that."""
    reaches: list[Reach] = []
    ids: Sequence[str] = [""]
    async with reading(url) as reader:
        while ids := await reader.run(partial(page, after=ids[-1])):
            reaches += await reader.run(partial(persons.reaches, who=who, ids=ids))
    rows = await database.run(partial(persons.count, who=who))
    return _Found(reaches, rows, await database.run(partial(sql_persons.counts, traces=traces(who))))


async def _erased(database: Database, who: Somebody, there: _Found, talks: "_Conversations", wait: float) -> Left:
    """What is left, and why. Their record and links go last: by them all else is found."""
    places = {each.conversation for each in there.reaches}
    await _until_done(database, partial(sql_persons.erase_orphans, places=places))
    left = await talks.erase(there.reaches, wait)
    await _until_done(database, partial(persons.forget, who=who))
    await _until_done(database, partial(sql_persons.erase_words, traces=traces(who)))
    return left or await database.run(partial(_erase_record, who=who))


async def _until_done(database: Database, step: Callable[[Connection], int]) -> None:
    while await database.run(step):
        pass


class _Conversations:
    """Erases those at rest, tells the others, and erases them as they come to rest."""

    def __init__(self, url: str, database: Database, who: Somebody, now: Callable[[], datetime]) -> None:
        self._url = url
        self._database = database
        self._who = who
        self._now = now
        self._told: set[str] = set()

    async def erase(self, reaches: Sequence[Reach], wait: float) -> Left:
        """What is left after so many seconds, and why."""
        until, left = time.monotonic() + wait, Left()
        while True:
            busy, changed = await self._once(reaches)
            left |= dict.fromkeys(changed, CHANGED)
            if not busy or time.monotonic() >= until:
                return left | dict.fromkeys(busy, BUSY)
            await asyncio.sleep(GLANCE)
            reaches = await self._database.run(partial(persons.reaches, who=self._who, ids=busy))

    async def _once(self, reaches: Sequence[Reach]) -> tuple[list[str], set[str]]:
        """Those that go on, and those that do not verify: evidence of that is not erased."""
        busy, changed = set[str](), set[str]()
        for some in batches(reaches):
            faults = await whole(self._url, some, None)
            changed |= {name for name, fault in faults.items() if fault}
            good = [each for each in some if faults[each.conversation] is None]
            gone = await self._database.run(partial(erasure.erase, wanted=good)) if good else []
            await asyncio.sleep(PAUSE)
            busy |= {each.conversation for each in good if each not in gone}
        await self._database.run(partial(farewell.drop_overheard, who=self._who))
        busy |= {*await self._database.run(partial(farewell.waiting, who=self._who))}
        for conversation in sorted(busy - self._told):
            tell = partial(farewell.tell, who=self._who, conversation=conversation, now=self._now().timestamp())
            await self._database.run(tell)
        self._told |= busy
        return sorted(busy), changed


def _erase_record(connection: Connection, who: Somebody) -> Left:
    """Their record and links, unless access for a time is still to end."""
    if who.record and sql_persons.access_for_a_time(connection, who.record):
        return {"the directory": ACCESS}
    if who.record:
        sql_persons.erase_record(connection, who.record)
    persons.unlink(connection, who)
    return {}


def _told(there: _Found, who: Somebody) -> Iterator[str]:
    items, embedded = sum(each.items for each in there.reaches), there.embedded
    yield f"About {' and '.join(map(plain, who.ids))} there is to erase:"
    yield f"  up to {items:,} items of what was written in {len(there.reaches):,} conversations"
    tickets = f"the words of {embedded['tickets']:,} tickets and of {embedded['notes']:,} notes"
    yield f"  {tickets}, and {embedded['memories']:,} memories"
    yield f"  that they follow {embedded['followed']:,} tickets of others"
    yield f"  {there.rows:,} rows of what they used and prove themselves with"
    yield f"  {embedded['record']:,} record in the directory, with accounts, groups and access"


def _named(left: Left) -> Iterator[str]:
    yield "Not erased yet:"
    yield from (f"  {plain(what)}: {why}" for what, why in sorted(left.items())[:MAX_NAMED])
    if len(left) > MAX_NAMED:
        yield f"  … and {len(left) - MAX_NAMED} more"
