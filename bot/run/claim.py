"""A claim: one conversation in the hands of its only writer.

Items are added in memory and become real with `commit`, in one transaction with all that follows from them:
deliveries, projections, what was admitted, when to look again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from bot.core import items
from bot.core.fold import apply, fold
from bot.core.items import Entry, Item
from bot.core.prompt import History
from bot.core.thread import Thread
from bot.core.weight import Room
from bot.run import alerts
from bot.run.admission import admitted, lost, nothing_new
from bot.run.amended import amended
from bot.run.found import Found, look
from bot.run.kit import Kit
from bot.run.restored import restored
from bot.run.standing import Standing
from bot.store import arrivals, chain, deliveries, inbox, log, projections, snapshots, turns
from bot.store.deliveries import Shown

#: `wake_at` of a conversation that is being worked on: after a crash it is looked at at once
AT_ONCE = 0.0


@dataclass(frozen=True, slots=True)
class _Added:
    """What was added since the last commit."""

    entries: list[Entry] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    #: rows of the inbox
    admitted: list[int] = field(default_factory=list)
    #: items whose content goes
    erased: list[int] = field(default_factory=list)


class Claim:
    """The conversation's newest entries and their fold, with what was added since the last commit."""

    def __init__(self, kit: Kit, conversation: str) -> None:
        self.conversation = conversation
        self.entries: list[Entry] = []
        self.thread = Thread()
        self.history = History()
        self.standing = Standing()
        self._kit = kit
        #: see Found
        self._gone = (0, 0)
        #: of the last item that is committed
        self._head_hash = chain.GENESIS
        self._added = _Added()
        self._wake_at: float | None = None

    async def refresh(self) -> None:
        """Take up what arrived, after loading what somebody else wrote, if anybody did.

        Raises LostClaim where that is not what the added items follow.
        """
        found = await self._kit.database.run(self._look)
        self._wake_at, self._head_hash = found.wake_at, found.head_hash
        if found.start:
            self.thread, self.entries, self.history = found.start, [], History()
        if found.news or found.start:
            self._gone = found.gone
            self.thread = fold((each for each in found.news if each.seq > self.thread.head), self.thread)
            self.entries += found.news
            self._forget(found.news)
            self._leave_out()
            self.standing.forget()
            self._note_interrupted()
        for row, sent_at, each in found.arrived:
            if row not in self._added.admitted:
                self._added.admitted.append(row)
                if isinstance(each, arrivals.StopArrived):
                    self.standing.doubt()
                self.add(*admitted(self.thread, self.entries, each, sent_at), *self._lost(each, found.unshown))
                self.add(*amended(self.thread, each, found.about.get(getattr(each, "ts", ""), ()), self.entries))

    def _look(self, connection: Connection) -> Found:
        self._kit.fence(connection, self.conversation)
        return look(connection, self.conversation, self.thread.head - len(self.pending), self.pending, self._gone)

    def _leave_out(self) -> None:
        """The model is shown no entries before the last rebase."""
        if self.entries:
            del self.entries[: max(0, self.thread.since - self.entries[0].seq)]

    def _note_interrupted(self) -> None:
        """What ran when the log was last written runs no more: this claim began with reading it."""
        running = tuple(seq for seq, work in self.thread.works.items() if work.running)
        if running:
            self.add(items.Interrupted(calls=running))

    def _lost(self, arrived: arrivals.Arrived, unshown: Mapping[int, Item | None]) -> Iterable[Item]:
        if isinstance(arrived, arrivals.Restored):
            return restored(self.thread, self._kit.tools)
        if not isinstance(arrived, arrivals.Undelivered):
            return ()
        return lost(self.thread, arrived.seq, unshown[arrived.seq], self._kit.tools)

    def add(self, *new: Item) -> None:
        """Append in memory."""
        for item in new:
            if nothing_new(self.thread, item):
                continue
            entry = Entry(seq=self.thread.head + 1, at=self._kit.now(), item=item)
            self.thread = apply(self.thread, entry)
            self.entries.append(entry)
            self._added.entries.append(entry)
            self._added.shown.extend(self._kit.render(self.thread, entry))
            if isinstance(item, items.Rebase):
                self._leave_out()
            if isinstance(item, items.Deleted):
                self._added.erased.extend(item.erases)
                self._forget([entry])

    def _forget(self, news: Iterable[Entry]) -> None:
        """Memory keeps nothing of what was deleted, but for what is still to be committed, hash and all."""
        gone = {seq for each in news if isinstance(each.item, items.Deleted) for seq in each.item.erases}
        if gone:
            self.history = History()
            self.entries = [
                replace(each, item=log.without_words(each.item)) if _of(each) & gone else each for each in self.entries
            ]

    def weigh(self, room: Room, turn: int, since: int) -> float:
        """The share of the room that a request for the turn takes if the model's input begins at item `since`."""
        head, told = self.thread.head, self.history.told
        if since <= self.thread.since:
            return room.share(self.history.size(self.entries, turn, head), told)
        left = [entry for entry in self.entries if entry.seq >= since]
        return room.share(History().size(left, turn, head), told)

    @property
    def pending(self) -> tuple[Entry, ...]:
        """What is not committed."""
        return tuple(self._added.entries)

    @property
    def holds_only_facts(self) -> bool:
        """What is not committed could be looked up again, so it may wait for the next commit."""
        return not self._added.admitted and all(isinstance(entry.item, items.Facts) for entry in self.pending)

    async def commit(
        self,
        wake_at: float | None = AT_ONCE,
        *,
        durable: bool = False,
        also: Callable[[Connection], None] | None = None,
    ) -> bool:
        """Make it real; True where there is something new to show. Raises LostClaim where somebody else wrote."""
        added, standing = self._added, self.standing.change(self.thread)
        if not (added.entries or added.admitted or also or standing.signed) and wake_at == self._wake_at:
            return False

        def write(connection: Connection) -> str:
            self._kit.fence(connection, self.conversation)
            head_hash = self._write(connection, added, wake_at)
            standing.write(connection, self.conversation, self._kit.process, self._kit.now().timestamp())
            if also:
                also(connection)
            return head_hash

        self._head_hash = await self._kit.database.run(write, durable=durable)
        self._added, self._wake_at = _Added(), wake_at
        self.standing.noted(standing)
        if added.entries:
            self._kit.watch.committed(self.conversation, self.thread, added.entries)
        return bool(added.shown or standing.now)

    def _write(self, connection: Connection, added: _Added, wake_at: float | None) -> str:
        """Write what was added, and all that follows from it; the hash of the last item."""
        if added.entries:
            head_hash = self._append(connection, added, wake_at)
            alerts.notice(connection, self._kit, self.conversation, added.entries)
        else:
            head_hash = self._head_hash
            log.set_wake(connection, self.conversation, wake_at, self.thread.head)
        if added.admitted:
            inbox.admit(connection, added.admitted)
        if wake_at != AT_ONCE:
            turns.rest(connection, self.conversation, self.thread)
        now = self._kit.now().timestamp()
        deliveries.want(connection, self.conversation, added.shown, self._kit.process, now)
        return head_hash

    def _append(self, connection: Connection, added: _Added, wake_at: float | None) -> str:
        head_hash = log.append(
            connection,
            self.conversation,
            added.entries,
            self._kit.chance.nonce,
            wake_at,
            gone=self._gone,
            prev_hash=self._head_hash,
        )
        log.erase(connection, self.conversation, added.erased)
        before, stale = added.entries[0].seq - 1, bool(added.erased)
        snapshots.keep(connection, self.conversation, self.thread, head_hash, before, now=stale)
        projections.project(connection, self.conversation, added.entries, self.thread)
        return head_hash


def _of(entry: Entry) -> set[int]:
    """The entry, and the message whose files it read."""
    return {entry.seq, entry.item.ref} if isinstance(entry.item, items.Attached) else {entry.seq}
