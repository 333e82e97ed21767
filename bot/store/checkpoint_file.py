"""The file of checkpoints, outside the database: appended to at the start, every hour and at the end.

Promise: nothing is signed before the disk has it, so a power cut cannot make an honest log look changed; and a file
that was changed, or is older than one this process has written, is never gone on with silently.
"""

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import structlog
from pydantic import SecretStr

from bot.errors import ConfigError
from bot.meanwhile import meanwhile
from bot.store import checkpoints
from bot.store.checkpoints import Checkpoint, Head, signing_key
from bot.store.database import Database
from bot.store.keys import Signer

#: how often a running bot writes one, seconds
EVERY = 3600.0

#: how long another process may hold the file, in tenths of a second
PATIENCE = 100

log = structlog.get_logger()


@asynccontextmanager
async def checkpointing(
    database: Database, file: Path, secret: SecretStr, now: Callable[[], datetime], every: float = EVERY
) -> AsyncIterator[None]:
    """While the block runs, `file` gets a checkpoint now, one `every` so many seconds, and one at the end.

    Enter it after the database and before the workers, so that it ends after them. Raises ConfigError at the start
    where the file cannot be gone on with; later that is an error in the program's log, and is tried again.
    """
    try:
        newest = await write(database, file, secret, now())
    except ConfigError as error:
        raise ConfigError(f"HELPDESK_CHECKPOINT_FILE: {error}") from None

    async def again() -> None:
        nonlocal newest
        try:
            newest = await write(database, file, secret, now(), newest)
        except ConfigError as error:
            log.error("no checkpoint could be written", reason=str(error))  # noqa: TRY400 -- the sentence says it all
        except Exception:
            log.exception("no checkpoint could be written", file=str(file))

    async def hourly() -> None:
        while True:
            await asyncio.sleep(every)
            await again()

    try:
        async with meanwhile(hourly()):
            yield
    finally:
        await again()


async def write(
    database: Database, file: Path, secret: SecretStr, at: datetime, newest: Checkpoint | None = None
) -> Checkpoint:
    """The checkpoint appended to the file, which is made where there is none.

    `newest` is the last one that the caller wrote and that must still be in the file. Raises ConfigError.
    """
    heads = await read_heads(database)
    return await asyncio.to_thread(append, file, signing_key(secret), heads, at, newest)


async def read_heads(database: Database) -> list[Head]:
    """How far each conversation has come, on the disk already."""
    found: list[Head] = []
    after = ""
    while some := await database.run(lambda connection, after=after: checkpoints.heads(connection, after)):  # type: ignore[misc]
        found += some
        after = some[-1].conversation
    if not database.shared:
        await asyncio.to_thread(_onto_disk, Path(database.url.database or ""))
    return found


def append(
    file: Path, key: Signer, heads: Sequence[Head], at: datetime, newest: Checkpoint | None = None
) -> Checkpoint:
    """Write what changed since the file's last checkpoint; returns the one written. Raises ConfigError."""
    try:
        with _held(file) as opened:
            return _append(opened, key, heads, at, newest)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"The checkpoints in {file} cannot be gone on with: {reason}.") from None


def _append(
    opened: BinaryIO, key: Signer, heads: Sequence[Head], at: datetime, newest: Checkpoint | None
) -> Checkpoint:
    last, known, said = None, newest is None, dict[str, Head]()
    for last in checkpoints.read(opened, key):
        known = known or last == newest
        said.update((head.conversation, head) for head in last.heads)
    if not known:
        raise ValueError("what was written last is not in it any more; an older file was put in its place")
    changed = [head for head in heads if said.get(head.conversation) != head]
    added = b"".join(checkpoints.lines(key, last, changed, at))
    _cut_unfinished(opened)
    opened.write(added)
    opened.flush()
    os.fsync(opened.fileno())
    (*_, last) = checkpoints.read(added.splitlines(keepends=True), key, last)
    return last


def _cut_unfinished(opened: BinaryIO) -> None:
    """Go to the end; a last line that a crash cut short was never signed, and goes."""
    opened.seek(0)
    whole = sum(len(line) for line in opened if line.endswith(b"\n"))
    if whole < opened.tell():
        opened.truncate(whole)
    opened.seek(whole)


@contextmanager
def _held(file: Path) -> Iterator[BinaryIO]:
    """The file, open for reading and appending (all that some file systems let us), which nobody else of us writes."""
    with os.fdopen(os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "r+b") as opened:
        for attempt in range(PATIENCE):
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt == PATIENCE - 1:
                    raise
                time.sleep(0.1)
        yield opened


def _onto_disk(database: Path) -> None:
    """What SQLite committed without waiting for the disk is in its write-ahead log; wait for that now."""
    with suppress(FileNotFoundError), database.with_name(f"{database.name}-wal").open("rb") as wal:
        os.fsync(wal.fileno())
