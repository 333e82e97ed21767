"""A change of a ticket, step by step: what is written first, then the fields, each looked at until it is seen.

Promise: what was sent and not seen to be done is TimeoutError, and the same change, tried again, finds out.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import structlog

from tools.backends.database import ask
from tools.backends.failures import TICKETS, NoAnswer
from tools.backends.request_tracker import books, texts
from tools.backends.request_tracker.models import Row, Transaction
from tools.backends.request_tracker.reading import RULES, Reading
from tools.backends.tickets import Change, Status
from tools.spec import NotPossible, ToolFailed

#: times that the fields are sent, where others change the ticket meanwhile
TRIES = 6

CHANGES = "Somebody else changes the same ticket right now. Please try again in a minute."
NOT_TAKEN = "The ticket system did not take all of the change. IT can see in the log what it refused."

log = structlog.get_logger()


@contextmanager
def sent() -> Iterator[None]:
    """After a change was sent nobody knows what became of it where the system stops answering."""
    try:
        yield
    except NotPossible:
        raise
    except ToolFailed as error:
        raise unknown() from error


def unknown() -> TimeoutError:
    """What to raise where a change was sent and not seen."""
    return TimeoutError("a change of a ticket was sent, and it was not seen what became of it")


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes one ticket, for one key."""

    reading: Reading
    number: int
    #: the last thing that was done to the ticket before
    since: int

    async def note(self, mark: str, name: str | None, said: str, *, again: bool) -> None:
        """Write to the ticket's people, once for the key; `again`: it may have been done already."""
        text = texts.note(name, said)
        if again and await self._claimed(mark, text):
            return
        try:
            await self.reading.server.correspond(self.number, text)
        except NoAnswer:
            log.warning("nobody knows whether a note was written: it is looked for", ticket=self.number)
        with sent():
            if not await self._claimed(mark, text):
                raise unknown()

    async def bring(self, change: Change, watcher: str | None) -> None:
        """Bring the ticket's fields to what is wanted; what was so for a moment since the key came was done."""
        asked = taken = False
        try:
            for tried in range(TRIES + 1):
                version = await self.reading.server.version(self.number)
                rows = await self.reading.server.rows(f"id = {self.number}", 1)
                later = await self.reading.server.later(self.number, self.since)
                status = await self.reading.status(rows[0]) if rows else "closed"
                values = _wanted(change, watcher, rows[0], status, later) if rows else {}
                if not values:
                    return
                if tried < TRIES:
                    taken = await self._put(values, version and version[1])
                    asked = True
        except ToolFailed as error:
            if asked:
                raise unknown() from error
            raise
        if taken:
            log.error("the ticket system did not take a change: look at the rights of HELPDESK_RT_TOKEN",
                      ticket=self.number, fields=sorted(values))  # fmt: skip
            raise NotPossible(NOT_TAKEN)
        raise ToolFailed(CHANGES)

    async def _put(self, values: dict[str, object], etag: str | None) -> bool:
        """Whether RT looked at it; what came of it is seen when the ticket is read."""
        try:
            return await self.reading.server.put(self.number, values, etag)
        except NoAnswer:
            return True

    async def _claimed(self, mark: str, text: str) -> bool:
        """Whether the text is there, and is what was written for this key."""
        said = [each for each in await self.reading.server.said(self.number) if each.id > self.since]
        pieces = await self.reading.server.pieces(self.number)
        written = [each.id for each in said if texts.noted(texts.words(each, pieces)) == texts.noted(text)]
        claim = partial(books.claim, mark=mark, written=written)
        return await ask(self.reading.database, TICKETS, claim)


def _wanted(
    change: Change, watcher: str | None, row: Row, status: Status, later: Sequence[Transaction]
) -> dict[str, object]:
    """What is to be sent still."""
    values: dict[str, object] = {}
    moves = [texts.status(each.new) for each in later if each.type == "Status" and each.creator.id != RULES]
    if change.status and change.status not in (status, *moves):
        wanted = texts.RT_STATUS[change.status]
        # what a rule of RT's opened is opened by us only after it was something else
        values["Status"] = wanted if wanted != row.status else "new"
    set_to = [each.new for each in later if each.type == "Set" and each.field == "Priority"]
    if change.priority and change.priority not in (
        texts.priority(row.priority),
        *(texts.priority(int(each)) for each in set_to),
    ):
        values["Priority"] = texts.RT_PRIORITY[change.priority]
    if watcher and watcher not in row.people():
        values["Cc"] = [*(each.address or each.id for each in row.cc), watcher]
    return values
