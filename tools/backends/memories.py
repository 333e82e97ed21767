"""What somebody wants to be known of them the next time. Promise: nobody's memories are ever another's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

#: memories one person can have
MAX_KEPT = 100


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose memories they are: a person of one workspace or organisation."""

    workspace: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a fact was made of."""

    #: other people's words may be in it, so nobody vouches for it
    tainted: bool
    #: directory ids of whose words were read, as far as known; and people named as owners are, in the directory or not
    authors: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()

    def __or__(self, other: "Source") -> "Source":
        return Source(
            tainted=self.tainted or other.tainted,
            authors=_both(self.authors, other.authors),
            speakers=_both(self.speakers, other.speakers),
        )


def _both(some: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*some, *more}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One fact about its owner."""

    #: M-1 and up
    id: str
    fact: str
    source: Source
    #: aware UTC
    at: datetime


class Memories(Protocol):
    """What people want to be known of them. Its methods raise ToolFailed where it does not answer."""

    async def keep(self, owner: Owner, fact: str, key: str, now: datetime, source: Source) -> Memory | None:
        """The new memory; for a repeated key, or the same fact, the one there is, of all its sources; None: the owner
        has MAX_KEPT."""

    async def of(self, owner: Owner) -> list[Memory]:
        """All of the owner's, newest first."""

    async def drop(self, owner: Owner, memory_id: str) -> bool:
        """Erase one of the owner's; False where they have no such memory."""

    async def drop_all(self, owner: Owner) -> int:
        """Erase all of the owner's; how many there were."""
