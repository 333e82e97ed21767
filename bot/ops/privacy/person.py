"""Who is meant: an id of the directory or of Slack, the other ids of the same person, and words that name them."""

import re
from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection, select

from bot.errors import HelpdeskError
from bot.store import mentions
from bot.store.persons import Somebody
from bot.store.tables import people_links
from tools.backends.sql_persons import Traces
from tools.backends.tables import people

_SLACK_USER = re.compile("[UW][A-Z0-9]+")

DISPUTED = "Several Slack users claim to be {}. Say first who it is: helpdesk people link U0ALEX {}"


def found(connection: Connection, named: str, also: Sequence[str] = ()) -> Somebody:
    """The person; `also` are more words that name them. Raises HelpdeskError where nobody knows who it is."""
    links = people_links.c
    mine = links.slack_user if _SLACK_USER.fullmatch(named) else links.record
    rows = connection.execute(select(people_links).where(mine == named)).all()
    record = rows[0].record if rows else None if _SLACK_USER.fullmatch(named) else named
    if record:
        rows = connection.execute(select(people_links).where(links.record == record)).all()
    if any(row.disputed for row in rows):
        raise HelpdeskError(DISPUTED.format(record, record))
    users = {row.slack_user for row in rows} | ({named} if _SLACK_USER.fullmatch(named) else set())
    known = connection.execute(select(people.c.name, people.c.email).where(people.c.id == record)).first()
    words = dict.fromkeys(each for each in (*(known or ()), *also) if each.strip())
    return Somebody(tuple(sorted(users)), record, tuple(words))


def traces(who: Somebody) -> Traces:
    """The same, for the embedded systems."""
    return Traces(
        who.users, who.record, partial(mentions.named, words=who.words), partial(mentions.listed, ids=who.ids)
    )
