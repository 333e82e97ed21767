"""Reading the files of a message: looked up, loaded, and told in one item what became of each.

Promise: every file is read or refused with a reason; Slack's passing failures are waited out for RETRY_WITHIN seconds;
a picture's bytes are kept before the log says that there is one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from bot.core import items, words
from bot.core.files import File, FileRead
from bot.core.items import Item
from bot.core.reading import LIMIT, PICTURES, PICTURES_BYTES, Kind, kind_of, read, refused
from bot.core.steps import Fetch
from bot.errors import Unanswered, Unreadable
from bot.run.claim import Claim
from bot.run.kit import Kit
from bot.run.ports import TIME_LIMIT, Found
from bot.store import attachments
from bot.store import log as log_on_disk

T = TypeVar("T")

#: files that one process loads at once
AT_ONCE = 8

#: seconds within which a passing failure is tried again, and tries
RETRY_WITHIN, TRIES = 10.0, 4

log = structlog.get_logger()


class Fetcher:
    """Reads files for many conversations."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, claim: Claim, step: Fetch) -> list[Item]:
        """What became of the files of a message."""
        turn = claim.thread.turns[step.turn]
        announced, tenant = turn.files[step.message], claim.conversation.partition(":")[0]
        looked = await asyncio.gather(*(self._look(tenant, each) for each in announced))
        wanted = self._wanted(looked, PICTURES_BYTES - sum(claim.thread.pictures.values()))
        loaded = await asyncio.gather(
            *(self._load(tenant, *each) if isinstance(each, tuple) else _just(each) for each in wanted)
        )
        bodies = {file.sha256: body for file, body in loaded if file.content == "picture"}

        def keep(connection: Connection) -> None:
            self._kit.fence(connection, claim.conversation)
            if log_on_disk.item(connection, claim.conversation, step.message) is None:
                return  # the message was deleted meanwhile
            attachments.keep(connection, claim.conversation, step.message, bodies, self._kit.now().timestamp())

        if bodies:
            await self._kit.database.run(keep)
        files = tuple(file for file, _ in loaded)
        return [items.Attached(turn=step.turn, ref=step.message, author=turn.author, files=files)]

    def _wanted(self, looked: Sequence[Found | FileRead], room: int) -> list[tuple[Found, Kind] | FileRead]:
        """What is to be loaded, as what; refused is what nobody reads, is too large, or are too many pictures."""
        wanted: list[tuple[Found, Kind] | FileRead] = []
        pictures = 0
        for each in looked:
            if isinstance(each, FileRead):
                wanted.append(each)
                continue
            kind = kind_of(each.name, each.mimetype)
            reason = self._reason(each, kind, pictures, room) if kind else words.FILE_KIND
            if kind is None or reason:
                wanted.append(refused(each.id, each.name, str(reason)))
                continue
            if kind == "picture":
                pictures, room = pictures + 1, room - each.size
            wanted.append((each, kind))
        return wanted

    def _reason(self, found: Found, kind: Kind, pictures: int, room: int) -> str | None:
        """Why the file is not to be loaded, beside `pictures` others, in `room` bytes."""
        if kind == "picture" and not self._kit.sees:
            return words.NO_SIGHT
        if found.size > LIMIT[kind]:
            return words.file_too_large(LIMIT[kind])
        if kind == "picture" and pictures == PICTURES:
            return words.too_many_pictures(PICTURES)
        return words.PICTURES_FULL if kind == "picture" and found.size > room else None

    async def _look(self, tenant: str, announced: File) -> Found | FileRead:
        files = self._kit.files
        if files is None:
            return refused(announced.id, announced.name, words.FILE_NOT_GIVEN)
        try:
            return await self._patiently(lambda: files.look(tenant, announced.id))
        except Unreadable as error:
            return refused(announced.id, announced.name, str(error))

    async def _load(self, tenant: str, found: Found, kind: Kind) -> tuple[FileRead, bytes]:
        files = self._kit.files
        assert files
        try:
            body = await self._patiently(lambda: files.load(tenant, found, LIMIT[kind]))
        except Unreadable as error:
            return refused(found.id, found.name, str(error)), b""
        file = read(found.id, found.name, kind, body)
        return file if file.content == "refused" else file.model_copy(update={"by": found.by}), body

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """What the call gives, tried again where that may help. Raises Unreadable."""
        clock = asyncio.get_running_loop().time
        try:
            async with self._slots, asyncio.timeout(TIME_LIMIT):
                until = clock() + RETRY_WITHIN
                for _ in range(TRIES):
                    try:
                        return await call()
                    except Unanswered as error:
                        log.info("a file is not given yet", why=str(error))
                        if clock() + error.wait > until:
                            break
                        await asyncio.sleep(error.wait)
        except TimeoutError:
            log.warning("a file took too long")
        raise Unreadable(words.FILE_NOT_GIVEN)


async def _just(refusal: FileRead) -> tuple[FileRead, bytes]:
    return refusal, b""
