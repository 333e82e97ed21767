"""The embedded knowledge base, in SQL: searched as Knowledge, filled as Shelf."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, delete, insert, select, update

from tools.backends import fts_postgresql, fts_sqlite
from tools.backends.database import Database, ask, only_writer
from tools.backends.failures import KNOWLEDGE
from tools.backends.knowledge import Article, Found
from tools.backends.tables import kb_articles, kb_audiences
from tools.backends.words import passage, telling_words

#: how the best articles are found, by database: their ids, for these words, at most so many, for these groups
_BEST: Mapping[str, Callable[[Connection, Sequence[str], int, Sequence[str]], Sequence[int]]] = {
    "sqlite": fts_sqlite.best_articles,
    "postgresql": fts_postgresql.best_articles,
}

# made once: making a statement takes ten times as long as running it
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_OF_IDS = select(kb_articles).where(kb_articles.c.id.in_(_IDS))
_AUDIENCES = (
    select(kb_audiences.c.article_id, kb_audiences.c.audience)
    .where(kb_audiences.c.article_id.in_(_IDS))
    .order_by(kb_audiences.c.audience)
)
_SLUG = kb_articles.c.slug == bindparam("of_slug")
_THIS = select(kb_articles.c.id).where(_SLUG).scalar_subquery()
_ANYBODY = delete(kb_audiences).where(kb_audiences.c.article_id == _THIS)
_ONLY = insert(kb_audiences).values(article_id=_THIS, audience=bindparam("only"))
_PUT, _CHANGE, _REMOVE = insert(kb_articles), update(kb_articles).where(_SLUG), delete(kb_articles).where(_SLUG)


class SqlKnowledge:
    """Knowledge and Shelf over `kb_articles` and its full-text index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, query: str, limit: int, groups: Collection[str] = ()) -> Sequence[Found]:
        """See Knowledge."""
        wanted = telling_words(query)
        if not wanted:
            return ()
        return await ask(self._database, KNOWLEDGE, lambda found: _search(found, wanted, limit, [*groups]))

    async def digests(self) -> Mapping[str, str]:
        """See Shelf."""
        return await ask(self._database, KNOWLEDGE, _digests)

    async def put(self, articles: Sequence[Article]) -> None:
        """See Shelf."""
        await ask(self._database, KNOWLEDGE, lambda connection: _put(connection, articles))

    async def remove(self, slugs: Collection[str]) -> None:
        """See Shelf."""
        rows = [{"of_slug": slug} for slug in slugs]
        if rows:
            await ask(self._database, KNOWLEDGE, lambda connection: _remove(connection, rows))


def _search(connection: Connection, wanted: Sequence[str], limit: int, groups: Sequence[str]) -> Sequence[Found]:
    ids = _BEST[connection.dialect.name](connection, wanted, limit, groups)
    rows = {row.id: row for row in connection.execute(_OF_IDS, {"ids": ids})}
    audiences = defaultdict[int, list[str]](list)
    for article, audience in connection.execute(_AUDIENCES, {"ids": ids}):
        audiences[article].append(audience)
    return tuple(
        Found(_article(rows[each], audiences[each]), passage(rows[each].body, wanted) or rows[each].description)
        for each in ids
    )


def _digests(connection: Connection) -> Mapping[str, str]:
    rows = connection.execute(select(kb_articles.c.slug, kb_articles.c.digest))
    return {row.slug: row.digest for row in rows}


def _put(connection: Connection, articles: Sequence[Article]) -> None:
    only_writer(connection, kb_articles)
    known = _digests(connection)
    for article in articles:
        values = asdict(article) | {"tags": ", ".join(article.tags)}
        audience = values.pop("audience")
        this = {"of_slug": article.slug}
        connection.execute(*(_CHANGE, values | this) if article.slug in known else (_PUT, values))
        connection.execute(_ANYBODY, this)
        if audience:
            connection.execute(_ONLY, [this | {"only": each} for each in audience])
    if connection.dialect.name == "postgresql":  # SQLite has triggers for it
        fts_postgresql.index(connection, {each.slug: (each.title, _rest(each)) for each in articles})


def _remove(connection: Connection, rows: Sequence[Mapping[str, str]]) -> None:
    connection.execute(_ANYBODY, rows)
    connection.execute(_REMOVE, rows)


def _rest(article: Article) -> str:
    """What is searched beside the title."""
    return "\n".join((article.description, *article.tags, article.body))


def _article(row: Row[Any], audience: Sequence[str]) -> Article:
    return Article(
        slug=row.slug,
        title=row.title,
        description=row.description,
        tags=tuple(row.tags.split(", ")) if row.tags else (),
        url=row.url,
        updated=row.updated,
        body=row.body,
        audience=tuple(audience),
        reviewed=row.reviewed,
        digest=row.digest,
    )
