"""`helpdesk purge`: conversations in which nothing happened for long go, in small steps beside the running bot; or only
what was written in them.

Promise: what does not verify is left where it is, because purging it would remove the evidence and sign the forgery.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TextIO, TypeVar

from pydantic import SecretStr
from sqlalchemy import Connection, text

from bot.errors import HelpdeskError
from bot.ops.audit.chain import TIME, Chain, Fault, Record, Stone
from bot.ops.audit.findings import MAX_FAULTS
from bot.ops.audit.plain import plain
from bot.ops.audit.reading import COLUMNS, ROW, reading
from bot.ops.beside import noted, opened
from bot.store import erasure, tombstones
from bot.store import purge as store
from bot.store.erasure import Reach
from bot.store.keys import Signer
from bot.store.purge import Over

#: one transaction purges at most so many conversations, and no further one once it has so many items
MOST, ENOUGH = 200, 5_000

#: how long the bot has the database to itself between two transactions, seconds
PAUSE = 0.1

_RECORDS = text(f"SELECT {COLUMNS} FROM log WHERE conversation = :conversation ORDER BY seq")  # noqa: S608 -- our words
_ROW = text(f"SELECT {ROW} FROM conversations WHERE id = :conversation")  # noqa: S608


#: what is wanted of a conversation: all of it gone, or its content
Wanted = Over | Reach

W = TypeVar("W", Over, Reach)


@dataclass(slots=True)
class _Tally:
    conversations: int = 0
    items: int = 0
    faults: list[Fault] = field(default_factory=list)

    def count(self, gone: Sequence[Wanted]) -> None:
        self.conversations += len(gone)
        self.items += sum(each.items for each in gone)


async def purge(
    database_url: str,
    secret: SecretStr,
    older_than: timedelta,
    now: datetime,
    out: TextIO,
    *,
    dry_run: bool = False,
    content_only: bool = False,
) -> None:
    """Purge them, or erase their content, and say how many. `dry_run`: only say how many would go, and which do not
    verify.

    Raises ConfigError, and HelpdeskError where some were left because they do not verify.
    """
    since, key, tally = now - older_than, tombstones.signing_key(secret), _Tally()
    after: str | None = ""
    async with opened(database_url) as database:
        while after is not None:
            found, after = await database.run(_looking(after, since.timestamp(), content_only=content_only))
            for some in batches(found):
                kept = await whole(database_url, some, key)
                tally.faults += [fault for fault in kept.values() if fault]
                good = [each for each in some if kept[each.conversation] is None]
                if good and not dry_run:
                    good = await database.run(_going(good, since.timestamp(), key))
                    await asyncio.sleep(PAUSE)
                tally.count(good)
    if tally.conversations and not dry_run:
        counts = {"conversations": str(tally.conversations), "items": str(tally.items)}
        noted("erased" if content_only else "purged", **counts, idle_since=since.isoformat())
    what = ("erase the content of", "Erased the content of") if content_only else ("purge", "Purged")
    _tell(tally, since, out, f"Would {what[0]}" if dry_run else what[1], dry_run=dry_run)


def _looking(
    after: str, before: float, *, content_only: bool
) -> Callable[[Connection], tuple[Sequence[Any], str | None]]:
    return partial(erasure.look if content_only else store.look, after=after, before=before)


def _going(good: Sequence[Any], before: float, key: Signer) -> Callable[[Connection], list[Any]]:
    """What makes these go, which are all of one kind."""
    if isinstance(good[0], Reach):
        return partial(erasure.erase, wanted=good)
    return partial(store.purge, wanted=good, before=before, key=key)


def batches(found: Sequence[W]) -> Iterator[list[W]]:
    """As many as one transaction takes, again and again."""
    some: list[W] = []
    for each in found:
        some.append(each)
        if len(some) == MOST or sum(one.items for one in some) >= ENOUGH:
            yield some
            some = []
    if some:
        yield some


async def whole(url: str, some: Sequence[Wanted], key: Signer | None) -> dict[str, Fault | None]:
    """What is wrong with each conversation: nothing, where it verifies. Without the key nobody looks who purged it."""
    names = [each.conversation for each in some]
    async with reading(url) as reader:
        return await reader.run(lambda connection: {name: _fault(connection, name, key) for name in names})


def _fault(connection: Connection, conversation: str, key: Signer | None) -> Fault | None:
    """What is wrong with the conversation; None where it is whole, or gone meanwhile."""
    asked = {"conversation": conversation}
    row = connection.execute(_ROW, asked).first()
    if row is None:
        return None
    chain = Chain(conversation)
    chain.resume(Stone(*row), key)
    for found in connection.execute(_RECORDS, asked):
        chain.follow(Record(*found))
    chain.end_at(Stone(*row))
    return chain.fault


def _tell(tally: _Tally, since: datetime, out: TextIO, did: str, *, dry_run: bool) -> None:
    many = "1 conversation" if tally.conversations == 1 else f"{tally.conversations:,} conversations"
    items = "1 item" if tally.items == 1 else f"{tally.items:,} items"
    print(f"{did} {many} with {items}, in which nothing is open and nothing happened since {since:{TIME}}.", file=out)
    if tally.faults:
        left = "would be left" if dry_run else "were left"
        lines = [f"{len(tally.faults)} more {left}, because they are not as they were written:"]
        lines += [plain(str(fault)) for fault in tally.faults[:MAX_FAULTS]]
        raise HelpdeskError("\n".join(lines))
