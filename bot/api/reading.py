"""Reads a conversation for whoever asked by the API: the turn that answers them, as far as the log goes."""

from sqlalchemy import Connection

from bot.api import state
from bot.api.shapes import Answer
from bot.api.state import Told
from bot.core import items
from bot.core.fold import fold
from bot.core.items import Entry
from bot.core.thread import Thread
from bot.store import log, sent, snapshots


class Reading:
    """One question of a conversation, read on and on; `now` is how things stand."""

    def __init__(self, conversation: str, key: str | None = None) -> None:
        """The question that was sent with this key; without one, the newest."""
        self.conversation = conversation
        self._key = key
        #: the last entry that was read
        self.head = 0
        self._thread = Thread()
        self._told: Told | None = None

    @property
    def turn(self) -> int | None:
        """The turn that answers it; None where nobody has looked at it."""
        return self._told.turn if self._told else None

    @property
    def thread(self) -> Thread:
        """The fold as far as it was read."""
        return self._thread

    @property
    def now(self) -> Answer:
        """How things stand."""
        if self._told is None:
            return state.nothing_yet(self.conversation)
        return state.answer(self.conversation, self._thread, self._told)

    def on(self, connection: Connection) -> list[Entry]:
        """What is new since the last time; the first time, all that the turn has."""
        head, purged_to = sent.head(connection, self.conversation)
        if head <= self.head:
            return []
        if self._told is None:
            return self._begin(connection, purged_to)
        new = log.read(connection, self.conversation, after=self.head)
        self._thread, self._told = fold(new, self._thread), state.read(self._told, new)
        self.head = self._thread.head
        return new

    def _begin(self, connection: Connection, purged_to: int) -> list[Entry]:
        turn = self._turn(connection)
        if turn is None:
            return []
        start = snapshots.newest(connection, self.conversation, purged_to)
        entries = log.read(connection, self.conversation, after=min(start.head, turn - 1))
        self._thread = fold((each for each in entries if each.seq > start.head), start)
        since = [each for each in entries if each.seq >= turn]
        self._told, self.head = state.read(Told(turn), since), self._thread.head
        return since

    def _turn(self, connection: Connection) -> int | None:
        """The turn that answers it; None where it is not in the log yet."""
        if self._key is None:
            seq = sent.newest(connection, self.conversation)
        else:
            place = sent.seq(connection, self.conversation, self._key)
            seq = place[0] if place else None
        item = log.item(connection, self.conversation, seq) if seq else None
        if isinstance(item, items.Stop):
            # it belongs to the turn that it ends: the last one there was
            seq = sent.newest(connection, self.conversation)
            item = log.item(connection, self.conversation, seq) if seq else None
        return (item.joins or seq) if isinstance(item, items.UserMessage) else None
