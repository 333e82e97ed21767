"""Requests as people see them: the version that a button means, lists to look at, and whether a card is anywhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, and_, bindparam, func, select

from bot.core import items
from bot.core.items import ITEM
from bot.store.tables import conversations, endings, log, requests

_item = and_(log.c.conversation == requests.c.conversation, log.c.seq == requests.c.seq)
#: where content was erased the bot has begun anew, and knows of no request from before
_known = and_(conversations.c.id == requests.c.conversation, conversations.c.erased_to < requests.c.seq)
_versions = select(requests, log.c.body).join(log, _item).join(conversations, _known)
_VERSION = _versions.where(requests.c.id == bindparam("id"))
_named: BindParameter[str] = bindparam("named")
_asked = and_(requests.c.verdict.is_(None), requests.c.approvers.contains(_named), ~requests.c.voted.contains(_named))
_WAITING = _versions.where(_asked).order_by(requests.c.opened_at).limit(bindparam("most"))
_WAITING_COUNT = select(func.count()).select_from(requests).where(_asked)
_own = (
    _versions.where(requests.c.requester == bindparam("user"))
    .order_by(requests.c.opened_at.desc())
    .limit(bindparam("most"))
)
_OWN_OPEN = _own.where(requests.c.verdict.is_(None))
_OWN_CLOSED = _own.where(requests.c.verdict != "edited", requests.c.opened_at >= bindparam("since"))


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one request, and where it belongs."""

    conversation: str
    number: int
    request: items.Request


@dataclass(frozen=True, slots=True)
class Listed:
    """A request as a list shows it; times are seconds since the epoch."""

    version: Version
    opened_at: float
    expires_at: float
    #: None: open
    verdict: str | None
    closed_at: float | None
    closed_by: str | None


def version(connection: Connection, version_id: str) -> Version | None:
    """What a button's value means; None for an id we never made."""
    row = connection.execute(_VERSION, {"id": version_id}).first()
    return _version(row) if row else None


def waiting_for(connection: Connection, user: str, most: int) -> tuple[list[Listed], int]:
    """Open requests that this person is asked to decide and did not, oldest first; and how many there are."""
    asked = {"named": f'"{user}"'}
    rows = connection.execute(_WAITING, asked | {"most": most}).all()
    return _listed(rows), connection.scalar(_WAITING_COUNT, asked) or 0


def asked_by(connection: Connection, user: str, since: float, most: int) -> list[Listed]:
    """This person's requests: the open ones, newest first, then those opened after `since`."""
    rows = connection.execute(_OWN_OPEN, {"user": user, "most": most}).all()
    closed = connection.execute(_OWN_CLOSED, {"user": user, "since": since, "most": most}).all()
    return _listed([*rows, *closed][:most])


def with_person(connection: Connection, record: str) -> list[str]:
    """Conversations in which something that this person (directory id) was given is still to end."""
    return list(connection.scalars(select(endings.c.conversation).where(endings.c.person == record).distinct()))


def _listed(rows: Iterable[Row[Any]]) -> list[Listed]:
    found = [(row, _version(row)) for row in rows]
    return [
        Listed(each, row.opened_at, row.expires_at, row.verdict, row.closed_at, row.closed_by)
        for row, each in found
        if each
    ]


def _version(row: Row[Any]) -> Version | None:
    """The version of a row of `_versions`; None where its content was erased."""
    item = ITEM.validate_json(row.body) if row.body else None
    return Version(row.conversation, row.number, item) if isinstance(item, items.Request) else None
