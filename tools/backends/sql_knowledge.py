"""The embedded knowledge base, in SQL: searched as Knowledge, filled as Shelf."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from tools.backends.database import Database, ask
from tools.backends.fts import best_articles, match_terms, snippets
from tools.backends.knowledge import Article, Found
from tools.backends.tables import kb_articles

_SYSTEM = "knowledge base"


class SqlKnowledge:
    """Knowledge and Shelf over `kb_articles` and its full-text tables."""

    def __init__(self, database: Database, *, reviewed: bool = False) -> None:
        self._database = database
        self.reviewed = reviewed

    async def search(self, query: str, limit: int) -> Sequence[Found]:
        """See Knowledge."""
        terms = match_terms(query)
        if not terms:
            return ()
        return await ask(self._database, _SYSTEM, lambda connection: _search(connection, terms, limit))

    async def digests(self) -> Mapping[str, str]:
        """See Shelf."""
        return await ask(self._database, _SYSTEM, _digests)

    async def put(self, articles: Sequence[Article]) -> None:
        """See Shelf."""
        await ask(self._database, _SYSTEM, lambda connection: _put(connection, articles))

    async def remove(self, slugs: Collection[str]) -> None:
        """See Shelf."""
        statement = delete(kb_articles).where(kb_articles.c.slug == bindparam("gone"))
        rows = [{"gone": slug} for slug in slugs]
        if rows:
            await ask(self._database, _SYSTEM, lambda connection: connection.execute(statement, rows).close())


def _search(connection: Connection, terms: str, limit: int) -> Sequence[Found]:
    ids = best_articles(connection, terms, limit)
    passages = snippets(connection, terms, ids)
    rows = {row.id: row for row in connection.execute(select(kb_articles).where(kb_articles.c.id.in_(ids)))}
    return tuple(Found(_article(rows[each]), passages.get(each, rows[each].description)) for each in ids)


def _digests(connection: Connection) -> Mapping[str, str]:
    rows = connection.execute(select(kb_articles.c.slug, kb_articles.c.digest))
    return {row.slug: row.digest for row in rows}


def _put(connection: Connection, articles: Sequence[Article]) -> None:
    known = _digests(connection)
    for article in articles:
        values = asdict(article) | {"tags": ", ".join(article.tags)}
        if article.slug in known:
            connection.execute(update(kb_articles).where(kb_articles.c.slug == article.slug).values(values))
        else:
            connection.execute(insert(kb_articles).values(values))


def _article(row: Row[Any]) -> Article:
    return Article(
        slug=row.slug,
        title=row.title,
        description=row.description,
        tags=tuple(row.tags.split(", ")) if row.tags else (),
        url=row.url,
        updated=row.updated,
        body=row.body,
        digest=row.digest,
    )
