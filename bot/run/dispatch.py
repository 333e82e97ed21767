"""What brings conversations to rest: the port behind which one process works alone, or many on one database.

Promise, whichever it is: one worker at a time has a conversation, and works on it alone and in order; a slow one keeps
no other waiting; what is put into the inbox is taken up, however often the process is killed; a stop takes at most
STEPS and TELLING together. tests/run/test_dispatchers.py holds both to it.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.run.tasks import Work

#: how long a graceful stop lets steps finish, and then lets Slack be told, seconds
STEPS, TELLING = 14.0, 5.0


class Dispatcher(Protocol):
    """Decides which conversation is worked on where."""

    def wake(self, conversation: str) -> None:
        """There may be something to do."""

    def show(self, conversation: str) -> None:
        """There is something new for Slack."""

    def working(self, advance: Work, deliver: Work) -> AbstractAsyncContextManager[None]:
        """Inside the block, conversations are advanced and delivered; what is undone already is found."""
