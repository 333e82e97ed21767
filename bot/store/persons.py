"""What the bot's own tables hold of a person: where their words and what is known of them stand, and how it goes.

A person is looked for by ids (Slack users, the directory's record), and by words that say who they are: name, address,
and what else the operator names. Somebody else's "Alex is ill" is found by no search; docs/privacy.md says so.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    or_,
    select,
    tuple_,
    update,
)

from bot.core.house import CHANNEL
from bot.core.tokens import SIGNED_IN
from bot.store import usage as counted
from bot.store.erasure import Reach
from bot.store.mentions import listed, named, within
from bot.store.tables import (
    api_tokens,
    authenticators,
    conversations,
    log,
    people_links,
    requests,
    starts,
    token_usage,
    tool_usage,
    turns,
    usage,
)

#: rows that one transaction takes at most
MOST = 500

#: items that say nothing but who pressed what; a reason, or changed arguments, are words
_PRESSED = ("click", "decision", "close")
_WORDLESS = (
    *_PRESSED, "click_refused", "feedback", "stop", "stop_refused", "switch", "switched", "switch_refused",
)  # fmt: skip

_kind, _body = log.c.kind, log.c.body


@dataclass(frozen=True, slots=True)
class Somebody:
    """Whom it is about: Slack users, the directory's record if there is one, and words that say who they are."""

    users: tuple[str, ...]
    record: str | None = None
    words: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """What is left of them where decisions are kept."""
        return (*self.users, *([self.record] if self.record else []))


_CONTENT = select(
    exists().where(
        log.c.conversation == bindparam("conversation"),
        log.c.seq.between(bindparam("first"), bindparam("last")),
        _body.is_not(None),
    )
)


def _theirs(who: Somebody) -> ColumnElement[bool]:
    """The item holds their words, or says something of them."""
    in_field = [
        _body.contains(f'"{field}":"{user}"', autoescape=True)
        for field in ("author", "requester", "slack_user", "edited_by")
        for user in who.users
    ]
    said = or_(_body.contains('"reason":"'), _body.contains('"arguments":"'))
    pressed = and_(_kind.in_(_PRESSED), log.c.actor.in_(who.users), said)
    uploaded = [_body.contains(f'"by":"{user}"', autoescape=True) for user in who.users]
    record = [f'"record":"{who.record}","name":'] if who.record else []
    return or_(
        # also where that item's own words are erased: others may repeat them
        and_(log.c.actor.in_(who.users), _kind.not_in(_WORDLESS)),
        and_(_kind.not_in(_WORDLESS), or_(false(), *in_field)),
        pressed,
        and_(_kind == "attached", or_(false(), *uploaded)),
        and_(_kind == "call", within(_body, who.ids)),
        and_(_kind == "tool_result", listed(_body, who.ids)),
        *(_body.contains(each, autoescape=True) for each in record),
        named(_body, who.words),
    )


def reaches(connection: Connection, who: Somebody, ids: Sequence[str]) -> list[Reach]:
    """Of these conversations those that hold something of the person, and from which item on that may be so.

    What is asked about a person is asked in the words of a turn, so there it begins with the turn. What stands before
    the bot last began anew, and what stands behind, know nothing of each other.
    """
    place = case((and_(_kind == "call", log.c.turn.is_not(None)), log.c.turn), else_=log.c.seq)
    last = case((log.c.seq <= conversations.c.erased_to, conversations.c.erased_to), else_=conversations.c.head)
    found = (
        select(log.c.conversation, conversations.c.head, func.min(place).label("first"), last.label("last"))
        .join(conversations, conversations.c.id == log.c.conversation)
        .where(log.c.conversation.in_(ids), ~log.c.conversation.contains(f":{CHANNEL}:"), _theirs(who))
        .group_by(log.c.conversation, conversations.c.head, last)
        .order_by(log.c.conversation, last)
    )
    rows = [Reach(*row) for row in connection.execute(found)]
    return [each for each in rows if connection.scalar(_CONTENT, each._asdict())]


def places(connection: Connection, who: Somebody, ids: Sequence[str]) -> list[str]:
    """Those of the conversations that hold something of the person, or in which they pressed something."""
    found = select(log.c.conversation).where(log.c.conversation.in_(ids), or_(log.c.actor.in_(who.users), _theirs(who)))
    return sorted(connection.scalars(found.distinct()))


def _rows(who: Somebody) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """What goes by rows: it counts for limits, or proves who they are."""
    yield turns, and_(turns.c.author.in_(who.users), turns.c.running == 0)
    yield starts, or_(starts.c.requester.in_(who.users), starts.c.subject == who.record if who.record else false())
    yield authenticators, authenticators.c.slack_user.in_(who.users)
    yield api_tokens, api_tokens.c.owner.in_(who.users)
    yield token_usage, signed_in(who.users)


def signed_in(users: Sequence[str]) -> ColumnElement[bool]:
    """What was used by the API by these people themselves, for whom no token stands between."""
    ends = (token_usage.c.token.endswith(f" {SIGNED_IN}{user}", autoescape=True) for user in users)
    return or_(false(), *ends)


def forget(connection: Connection, who: Somebody) -> int:
    """Erase up to MOST rows of what is not the log; how many. 0: it is done."""
    done = 0
    for table, where in _rows(who):
        key = tuple_(*table.primary_key)
        some = select(*table.primary_key).where(where).limit(MOST)
        done += connection.execute(delete(table).where(key.in_(some))).rowcount
    for table in (usage, tool_usage):
        done += _nobodys(connection, table, who.users)
    said = and_(
        requests.c.reason.is_not(None), or_(requests.c.closed_by.in_(who.users), named(requests.c.reason, who.words))
    )
    return done + connection.execute(update(requests).where(said).values(reason=None)).rowcount


def _nobodys(connection: Connection, table: Table, users: Sequence[str]) -> int:
    """What they used is counted as nobody's, so that the sums stay."""
    key = tuple_(*table.primary_key)
    rows = connection.execute(select(table).where(table.c.principal.in_(users)).limit(MOST)).all()
    sums: dict[tuple[Any, ...], Counter[str]] = {}
    names = [column.name for column in table.primary_key]
    for row in rows:
        given = row._asdict() | {"principal": ""}
        mine = tuple(given.pop(name) for name in names)
        sums.setdefault(mine, Counter()).update(given)
    if rows:
        counted.add(connection, table, [dict(zip(names, mine, strict=True)) | sums[mine] for mine in sorted(sums)])
        gone = [tuple(getattr(row, name) for name in names) for row in rows]
        connection.execute(delete(table).where(key.in_(gone)))
    return len(rows)


def count(connection: Connection, who: Somebody) -> int:
    """How many rows `forget` would erase, all in all."""
    tables = [*_rows(who), *((each, each.c.principal.in_(who.users)) for each in (usage, tool_usage))]
    return sum(connection.scalar(select(func.count()).select_from(each).where(where)) or 0 for each, where in tables)


def unlink(connection: Connection, who: Somebody) -> int:
    """Forget which record they are: the last thing, because by it all else is found."""
    mine = or_(people_links.c.slack_user.in_(who.users), people_links.c.record == who.record if who.record else false())
    return connection.execute(delete(people_links).where(mine)).rowcount
