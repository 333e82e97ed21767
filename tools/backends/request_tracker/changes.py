"""A change of a ticket, step by step: what is written first, then the fields, each looked at until it is seen.

Promise: what was sent and not seen to be done is TimeoutError, and the same change, tried again, finds out.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import structlog

from tools.backends.database import Database, ask
from tools.backends.request_tracker import books, texts
from tools.backends.request_tracker.client import NoAnswer
from tools.backends.request_tracker.models import Row, Transaction
from tools.backends.request_tracker.server import Server
from tools.backends.tickets import Change
from tools.spec import NotPossible, ToolFailed

#: times that the fields are sent, where others change the ticket meanwhile
TRIES = 4

CHANGES = "Somebody else changes the same ticket right now. Please try again in a minute."
NOT_TAKEN = "The ticket system did not take all of the change. IT can see in the log what it refused."

#: in whose name RT's own rules act
_RULES = "RT_System"

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

    server: Server
    database: Database
    number: int
    #: the last thing that was done to the ticket before
    since: int

    async def note(self, mark: str, name: str | None, said: str, *, again: bool) -> None:
        """Write to the ticket's people, once for the key; `again`: it may have been done already."""
        text = texts.note(name, said)
        if again and await self._claimed(mark, text):
            return
        try:
            await self.server.correspond(self.number, text)
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
                version = await self.server.version(self.number)
                rows = await self.server.rows(f"id = {self.number}", 1)
                later = await self.server.later(self.number, self.since)
                values = _wanted(change, watcher, rows[0], later) if rows else {}
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
            return await self.server.put(self.number, values, etag)
        except NoAnswer:
            return True

    async def _claimed(self, mark: str, text: str) -> bool:
        """Whether the text is there, and is what was written for this key."""
        said = [each for each in await self.server.messages(self.number) if each.id > self.since]
        pieces = await self.server.pieces(self.number)
        written = [each.id for each in said if texts.noted(texts.words(each, pieces)) == texts.noted(text)]
        claim = partial(books.claim, mark=mark, written=written)
        return await ask(self.database, "ticket system", claim)


def _wanted(change: Change, watcher: str | None, row: Row, later: Sequence[Transaction]) -> dict[str, object]:
    """What is to be sent still."""
    values: dict[str, object] = {}
    moves = [each for each in later if each.type == "Status"]
    if change.status:
        if change.status not in (texts.status(row.status), *(texts.status(each.new) for each in moves)):
            values["Status"] = texts.RT_STATUS[change.status]
    elif change.note and [(each.creator.id, each.old) for each in moves] == [(_RULES, "new")]:
        # a rule of RT's opens a new ticket when something is written in it: nobody in IT began to work on it
        values["Status"] = "new"
    set_to = [each.new for each in later if each.type == "Set" and each.field == "Priority"]
    if change.priority and change.priority not in (
        texts.priority(row.priority),
        *(texts.priority(int(each)) for each in set_to),
    ):
        values["Priority"] = texts.RT_PRIORITY[change.priority]
    if watcher and watcher not in row.people():
        values["Cc"] = [*(each.address or each.id for each in row.cc), watcher]
    return values
