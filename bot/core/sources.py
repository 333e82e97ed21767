"""Which articles the model read for an answer, so that people can look them up even where it names none of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.items import ToolResult
from bot.core.results import value

#: characters of a title
MAX_TITLE = 150

#: sources of one turn that are remembered, the first ones
MAX_SOURCES = 5


@dataclass(frozen=True, slots=True)
class Source:
    """A text that the model was given in full, and where it stands; whether that is so nobody says here."""

    title: str
    url: str


def read(sources: tuple[Source, ...], result: ToolResult) -> tuple[Source, ...]:
    """The sources with those of the result."""
    if result.outcome != "done" or '"text"' not in result.output:
        return sources
    new = (Source(title[:MAX_TITLE], url) for title, url in _texts(result.output))
    return tuple(dict.fromkeys((*sources, *new)))[:MAX_SOURCES]


def uncited(sources: tuple[Source, ...], answer: str) -> tuple[Source, ...]:
    """Those that the answer names neither by title nor by address."""
    said = " ".join(answer.casefold().split())
    return tuple(
        each for each in sources if each.title.casefold() not in said and not (each.url and each.url in answer)
    )


def _texts(output: str) -> Iterator[tuple[str, str]]:
    """Title and address of each thing in a list of the output that has a text."""
    found = value(output)
    lists = found.values() if isinstance(found, Mapping) else [found]
    for each in (each for some in lists if isinstance(some, list) for each in some):
        if isinstance(each, Mapping) and all(isinstance(each.get(name), str) for name in ("title", "url", "text")):
            yield " ".join(each["title"].split()), each["url"]
