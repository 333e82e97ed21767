"""Finding something on the web, where the knowledge base has nothing.

Promise: who asks is nobody's business there: a query that names people by address, id or number is not sent.
"""

import re
from typing import Annotated, TypedDict

from pydantic import Field

from tools.backends.web import WebSearch
from tools.spec import OnFailure, Risk, TryAgain, Untrusted, tool

#: results of one search at most
MOST = 10

#: an address, a directory's id (U-123, a UUID, or letters and digits as machines mix them), or so many digits in a row
#: as only numbers of people, cards and devices have
_PERSONAL = re.compile(
    r"[^\s@]{1,64}@[^\s@]{1,64}|\bU-[0-9]{3,12}\b|\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b"
    r"|\b(?=[A-Za-z]{0,64}[0-9])(?=[0-9]{0,64}[A-Za-z])[0-9A-Za-z]{20,64}\b|(?<![0-9A-Za-z])[0-9](?:[ -]?[0-9]){7}"
)

NOT_SENT = "Search without addresses, ids and numbers of people or devices: what is searched for leaves the company."


class Page(TypedDict):
    """A page as the model sees it."""

    title: str
    snippet: str
    url: str


class Pages(TypedDict):
    """The best first; none where nothing was found where we may look."""

    pages: list[Page]


@tool(risk=Risk.LOW, read_only=True, cached_s=60, on_failure=OnFailure.RETRY)
async def web_search(
    query: Annotated[
        str, Field(min_length=1, max_length=300, description="The problem in a few words, without names of people")
    ],
    top_k: Annotated[int, Field(ge=1, le=MOST, description="How many results, up to ten; five are usually enough")],
    *,
    web: WebSearch,
) -> Untrusted:
    """Search the web: title, snippet and address of the best pages. Only where search_kb has nothing.

    Anybody can write what is found: check it against the question, and name the page.
    """
    if _PERSONAL.search(query):
        raise TryAgain(NOT_SENT)
    pages: list[Page] = [
        {"title": each.title, "snippet": each.snippet, "url": each.url} for each in await web.search(query, top_k)
    ]
    return Untrusted(Pages(pages=pages))
