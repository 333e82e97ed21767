"""A folder of Markdown articles, read and brought onto a Shelf.

Promise: only what changed is written, and where one article is wrong nothing is: an article nobody can
classify must not be shown to everybody.
"""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from tools.backends.knowledge import Article, Shelf

#: the articles we ship
SHIPPED = Path(__file__).parent.parent / "articles"
#: articles written in one transaction, so that a large folder does not keep others from the database
BATCH = 200
_NEEDED = {"title", "description", "tags", "updated"}
_FIELDS = _NEEDED | {"audience"}


class BadArticleError(ValueError):
    """One line for each thing that is wrong with a folder of articles."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did, in articles."""

    added: int
    updated: int
    removed: int
    unchanged: int


async def sync_articles(
    folder: Path,
    shelf: Shelf,
    base_url: str = "",
    reviewed: Collection[str] = (),
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> Synced:
    """What it did to make the shelf hold the folder's articles. Raises BadArticleError before anything changes.

    An article's url is its path in the folder, after `base_url` where one is given. Somebody answerable read all that
    is in the folders `reviewed`, which are paths in the folder. `progress` is told how many of how many are written.
    """
    articles = await asyncio.to_thread(read_folder, folder, base_url, reviewed)
    known = await shelf.digests()
    changed = [each for each in articles if known.get(each.slug) != each.digest]
    gone = known.keys() - {each.slug for each in articles}
    for start in range(0, len(changed), BATCH):
        await shelf.put(changed[start : start + BATCH])
        progress(min(start + BATCH, len(changed)), len(changed))
    await shelf.remove(gone)
    added = sum(each.slug not in known for each in changed)
    return Synced(added, len(changed) - added, len(gone), len(articles) - len(changed))


def slugs(folder: Path) -> set[str]:
    """What the articles in a folder and its subfolders are called; none of them is read."""
    return {name.removesuffix(".md") for name in _names(folder)}


def read_folder(folder: Path, base_url: str = "", reviewed: Collection[str] = ()) -> Sequence[Article]:
    """The articles in a folder and its subfolders, by path. Raises BadArticleError naming every bad file."""
    if not folder.is_dir():
        raise BadArticleError(f"{folder} is not a folder")
    articles, wrong = [], [f"{each}: there is no such folder" for each in reviewed if not (folder / each).is_dir()]
    read = [PurePosixPath(each) for each in reviewed]
    for name in _names(folder):
        try:
            vouched = any(PurePosixPath(name).is_relative_to(each) for each in read)
            articles.append(read_article(name, (folder / name).read_bytes(), base_url, reviewed=vouched))
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        raise BadArticleError("\n".join(wrong))
    return articles


def _names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.md"))]


def read_article(name: str, content: bytes, base_url: str = "", *, reviewed: bool = False) -> Article:
    """The article in a file called `name`. Raises ValueError with what is wrong, in words."""
    url = f"{base_url.rstrip('/')}/{name}" if base_url else name
    fields, body = _split(content.decode("utf-8-sig"))
    if missing := _NEEDED - fields.keys():
        raise ValueError(f"the front matter lacks {', '.join(sorted(missing))}")
    return Article(
        slug=name.removesuffix(".md"),
        title=fields["title"],
        description=fields["description"],
        tags=_listed(fields["tags"]),
        url=url,
        updated=date.fromisoformat(fields["updated"]),
        body=body,
        audience=_audience(fields),
        reviewed=reviewed,
        digest=hashlib.sha256(f"{url}\0{reviewed}\0".encode() + content).hexdigest(),
    )


def _audience(fields: Mapping[str, str]) -> tuple[str, ...]:
    """The groups it is for; none where it is for everybody, which nobody says by naming none."""
    groups = _listed(fields.get("audience", ""))
    if "audience" in fields and not groups:
        raise ValueError("audience names no group")
    return groups


def _listed(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (_unquoted(each) for each in value.strip("[]").split(",")))))


def _split(text: str) -> tuple[Mapping[str, str], str]:
    """The front matter's fields and the text below it. One `name: value` a line; a list is `[a, b]` or `a, b`."""
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != "---":
        raise ValueError("there is no front matter: the first line is not ---")
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        raise ValueError("the front matter does not end: there is no second ---")
    fields = dict(_field(line) for line in lines[1:end] if line.strip() and not line.startswith("#"))
    return fields, "\n".join(lines[end + 1 :]).strip()


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or name not in _FIELDS:
        raise ValueError(f"{line.strip()[:40]!r} is not one of {', '.join(sorted(_FIELDS))} with a value")
    if not value.strip():
        raise ValueError(f"{name} is empty")
    return name, _unquoted(value)


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].strip()
    return value
