"""Which directory record a Slack user is: found once by a confirmed address, then pinned to ids that never change.

Promise: one record is one Slack user. A second claimant freezes both until an admin decides (`helpdesk people link`);
from then on claims are the claimant's loss.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.store.tables import people_links as links

# statements are made once: making one takes ten times as long as running it
_OF_USER = select(links).where(links.c.slack_user == bindparam("user"))
_CLAIMS = (
    select(links)
    .where(links.c.record == bindparam("of_record"))
    .order_by(links.c.pinned.desc(), links.c.disputed.desc(), links.c.slack_user)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Link:
    """`disputed`: several claim the record, so that nobody is it."""

    slack_user: str
    record: str
    disputed: bool

    @property
    def sure(self) -> str | None:
        """The record, if nobody disputes it."""
        return None if self.disputed else self.record


def of_user(connection: Connection, slack_user: str) -> Link | None:
    """The link of a Slack user, if there is one."""
    return _link(connection.execute(_OF_USER, {"user": slack_user}).first())


def of_record(connection: Connection, record: str) -> Link | None:
    """The link of a record; of several, the one an admin made, or else a disputed one."""
    return _link(connection.execute(_CLAIMS, {"of_record": record}).first())


def claim(connection: Connection, slack_user: str, record: str, now: float) -> Link:
    """Tie the user to the record, if neither is tied yet; where another user is that record, both are disputed."""
    if known := of_user(connection, slack_user):
        return known
    other = connection.execute(_CLAIMS, {"of_record": record}).first()
    row = {"slack_user": slack_user, "record": record, "disputed": int(other is not None), "pinned": 0, "at": now}
    connection.execute(insert(links).values(row))
    if other:
        connection.execute(update(links).where(links.c.record == record, links.c.pinned == 0).values(disputed=1))
    return Link(slack_user, record, other is not None)


def link(connection: Connection, slack_user: str, record: str, now: float) -> None:
    """An admin says that this user is this record; everybody else who claimed it is not."""
    connection.execute(delete(links).where((links.c.record == record) | (links.c.slack_user == slack_user)))
    connection.execute(insert(links).values(slack_user=slack_user, record=record, disputed=0, pinned=1, at=now))


def unlink(connection: Connection, slack_user: str) -> bool:
    """Forget what was found out about the user; False where nothing was."""
    return connection.execute(delete(links).where(links.c.slack_user == slack_user)).rowcount > 0


def listed(connection: Connection, limit: int) -> list[Link]:
    """The links, by record; disputed ones first."""
    rows = connection.execute(select(links).order_by(links.c.disputed.desc(), links.c.record).limit(limit))
    return [Link(row.slack_user, row.record, bool(row.disputed)) for row in rows]


def newest(connection: Connection, limit: int) -> list[str]:
    """Records that are linked, those of the newest links first."""
    latest = select(links.c.record).group_by(links.c.record).order_by(func.max(links.c.at).desc(), links.c.record)
    return list(connection.scalars(latest.limit(limit)))


def _link(row: Row[Any] | None) -> Link | None:
    return row and Link(row.slack_user, row.record, bool(row.disputed))
