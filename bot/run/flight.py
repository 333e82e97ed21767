"""What a worker has under way outside, and what becomes of its results where they cannot be written.

Promise: what a call gave is told, even where the conversation was another worker's by then, or the database was away;
as long as the process lives.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.core import items, words
from bot.core.decide import MAX_ATTEMPTS
from bot.core.items import Entry, Item
from bot.core.thread import Thread
from bot.run.claim import Claim
from bot.run.kit import Kit
from bot.store import inbox
from bot.store import log as log_on_disk
from bot.store.arrivals import ResultArrived

#: between two attempts to tell, seconds, and how many; a database that is away for longer loses the result
AGAIN, ATTEMPTS = 1.0, 600

#: how long something that was cut off may take to end, seconds
CUT_OFF = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Flight:
    """A model call, or the calls that were started."""

    task: asyncio.Task[list[Item]]
    #: the turns it is for
    turns: frozenset[int]
    #: what is left of it where a person stops it; None: it cannot be stopped
    remains: Callable[[], list[Item]] | None
    starts: tuple[items.ToolStart, ...] = ()
    #: what it took, where it is cut off and nothing of it is wanted
    spent: Callable[[], list[Item]] = list

    def dropped(self) -> list[Item]:
        """What it took; it is cut off, and nothing of it is wanted."""
        self.task.cancel()
        return self.spent()


async def halted(flight: Flight, stopping: frozenset[int]) -> list[Item] | None:
    """What came of the flight, which is cut off; None where it goes on, because it is for others, too, or cannot be."""
    if flight.remains is None or not flight.turns <= stopping:
        return None
    flight.task.cancel()
    await asyncio.wait([flight.task], timeout=CUT_OFF)
    landed = flight.task.done() and not flight.task.cancelled()
    return flight.task.result() if landed else flight.remains()


def stopped_calls(starts: Iterable[items.ToolStart]) -> list[Item]:
    """What is left of calls that only read."""
    return [
        items.ToolResult(call=start.call, tool=start.tool, outcome="failed", output=words.STOPPED_RUNNING, trusted=True)
        for start in starts
    ]


async def tell_results(kit: Kit, claim: Claim, flight: Flight | None) -> None:
    """Put what calls gave, and what those that still run will give, into the inbox.

    A call whose start was not known to be written did not run; that is told only where this very start stands in the
    log, because at its place may stand another worker's, whose call does run.
    """
    given = [entry.item for entry in claim.pending]
    if flight and flight.starts:
        given += await flight.task
    started = {
        entry.item.call: entry.item.attempt for entry in claim.entries if isinstance(entry.item, items.ToolStart)
    }
    told = [*((None, each) for each in _arrived(given, started)), *_unstarted(claim)]
    if told:
        await _put(kit, claim.conversation, told)


def not_run(thread: Thread, start: items.ToolStart, why: str) -> items.ToolResult:
    """What is known of a start that nothing followed."""
    again = start.attempt < MAX_ATTEMPTS or thread.works[start.call].due
    outcome: items.Outcome = "passing" if again else "failed"
    return items.ToolResult(call=start.call, tool=start.tool, outcome=outcome, output=f"Not run: {why}.")


def _unstarted(claim: Claim) -> Iterator[tuple[Entry, ResultArrived]]:
    for entry in claim.pending:
        if isinstance(entry.item, items.ToolStart):
            result = not_run(claim.thread, entry.item, "its start could not be written")
            yield entry, ResultArrived(attempt=entry.item.attempt, result=result)


def _arrived(given: Iterable[Item], started: dict[int, int]) -> Iterable[ResultArrived]:
    """Each result, with the clicks that came before it."""
    clicks: list[items.Click] = []
    for item in given:
        match item:
            case items.Click():
                clicks.append(item)
            case items.ToolResult() | items.ToolUnknown() if item.call in started:
                yield ResultArrived(attempt=started[item.call], result=item, clicks=tuple(clicks))
                clicks = []


async def _put(kit: Kit, conversation: str, told: list[tuple[Entry | None, ResultArrived]]) -> None:
    """Each only where its entry, if it has one, stands in the log."""
    at = kit.now().timestamp()

    def put(connection: Connection) -> None:
        for entry, each in told:
            if entry is None or log_on_disk.stands(connection, conversation, entry):
                key = f"result:{conversation}:{each.result.call}:{each.attempt}:{kit.process}"
                inbox.put(connection, key, conversation, each, sent_at=at, received_at=at)

    for _ in range(ATTEMPTS):
        try:
            await kit.database.run(put)
        except SQLAlchemyError:
            await asyncio.sleep(AGAIN)
        else:
            return
    log.error("what a call gave is lost", conversation=conversation, calls=[each.result.call for _, each in told])
