"""What is due of a conversation, read and noted by the worker that has it; every reading asks whether it still does.

Promise: what this process cannot know to be unposted is in `tried`, until it is noted as shown.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import Connection

from bot.errors import HelpdeskError, LostClaim
from bot.run.kit import Kit
from bot.slack.budget import Budget
from bot.store import deliveries, inbox, pauses, sealed
from bot.store.arrivals import Undelivered
from bot.store.deliveries import Delivery
from bot.store.pauses import Limit

#: between reading what is due and showing it; a worker that was paused for longer may have been replaced
SHOW_WITHIN = timedelta(seconds=2)


class Overtaken(HelpdeskError):
    """It is no longer due as it was read."""


@dataclass(frozen=True, slots=True)
class Due:
    """What Slack did not show yet at this time, in the order of the log, and the pauses that were in force then."""

    rows: list[Delivery]
    at: datetime
    paused: dict[Limit, float]


class Ledger:
    """Reads what is due and notes what came of it."""

    def __init__(self, kit: Kit, budget: Budget) -> None:
        self._kit = kit
        self._budget = budget
        #: keys that somebody may have posted, without us knowing what came of it
        self.tried: set[str] = set()
        #: a new one each time that rows are taken over
        self._names = count(1)

    async def due(self, conversation: str) -> Due:
        """What is due now. Raises LostClaim."""
        due = await self._kit.database.run(lambda connection: self._read(connection, conversation))
        self._budget.learn(due.paused)
        return due

    async def check(self, delivery: Delivery, read_at: datetime) -> None:
        """It is still due as it was read; asked anew only where some time went by. Raises Overtaken, LostClaim."""
        while self._kit.now() - read_at > SHOW_WITHIN:
            due = await self.due(delivery.conversation)
            if next((row for row in due.rows if row.target == delivery.target), None) != delivery:
                raise Overtaken(f"{delivery.key} is no longer due as it was")
            read_at = due.at

    async def shown(self, delivery: Delivery, channel: str | None, ts: str | None) -> Due:
        """Note where Slack shows it; what is due then."""
        due = await self._kit.database.run(lambda connection: self._note_shown(connection, delivery, channel, ts))
        # not earlier: until it is noted, only a look into Slack tells that it is there
        self.tried.discard(delivery.key)
        self._budget.learn(due.paused)
        return due

    async def refused(self, delivery: Delivery, code: str) -> bool:
        """Note that Slack will never take it; true where what is shown nowhere comes back to the conversation."""
        return await self._kit.database.run(lambda connection: self._note_refused(connection, delivery, code))

    def _read(self, connection: Connection, conversation: str) -> Due:
        at = self._kit.now()
        self._kit.fence(connection, conversation)
        rows = self._ours(connection, deliveries.due(connection, conversation))
        return Due(rows, at, pauses.in_force(connection, at.timestamp()) if rows else {})

    def _ours(self, connection: Connection, rows: list[Delivery]) -> list[Delivery]:
        """The rows; those of others are taken over, by a new name, so that who read them before sees a difference."""
        former = {row.made_by for row in rows if row.made_by.partition("/")[0] != self._kit.process}
        if not former:
            return rows
        # noted here and first: where the caller is cut off, the transaction is kept all the same
        self.tried.update(row.key for row in rows if row.made_by in former)
        name = f"{self._kit.process}/{next(self._names)}"
        deliveries.adopt(connection, rows[0].conversation, former, name)
        return [replace(row, made_by=name) if row.made_by in former else row for row in rows]

    def _note_shown(self, connection: Connection, delivery: Delivery, channel: str | None, ts: str | None) -> Due:
        """What Slack shows is so, also where this worker lost the conversation meanwhile."""
        deliveries.done(connection, delivery, channel, ts)
        if call := delivery.content.get("sealed"):
            sealed.drop(connection, delivery.conversation, call)
        try:
            return self._read(connection, delivery.conversation)
        except LostClaim:
            return Due([], self._kit.now(), {})

    def _note_refused(self, connection: Connection, delivery: Delivery, code: str) -> bool:
        self._kit.fence(connection, delivery.conversation)
        deliveries.failed(connection, delivery, code)
        if delivery.target == deliveries.STATUS:
            return False
        # the card in a direct message's own thread has no buttons to decide with
        private = delivery.conversation.split(":")[1].startswith("D")
        beside = "thread" if private else None
        if not deliveries.nowhere_shown(connection, delivery.conversation, delivery.seq, beside=beside):
            return False
        at, key = self._kit.now().timestamp(), f"undelivered:{delivery.conversation}:{delivery.seq}"
        lost = Undelivered(seq=delivery.seq)
        return inbox.put(connection, key, delivery.conversation, lost, sent_at=at, received_at=at)
