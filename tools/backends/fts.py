"""Full-text search over `kb_articles`: everything that is written for one database and not for another.

Promise: a query's words are only ever words. Two indexes, because one index with column weights ranks far worse
(mean reciprocal rank .502 against .709 on 12,717 articles, issue 8).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Row, bindparam, text
from sqlalchemy.sql.elements import TextClause

_ADD = (
    "INSERT INTO kb_title_fts(rowid, title) VALUES (new.id, new.title); "
    "INSERT INTO kb_body_fts(rowid, description, tags, body) VALUES (new.id, new.description, new.tags, new.body); "
)
# FTS5 keeps no copy of the text, so it must be told what it forgets (https://sqlite.org/fts5.html#the_delete_command)
_FORGET = (
    "INSERT INTO kb_title_fts(kb_title_fts, rowid, title) VALUES ('delete', old.id, old.title); "
    "INSERT INTO kb_body_fts(kb_body_fts, rowid, description, tags, body) "
    "VALUES ('delete', old.id, old.description, old.tags, old.body); "
)
_OPTIONS = "content='kb_articles', content_rowid='id', tokenize='unicode61'"

#: run once, in this order, after `kb_articles` exists
FTS_SQLITE: tuple[str, ...] = (
    f"CREATE VIRTUAL TABLE kb_title_fts USING fts5(title, {_OPTIONS})",
    f"CREATE VIRTUAL TABLE kb_body_fts USING fts5(description, tags, body, {_OPTIONS})",
    f"CREATE TRIGGER kb_articles_inserted AFTER INSERT ON kb_articles BEGIN {_ADD} END",
    f"CREATE TRIGGER kb_articles_deleted AFTER DELETE ON kb_articles BEGIN {_FORGET} END",
    f"CREATE TRIGGER kb_articles_updated AFTER UPDATE ON kb_articles BEGIN {_FORGET} {_ADD} END",
)

#: different words of a query that are looked for
MAX_TERMS = 32
#: words of a snippet (FTS5 allows 64)
SNIPPET_TERMS = 40

_STOP_TEXT = """
    a about after all also am an and any are as at be been but by can cannot could did do does doesn doing don for
    from get gets had has have having hello help hi how i if im in into is isn it its just ll m me my no not now
    of off on onto or our out please s so some t thanks that the their them then there these they this to too up
    ve was we were what when where which while who why will with won would you your
"""
_STOP_WORDS = frozenset(_STOP_TEXT.split())

# bm25 is better the smaller it is (https://sqlite.org/fts5.html#the_bm25_function)
_RANKED = text("""
    SELECT id, sum(score) AS score FROM (
        SELECT rowid AS id, 4 * bm25(kb_title_fts) AS score FROM kb_title_fts WHERE kb_title_fts MATCH :terms
        UNION ALL
        SELECT rowid AS id, bm25(kb_body_fts) AS score FROM kb_body_fts WHERE kb_body_fts MATCH :terms
    ) AS hits
    GROUP BY id ORDER BY score, id LIMIT :limit
""")
_SNIPPETS = text("""
    SELECT rowid AS id, snippet(kb_body_fts, 2, '', '', '…', :words) AS snippet
    FROM kb_body_fts WHERE kb_body_fts MATCH :terms AND rowid IN :ids
""").bindparams(bindparam("ids", expanding=True))


def match_terms(query: str) -> str:
    """The FTS5 expression for any of the query's words, each quoted; empty where the query has no word.

    Stop words count only where there is nothing else.
    """
    words = dict.fromkeys(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", query).lower()))
    telling = [word for word in words if word not in _STOP_WORDS] or list(words)
    return " OR ".join(f'"{word}"' for word in telling[:MAX_TERMS])


def best_articles(connection: Connection, terms: str, limit: int) -> Sequence[int]:
    """Ids of the articles that match an expression of `match_terms`, the best first."""
    return [row.id for row in _rows(connection, _RANKED, terms=terms, limit=limit)]


def snippets(connection: Connection, terms: str, ids: Sequence[int]) -> Mapping[int, str]:
    """The matching passage of each of these articles; an article that matches by its title alone has none."""
    rows = _rows(connection, _SNIPPETS, terms=terms, words=SNIPPET_TERMS, ids=ids)
    return {row.id: row.snippet for row in rows}


def _rows(connection: Connection, statement: TextClause, **values: object) -> Sequence[Row[tuple[object, ...]]]:
    if connection.dialect.name != "sqlite":
        raise NotImplementedError("the knowledge base is searched in SQLite only so far")
    return connection.execute(statement, values).all()
