"""What is asked of Slack: who people are, what stands in threads, what is in files."""

from dataclasses import dataclass, field
from typing import Protocol

from bot.core.items import EarlierMessage
from bot.errors import Unanswered

#: how long an answer about people is good for where nothing is decided by it, seconds
REMEMBERED = 300.0

#: seconds that looking a file up or loading it may take in all
TIME_LIMIT = 20.0


@dataclass(frozen=True, slots=True)
class SlackPerson:
    """A Slack user as they are right now."""

    user: str
    email: str | None
    #: a person of this workspace who may ask at all: not a bot, not deactivated, not from another company
    colleague: bool
    #: a full member: guests may ask but not approve
    member: bool
    #: Slack has seen the person read mail at the address
    confirmed: bool = True
    #: no colleague, but the settings name their company, or the bot: they may ask for what is of low risk
    visitor: bool = False
    #: their own workspace
    team: str | None = field(default=None, compare=False)


class People(Protocol):
    """Who is who in Slack. An answer may be `max_age` seconds old; 0 asks Slack itself. Raises Unanswered."""

    async def who(self, user: str, *, max_age: float = REMEMBERED) -> SlackPerson | None:
        """The user, or None where there is no such user."""

    async def find(self, email: str, *, max_age: float = REMEMBERED) -> str | None:
        """The user id behind an address, or None."""

    async def members(self, group: str, *, max_age: float = REMEMBERED) -> frozenset[str]:
        """The user ids in a user group; empty where there is no such group."""


class Threads:
    """What stands in Slack's threads; here nothing can be read. Raises Unanswered."""

    async def before(
        self, _tenant: str, _channel: str, _thread_ts: str, _ts: str, _most: int
    ) -> tuple[list[EarlierMessage], bool]:
        """What was said in the thread before `ts`, the newest `most` of it, oldest first; and whether that is all."""
        raise Unanswered("nobody reads Slack's threads here")


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it is now; `place` is where it can be loaded from."""

    id: str
    name: str
    mimetype: str
    #: bytes, as far as is said
    size: int
    place: str
    #: the Slack user who uploaded it
    by: str


class Files(Protocol):
    """Where files are kept. Raises Unreadable for good, Unanswered where trying again may help."""

    async def look(self, tenant: str, file: str) -> Found:
        """The file, which is ours to read."""

    async def load(self, tenant: str, found: Found, limit: int) -> bytes:
        """Its bytes, `limit` at most."""
