"""A search engine for the web."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that was found: plain text, and an address that begins with http."""

    title: str
    snippet: str
    url: str


class WebSearch(Protocol):
    """Searches where we may look."""

    async def search(self, query: str, limit: int) -> Sequence[Hit]:
        """The best first, at most `limit`. Raises ToolFailed where it does not answer."""
