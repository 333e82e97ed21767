"""What Slack shows of our work in one conversation, as far as its claim knows, and what of that changes.

Promise: "is thinking" cannot stick. A sign is noted as shown in the next commit after it was given, so whatever is the
status at rest differs from it and is due; and a sign is given only for work that is stored, so that commit comes.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from bot.core.status import Status, status
from bot.core.thread import Thread
from bot.store import deliveries
from bot.store.deliveries import STATUS, Shown

#: the item that every conversation begins with: one row a conversation
FIRST = 1


@dataclass(frozen=True, slots=True)
class Change:
    """What a commit has to note: Slack was given a sign; how things stand now."""

    signed: bool
    now: Status | None

    def write(self, connection: Connection, conversation: str, made_by: str, at: float) -> None:
        """Note it in the transaction of the items that it follows from; `at` is in seconds since the epoch."""
        if self.signed:
            deliveries.showing(connection, conversation, _shown("processing"), made_by, at)
        if self.now:
            deliveries.want(connection, conversation, [_shown(self.now)], made_by, at)


class Standing:
    """The status that is noted, of one conversation."""

    def __init__(self) -> None:
        self._noted: Status | None = None
        self._signed = False

    def begins(self, thread: Thread) -> bool:
        """Whether a sign is to be given, because work begins; said once."""
        if status(thread) != "processing" or self._noted == "processing":
            return False
        self.doubt()
        return True

    def doubt(self) -> None:
        """Slack may show that we are at work, whatever it showed before."""
        self._noted, self._signed = "processing", True

    def forget(self) -> None:
        """Somebody else may have noted another status."""
        self._noted = None

    def change(self, thread: Thread) -> Change:
        """What is to be noted with this thread."""
        now = status(thread)
        return Change(self._signed, now if now != self._noted else None)

    def noted(self, change: Change) -> None:
        """It is committed."""
        self._noted, self._signed = change.now or self._noted, False


def _shown(now: Status) -> Shown:
    return Shown(FIRST, STATUS, {"status": now})
