"""What IT has written down: an article, how it is searched and how a folder of articles is kept in step.

Promise: no text a person types is search syntax, and a question is never an error.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Article:
    """An article of the knowledge base."""

    #: path inside the folder without suffix, such as "wifi" or "network/wifi"
    slug: str
    title: str
    #: one or two sentences; the short answer where there is one
    description: str
    #: words people use for it that the text does not
    tags: tuple[str, ...]
    #: where to read it: absolute, or relative to the folder
    url: str
    updated: date
    #: Markdown
    body: str
    #: the groups of the directory whose members may read it; none: everybody may
    audience: tuple[str, ...]
    #: somebody answerable read it before it came in; else what is in it is anybody's text
    reviewed: bool
    #: changes whenever anything above does
    digest: str


@dataclass(frozen=True, slots=True)
class Found:
    """A search result."""

    article: Article
    #: the passage that matched; the description where only the title did
    snippet: str


class Knowledge(Protocol):
    """A knowledge base to search."""

    async def search(self, query: str, limit: int, groups: Collection[str] = ()) -> Sequence[Found]:
        """The best matches that members of these groups may read, the best first, at most `limit`; empty where nothing
        matches. Raises ToolFailed where it is down.
        """


class Shelf(Protocol):
    """A knowledge base of our own, to fill from a folder. Its methods raise ToolFailed where it is down."""

    async def digests(self) -> Mapping[str, str]:
        """The digest of every article there is, by slug."""

    async def put(self, articles: Sequence[Article]) -> None:
        """Add these articles, each replacing the one of its slug."""

    async def remove(self, slugs: Collection[str]) -> None:
        """Take these articles away; unknown slugs are no matter."""
