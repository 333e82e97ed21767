"""Full-text search over `kb_articles` in SQLite, with FTS5.

Two indexes, because one index with column weights ranks far worse (mean reciprocal rank .502 against .709 on 12,717
articles, issue 8). Triggers keep them in step with the articles; the first migration makes both.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, text

from tools.backends.words import MANY, rare_words

# bm25 is better the smaller it is (https://sqlite.org/fts5.html#the_bm25_function)
_RANKED = text("""
    SELECT id, sum(score) AS score FROM (
        SELECT rowid AS id, 4 * bm25(kb_title_fts) AS score FROM kb_title_fts WHERE kb_title_fts MATCH :in_title
        UNION ALL
        SELECT rowid AS id, bm25(kb_body_fts) AS score FROM kb_body_fts WHERE kb_body_fts MATCH :in_body
    ) AS hits
    WHERE id NOT IN (SELECT article_id FROM kb_audiences)
        OR id IN (SELECT article_id FROM kb_audiences WHERE audience IN :groups)
    GROUP BY id ORDER BY score, id LIMIT :limit
""").bindparams(bindparam("groups", expanding=True))
_COUNT = text("SELECT count(*) FROM kb_articles")
_FOUND = text("SELECT term, doc FROM kb_body_fts_words WHERE term IN :words").bindparams(
    bindparam("words", expanding=True)
)


def best_articles(connection: Connection, wanted: Sequence[str], limit: int, groups: Sequence[str]) -> Sequence[int]:
    """Ids of the articles with any of these words, at least one, that members of the groups may read, best first."""
    total = connection.execute(_COUNT).scalar_one()
    rows = connection.execute(_FOUND, {"words": wanted}).all() if total >= MANY else ()
    found = {row.term: row.doc for row in rows}
    in_title, in_body = _any_of(wanted), _any_of(rare_words(wanted, found, total))
    asked = {"in_title": in_title, "in_body": in_body, "groups": groups, "limit": limit}
    return connection.execute(_RANKED, asked).scalars().all()


def _any_of(words: Sequence[str]) -> str:
    return " OR ".join(f'"{word}"' for word in words)
