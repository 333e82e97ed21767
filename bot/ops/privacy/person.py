"""Who is meant: an id of the directory or of Slack, the other ids of the same person, and words that name them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from sqlalchemy import Connection, select

from bot.core.known import SLACK_USER
from bot.errors import HelpdeskError
from bot.store import links, mentions
from bot.store.persons import Somebody
from bot.store.tables import people_links
from tools.backends.directory import Directory
from tools.backends.sql_persons import Traces
from tools.backends.tables import people
from tools.spec import ToolFailed

T = TypeVar("T")

#: people who are looked up one after another in a directory that is not ours
MAX_MET = 500

DISPUTED = "Several Slack users claim to be {}. Say first who it is: helpdesk people link U0ALEX {}"


class Runs(Protocol):
    """A database, or what reads it."""

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What the work gives, in a transaction."""


def found(connection: Connection, named: str, also: Sequence[str] = ()) -> Somebody:
    """The person; `also` are more words that name them. Raises HelpdeskError where nobody knows who it is."""
    ties = people_links.c
    mine = ties.slack_user if SLACK_USER.fullmatch(named) else ties.record
    rows = connection.execute(select(people_links).where(mine == named)).all()
    record = rows[0].record if rows else None if SLACK_USER.fullmatch(named) else named
    if record:
        rows = connection.execute(select(people_links).where(ties.record == record)).all()
    if any(row.disputed for row in rows):
        raise HelpdeskError(DISPUTED.format(record, record))
    users = {row.slack_user for row in rows} | ({named} if SLACK_USER.fullmatch(named) else set())
    known = connection.execute(select(people.c.name, people.c.email).where(people.c.id == record)).first()
    words = dict.fromkeys(each for each in (*(known or ()), *also) if each.strip())
    return Somebody(tuple(sorted(users)), record, tuple(words))


async def known(database: Runs, named: str, also: Sequence[str] = (), elsewhere: Directory | None = None) -> Somebody:
    """As `found`, with what the directory `elsewhere`, if that is another one, knows of the person."""
    if elsewhere is None:
        return await database.run(partial(found, named=named, also=also))
    try:
        if SLACK_USER.fullmatch(named):
            who = await database.run(partial(found, named=named, also=also))
            record = await elsewhere.find(who.record) if who.record else None
        else:
            record = await elsewhere.find(named)
            called = () if record is None or record.id == named else (named,)
            who = await database.run(partial(found, named=record.id if record else named, also=(*called, *also)))
    except ToolFailed as error:
        raise HelpdeskError(str(error)) from error
    words = (record.name, record.email, *who.words) if record else who.words
    return replace(who, words=tuple(dict.fromkeys(each for each in words if each.strip())))


async def met(database: Runs, directory: Directory) -> list[tuple[str, str, str]]:
    """Id, name and address of the people whom the bot met last. Raises HelpdeskError."""
    records = await database.run(partial(links.newest, limit=MAX_MET))
    try:
        found = [await directory.find(each) for each in records]
    except ToolFailed as error:
        raise HelpdeskError(str(error)) from error
    return [(each.id, each.name, each.email) for each in found if each]


def traces(who: Somebody) -> Traces:
    """The same, for the embedded systems."""
    return Traces(
        who.users, who.record, partial(mentions.named, words=who.words), partial(mentions.listed, ids=who.ids)
    )
