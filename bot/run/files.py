"""Where files are kept that people send: what reading them needs of it."""

from dataclasses import dataclass
from typing import Protocol

#: seconds that looking a file up or loading it may take in all
TIME_LIMIT = 20.0


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
