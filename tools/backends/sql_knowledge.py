"""The embedded knowledge base, in SQL: searched as Knowledge, filled as Shelf."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from tools.backends import fts_postgresql, fts_sqlite
from tools.backends.database import Database, ask, only_writer
from tools.backends.knowledge import Article, Found
from tools.backends.tables import kb_articles
from tools.backends.words import passage, telling_words

_SYSTEM = "knowledge base"

#: how the best articles are found, by database: their ids, for these words, at most so many
_BEST: Mapping[str, Callable[[Connection, Sequence[str], int], Sequence[int]]] = {
    "sqlite": fts_sqlite.best_articles,
    "postgresql": fts_postgresql.best_articles,
}

# made once: making a statement takes ten times as long as running it
_OF_IDS = select(kb_articles).where(kb_articles.c.id.in_(bindparam("ids", expanding=True)))


class SqlKnowledge:
    """Knowledge and Shelf over `kb_articles` and its full-text index."""

    def __init__(self, database: Database, *, reviewed: bool = False) -> None:
        self._database = database
        self.reviewed = reviewed

    async def search(self, query: str, limit: int) -> Sequence[Found]:
        """See Knowledge."""
        wanted = telling_words(query)
        if not wanted:
            return ()
        return await ask(self._database, _SYSTEM, lambda connection: _search(connection, wanted, limit))

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


def _search(connection: Connection, wanted: Sequence[str], limit: int) -> Sequence[Found]:
    ids = _BEST[connection.dialect.name](connection, wanted, limit)
    rows = {row.id: row for row in connection.execute(_OF_IDS, {"ids": ids})}
    return tuple(_found(rows[each], wanted) for each in ids)


def _found(row: Row[Any], wanted: Sequence[str]) -> Found:
    return Found(_article(row), passage(row.body, wanted) or row.description)


def _digests(connection: Connection) -> Mapping[str, str]:
    rows = connection.execute(select(kb_articles.c.slug, kb_articles.c.digest))
    return {row.slug: row.digest for row in rows}


def _put(connection: Connection, articles: Sequence[Article]) -> None:
    only_writer(connection, kb_articles)
    known = _digests(connection)
    for article in articles:
        values = asdict(article) | {"tags": ", ".join(article.tags)}
        if article.slug in known:
            connection.execute(update(kb_articles).where(kb_articles.c.slug == article.slug).values(values))
        else:
            connection.execute(insert(kb_articles).values(values))
    if connection.dialect.name == "postgresql":  # SQLite has triggers for it
        fts_postgresql.index(connection, {each.slug: (each.title, _rest(each)) for each in articles})


def _rest(article: Article) -> str:
    """What is searched beside the title."""
    return "\n".join((article.description, *article.tags, article.body))


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
