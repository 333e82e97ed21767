"""Who is who, decided by hand: the links between Slack users and the directory. Works beside the running bot.

A link pinned here goes before what the bot finds out by addresses; it counts from the next look-up on.
"""

from typing import TextIO

from sqlalchemy import Connection, select

from bot.errors import HelpdeskError
from bot.ops.audit.plain import plain
from bot.ops.beside import NEVER_SEEN, noted, opened, seen
from bot.store import links
from bot.store.links import Link
from bot.store.tables import people_links
from tools.backends.directory import Directory
from tools.backends.sql_directory import SqlDirectory

#: links that are listed
MAX_LISTED = 500

#: others named when they lose a record
MAX_DROPPED = 50


async def show(database_url: str, out: TextIO, elsewhere: Directory | None = None) -> None:
    """One line a link: Slack user, record, name; disputed ones first. Raises ConfigError and HelpdeskError."""
    async with opened(database_url) as database:
        found = await database.run(lambda connection: links.listed(connection, MAX_LISTED + 1))
        directory = elsewhere or SqlDirectory(database)
        for each in found[:MAX_LISTED]:
            person = await directory.find(each.record)
            print(_line(each, person.name if person else None), file=out)
    if len(found) > MAX_LISTED:
        print(f"There are more; these are the first {MAX_LISTED}.", file=out)
    if not found:
        print("Nobody is linked yet. The bot links people when they first write to it.", file=out)


async def link(
    database_url: str, slack_user: str, named: str, now: float, out: TextIO, elsewhere: Directory | None = None
) -> None:
    """The user is this record, and nobody else is. Raises ConfigError and HelpdeskError."""
    async with opened(database_url) as database:
        person = await (elsewhere or SqlDirectory(database)).find(named)
        if person is None:
            raise HelpdeskError(
                f"The directory has no {plain(named)}. Ids are written as they are there, such as U-123."
            )
        record = person.id
        known = await database.run(lambda connection: seen(connection, slack_user))
        before, dropped = await database.run(lambda connection: _link(connection, slack_user, record, now), alone=True)
    noted("linked", slack_user=slack_user, record=record)
    print(f"{slack_user} is {record} ({plain(person.name)}) from now on.", file=out)
    if before and before.record != record:
        print(f"{slack_user} was {before.record} until now.", file=out)
    if not known:
        print(NEVER_SEEN.format(user=slack_user), file=out)
    for user in dropped:
        print(f"{user} claimed {record}, too, and is nobody now.", file=out)


async def unlink(database_url: str, slack_user: str, out: TextIO) -> None:
    """Forget who the user is. Raises ConfigError, and HelpdeskError where nothing is known."""
    async with opened(database_url) as database:
        before, left = await database.run(lambda connection: _unlink(connection, slack_user))
    if before is None:
        raise HelpdeskError(f"{slack_user} is not linked to anybody.")
    noted("unlinked", slack_user=slack_user, record=before.record)
    print(f"{slack_user} is not {before.record} any more. The bot may link them anew, by their address.", file=out)
    if left:
        print(f"{before.record} stays disputed. Say who it is: helpdesk people link {left} {before.record}", file=out)


def _line(link: Link, name: str | None) -> str:
    dispute = "  disputed: nobody is it until you say: helpdesk people link" if link.disputed else ""
    return f"{link.slack_user}  {link.record}  {plain(name) if name else '(not in the directory)'}{dispute}"


def _link(connection: Connection, slack_user: str, record: str, now: float) -> tuple[Link | None, list[str]]:
    before, dropped = links.of_user(connection, slack_user), _claimants(connection, record)
    links.link(connection, slack_user, record, now)
    return before, [user for user in dropped if user != slack_user]


def _unlink(connection: Connection, slack_user: str) -> tuple[Link | None, str | None]:
    """What was forgotten, and somebody who still claims the same disputed record."""
    before = links.of_user(connection, slack_user)
    links.unlink(connection, slack_user)
    left = links.of_record(connection, before.record) if before else None
    return before, left.slack_user if left and left.disputed else None


def _claimants(connection: Connection, record: str) -> list[str]:
    claimed = select(people_links.c.slack_user).where(people_links.c.record == record)
    return list(connection.scalars(claimed.order_by(people_links.c.slack_user).limit(MAX_DROPPED)))
