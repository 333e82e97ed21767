"""`helpdesk purge`: conversations in which nothing happened for long go, in small steps beside the running bot.

Promise: what does not verify is left where it is, because purging it would remove the evidence and sign the forgery.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TextIO

from pydantic import SecretStr
from sqlalchemy import Connection, text

from bot.errors import HelpdeskError
from bot.ops.audit.chain import TIME, Chain, Fault, Record, Stone
from bot.ops.audit.findings import MAX_FAULTS
from bot.ops.audit.plain import plain
from bot.ops.audit.reading import COLUMNS, ROW, reading
from bot.ops.beside import noted, opened
from bot.store import purge as store
from bot.store import tombstones
from bot.store.keys import Signer
from bot.store.purge import Over

#: one transaction purges at most so many conversations, and no further one once it has so many items
MOST, ENOUGH = 200, 5_000

#: how long the bot has the database to itself between two transactions, seconds
PAUSE = 0.1

_RECORDS = text(f"SELECT {COLUMNS} FROM log WHERE conversation = :conversation ORDER BY seq")  # noqa: S608 -- our words
_ROW = text(f"SELECT {ROW} FROM conversations WHERE id = :conversation")  # noqa: S608


@dataclass(slots=True)
class _Tally:
    conversations: int = 0
    items: int = 0
    faults: list[Fault] = field(default_factory=list)

    def count(self, gone: Sequence[Over]) -> None:
        self.conversations += len(gone)
        self.items += sum(each.items for each in gone)


async def purge(
    database_url: str, secret: SecretStr, older_than: timedelta, now: datetime, out: TextIO, *, dry_run: bool = False
) -> None:
    """Purge them, and say how many. `dry_run`: only say how many would go, and which do not verify.

    Raises ConfigError, and HelpdeskError where some were left because they do not verify.
    """
    since, key, tally = now - older_than, tombstones.signing_key(secret), _Tally()
    after: str | None = ""
    async with opened(database_url) as database:
        while after is not None:
            look = partial(store.look, after=after, before=since.timestamp())
            found, after = await database.run(look)
            for some in _batches(found):
                whole = await _whole(database_url, some, key, tally)
                if dry_run:
                    tally.count(whole)
                elif whole:
                    go = partial(store.purge, wanted=whole, before=since.timestamp(), key=key)
                    tally.count(await database.run(go))
                    await asyncio.sleep(PAUSE)
    if tally.conversations and not dry_run:
        counts = {"conversations": str(tally.conversations), "items": str(tally.items)}
        noted("purged", **counts, idle_since=since.isoformat())
    _tell(tally, since, out, dry_run=dry_run)


def _batches(found: Sequence[Over]) -> Iterator[list[Over]]:
    some: list[Over] = []
    for each in found:
        some.append(each)
        if len(some) == MOST or sum(one.items for one in some) >= ENOUGH:
            yield some
            some = []
    if some:
        yield some


async def _whole(url: str, some: list[Over], key: Signer, tally: _Tally) -> list[Over]:
    """Those that verify; what is wrong with the others is noted."""
    async with reading(url) as reader:
        faults = await reader.run(lambda connection: [_fault(connection, each.conversation, key) for each in some])
    tally.faults += [fault for fault in faults if fault]
    return [each for each, fault in zip(some, faults, strict=True) if fault is None]


def _fault(connection: Connection, conversation: str, key: Signer) -> Fault | None:
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


def _tell(tally: _Tally, since: datetime, out: TextIO, *, dry_run: bool) -> None:
    many = "1 conversation" if tally.conversations == 1 else f"{tally.conversations:,} conversations"
    items = "1 item" if tally.items == 1 else f"{tally.items:,} items"
    verb = "Would purge" if dry_run else "Purged"
    print(f"{verb} {many} with {items}, in which nothing is open and nothing happened since {since:{TIME}}.", file=out)
    if tally.faults:
        left = "would be left" if dry_run else "were left"
        lines = [f"{len(tally.faults)} more {left}, because they are not as they were written:"]
        lines += [plain(str(fault)) for fault in tally.faults[:MAX_FAULTS]]
        raise HelpdeskError("\n".join(lines))
