"""What was sealed or signed with the key of before, sealed and signed with the one of now (docs/secrets.md).

Each page is a small transaction; a row that changed meanwhile is left as it is, because it was written by who has both
keys. Promise: run twice, it changes nothing more.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Column, Connection, Row, and_, select, tuple_, update

from bot.store import authenticators, installations, tombstones
from bot.store.sealed import Seal
from bot.store.tables import authenticators as seeds
from bot.store.tables import conversations, sealed
from bot.store.tables import installations as tokens

#: rows that one transaction goes over
PAGE = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """Where something is kept that was sealed or signed."""

    #: what people call it
    what: str
    column: "Column[Any]"
    #: the same, by the key of now; itself where it is that already, None where no key opens it
    renewed: Callable[[Row[Any]], object]


@dataclass(slots=True)
class Count:
    """What was looked at."""

    all: int = 0
    renewed: int = 0
    #: what none of the keys opens, by the key of its row
    lost: list[str] = field(default_factory=list)

    def add(self, other: "Count") -> None:
        """Both together."""
        self.all, self.renewed = self.all + other.all, self.renewed + other.renewed
        self.lost += other.lost


def kept(key: SecretStr) -> list[Kept]:
    """Everything that is kept for long and made with the key. States of an installation are good for minutes only."""
    stones = tombstones.signing_key(key)

    def stone(row: Row[Any]) -> object:
        return tombstones.renewed(stones, row.id, row.purged_to, row.tombstone)

    return [
        Kept("authenticators", seeds.c.seed, _sealed(authenticators.seal_of(key))),
        Kept("workspaces", tokens.c.sealed, _sealed(Seal.of(key, installations.PURPOSE))),
        Kept("one-time links", sealed.c.ciphertext, _sealed(Seal.of(key))),
        Kept("tombstones", conversations.c.tombstone, stone),
    ]


def renew(connection: Connection, each: Kept, after: tuple[Any, ...] | None) -> tuple[Count, tuple[Any, ...] | None]:
    """What was done with the next PAGE rows behind `after`, and the last of them; None: there are no more."""
    table, column, count = each.column.table, each.column, Count()
    place = list(table.primary_key)
    found = select(table, column.label("made")).where(column.is_not(None)).order_by(*place).limit(PAGE)
    rows = connection.execute(found.where(tuple_(*place) > after) if after else found).all()
    for row in rows:
        new, here = each.renewed(row), tuple(getattr(row, part.name) for part in place)
        if new is None:
            count.lost.append(" ".join(map(str, here)))
        elif new != row.made:
            still = and_(*(part == value for part, value in zip(place, here, strict=True)), column == row.made)
            count.renewed += connection.execute(update(table).where(still).values({column: new})).rowcount
    count.all = len(rows)
    return count, tuple(getattr(rows[-1], part.name) for part in place) if rows else None


def _sealed(seal: Seal) -> Callable[[Row[Any]], object]:
    return lambda row: seal.renewed(row.made)
