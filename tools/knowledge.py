"""Finding what IT has written down."""

from typing import Annotated, NotRequired, TypedDict

from pydantic import Field

from tools.backends.directory import Directory
from tools.backends.knowledge import Found, Knowledge
from tools.spec import Context, OnFailure, Risk, Untrusted, tool

#: articles in a result
TOP = 5
#: characters of the best article's text; a longer one is cut at a line
MAX_TEXT_CHARS = 6_000


class ArticleFound(TypedDict):
    """An article as the model sees it."""

    title: str
    description: str
    url: str
    #: ISO date
    updated: str
    snippet: str
    #: the article itself, on the best match only
    text: NotRequired[str]


class Articles(TypedDict):
    """The best matches first; none where nothing matches."""

    articles: list[ArticleFound]


@tool(risk=Risk.LOW, read_only=True, trusted=True, cached_s=60, on_failure=OnFailure.RETRY)
async def search_kb(
    query: Annotated[str, Field(description="The problem in a few words, such as: wifi does not connect on a MacBook")],
    *,
    knowledge: Knowledge,
    directory: Directory,
    context: Context,
) -> Articles | Untrusted:
    """Search IT's knowledge base. Search before answering any question about devices, access or software.

    Returns up to five articles, best first; only the first one with its full text. Search again in other
    words, or for one problem at a time, where another article is the one you need. Name the article you used.
    """
    found = await knowledge.search(query, TOP, await _groups(directory, context))
    shown = [_shown(each) for each in found]
    if found:
        shown[0]["text"] = _cut(found[0].article.body)
    articles: Articles = {"articles": shown}
    return articles if all(each.article.reviewed for each in found) else Untrusted(articles)


async def _groups(directory: Directory, context: Context) -> tuple[str, ...]:
    """Whose articles may be shown: where others read along, only everybody's."""
    if not (context.private and context.requester):
        return ()
    record = await directory.find(context.requester)
    return record.groups if record else ()


def _shown(found: Found) -> ArticleFound:
    article = found.article
    return {
        "title": article.title,
        "description": article.description,
        "url": article.url,
        "updated": article.updated.isoformat(),
        "snippet": found.snippet,
    }


def _cut(text: str) -> str:
    if len(text) <= MAX_TEXT_CHARS:
        return text
    kept, _, _ = text[:MAX_TEXT_CHARS].rpartition("\n")
    return f"{kept or text[:MAX_TEXT_CHARS]}\n…"
