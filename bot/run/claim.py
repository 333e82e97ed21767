"""A claim: one conversation in the hands of its only writer.

Items are added in memory and become real with `commit`, in one transaction with all that follows from them:
deliveries, projections, what was admitted, when to look again.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from bot.core import items
from bot.core.fold import apply, fold
from bot.core.items import Entry, Item
from bot.core.prompt import History
from bot.core.thread import Thread
from bot.run.kit import Kit
from bot.store import deliveries, inbox, log, projections
from bot.store.deliveries import Shown
from bot.store.tables import conversations

#: `wake_at` of a conversation that is being worked on: after a crash it is looked at at once
AT_ONCE = 0.0

_ROW = select(conversations.c.head, conversations.c.wake_at).where(conversations.c.id == bindparam("conversation"))


class Claim:
    """The conversation's entries and their fold, with what was added since the last commit."""

    def __init__(self, kit: Kit, conversation: str) -> None:
        self.conversation = conversation
        self.entries: list[Entry] = []
        self.thread = Thread()
        self.history = History()
        self._kit = kit
        self._pending: list[Entry] = []
        self._shown: list[Shown] = []
        self._admitted: list[int] = []
        self._wake_at: float | None = None

    async def refresh(self) -> None:
        """Take up what arrived, after loading what somebody else wrote, if anybody did."""
        read, arrived, self._wake_at = await self._kit.database.run(self._read)
        if read:
            self.entries += read
            self.thread = fold(read, self.thread)
            self._note_interrupted()
        for row, sent_at, each in arrived:
            if row not in self._admitted:
                self._admitted.append(row)
                self.add(*self._admit(each, sent_at))

    def _read(
        self, connection: Connection
    ) -> tuple[list[Entry], list[tuple[int, datetime, inbox.Arrived]], float | None]:
        self._kit.fence(connection, self.conversation)
        row = connection.execute(_ROW, {"conversation": self.conversation}).first()
        committed = self.thread.head - len(self._pending)
        news = log.read(connection, self.conversation, after=committed) if row and row.head > committed else []
        return news, inbox.waiting(connection, self.conversation), row.wake_at if row else None

    def _note_interrupted(self) -> None:
        """What ran when the log was last written runs no more: this claim began with reading it."""
        running = tuple(seq for seq, work in self.thread.works.items() if work.running)
        if running:
            self.add(items.Interrupted(calls=running))

    def _admit(self, arrived: inbox.Arrived, sent_at: datetime) -> list[Item]:
        match arrived:
            case inbox.MessageArrived(thread=place, author=author, text=text, ts=ts):
                said = items.UserMessage(author=author, text=text, ts=ts, joins=self.thread.joins(author))
                return [*self._opening(place), said]
            case inbox.ClickArrived():
                return [items.Click(**arrived.model_dump(exclude={"type"}), pressed_at=sent_at)]
            case inbox.Undelivered(seq=seq):
                return list(self._lost(seq))
            case inbox.ThawArrived():
                return [items.Thawed()]
            case inbox.PersonGone(record=record):
                return [items.PersonLeft(record=record)]
            case inbox.SwitchArrived(thread=place, action=action, actor=actor, channel=channel):
                return [*self._opening(place), items.Switch(action=action, actor=actor, channel=channel)]
            case inbox.PolicyArrived(thread=place, digest=digest, rules=rules):
                return [*self._opening(place), items.PolicyChanged(digest=digest, rules=rules)]

    def _opening(self, place: inbox.ThreadId) -> list[Item]:
        return [] if self.thread.opened else [items.Opened(**place.model_dump())]

    def _lost(self, seq: int) -> Iterator[Item]:
        """What follows from something that nobody was shown: a request nobody can decide, a link nobody has."""
        match self.entries[seq - 1].item:
            case items.Request():
                ask = self.thread.asks.get(seq)
                if ask and not ask.close:
                    reason = "its card could not be shown to anybody who may approve it"
                    yield items.Close(request=seq, verdict="void", reason=reason)
            case items.ToolResult(call=call, tool=tool) if tool in self._kit.tools and self._kit.tools[tool].sealed:
                yield items.LinkLost(call=call)

    def add(self, *new: Item) -> None:
        """Append in memory."""
        for item in new:
            entry = Entry.model_construct(seq=self.thread.head + 1, at=self._kit.now(), item=item)
            self.thread = apply(self.thread, entry)
            self.entries.append(entry)
            self._pending.append(entry)
            self._shown.extend(self._kit.render(self.thread, entry))

    @property
    def holds_only_facts(self) -> bool:
        """What is not committed could be looked up again, so it may wait for the next commit."""
        return not self._admitted and all(isinstance(entry.item, items.Facts) for entry in self._pending)

    async def commit(
        self,
        wake_at: float | None = AT_ONCE,
        *,
        durable: bool = False,
        also: Callable[[Connection], None] | None = None,
    ) -> bool:
        """Make it real; True where there is something new to show. Raises LostClaim where somebody else wrote."""
        if not (self._pending or self._admitted or also) and wake_at == self._wake_at:
            return False
        pending, shown, admitted = self._pending, self._shown, self._admitted
        resting = wake_at != AT_ONCE

        def write(connection: Connection) -> None:
            self._kit.fence(connection, self.conversation)
            if pending:
                log.append(connection, self.conversation, pending, self._kit.chance.nonce, wake_at)
                projections.project(connection, self.conversation, pending, self.thread)
            else:
                log.set_wake(connection, self.conversation, wake_at)
            if admitted:
                inbox.admit(connection, admitted)
            if resting:
                projections.rest(connection, self.conversation, self.thread)
            deliveries.want(connection, self.conversation, shown, self._kit.process, self._kit.now().timestamp())
            if also:
                also(connection)

        await self._kit.database.run(write, durable=durable)
        self._pending, self._shown, self._admitted, self._wake_at = [], [], [], wake_at
        return bool(shown)
