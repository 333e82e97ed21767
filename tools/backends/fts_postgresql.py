"""Full-text search over `kb_articles` in PostgreSQL, with a tsvector of our own words.

The words come from here and not from to_tsvector: what is a letter, and what small and large, does not hang on the
database's locale then, an address stays several words, and a word is the same as in SQLite. What differs: the ranking
is ts_rank, weighed by how rare a word is, and not bm25; and of a text only so much is found as fits into a tsvector.
"""

from collections.abc import Mapping, Sequence
from math import log

from sqlalchemy import Connection, text

from tools.backends.words import rare_words, words

#: characters of a word that count; a lexeme has at most 2,046 bytes
#: (https://www.postgresql.org/docs/current/textsearch-limits.html, as the next two)
MAX_WORD_CHARS = 500
#: the last place in a text that is kept, and the places of one word
MAX_PLACE, MAX_PLACES = 16_383, 255
#: bytes of the words of an article, with their places; a tsvector has at most a megabyte
MAX_BYTES = 900_000

# each word for itself, by how rare it is; divided by the length, one in a title counts some four times one in a text.
# OFFSET 0 has each word looked up by itself, so in the index: joined, all texts are read for each word until the
# database has vacuumed the table, which takes five times as long
_RANKED = text("""
    SELECT id FROM (
        SELECT id, ts_rank(title_fts, term, 1) * weight AS score
        FROM unnest(CAST(:title_terms AS tsquery[]), CAST(:title_weights AS float[])) AS terms (term, weight)
        CROSS JOIN LATERAL (SELECT id, title_fts FROM kb_articles WHERE title_fts @@ term OFFSET 0) AS found
        UNION ALL
        SELECT id, ts_rank(body_fts, term, 1) * weight AS score
        FROM unnest(CAST(:body_terms AS tsquery[]), CAST(:body_weights AS float[])) AS terms (term, weight)
        CROSS JOIN LATERAL (SELECT id, body_fts FROM kb_articles WHERE body_fts @@ term OFFSET 0) AS found
    ) AS hits
    WHERE id NOT IN (SELECT article_id FROM kb_audiences)
        OR id IN (SELECT article_id FROM kb_audiences WHERE audience = ANY(CAST(:groups AS text[])))
    GROUP BY id ORDER BY round(CAST(sum(score) AS numeric), 6) DESC, id LIMIT :limit
""")
_COUNT = text("SELECT count(*) FROM kb_articles")
_FOUND = text("""
    SELECT word,
        (SELECT count(*) FROM kb_articles WHERE title_fts @@ CAST(word AS tsquery)) AS in_titles,
        (SELECT count(*) FROM kb_articles WHERE body_fts @@ CAST(word AS tsquery)) AS in_bodies
    FROM unnest(CAST(:words AS text[])) AS word
""")
_INDEXED = text("""
    UPDATE kb_articles SET title_fts = CAST(:title AS tsvector), body_fts = CAST(:body AS tsvector) WHERE slug = :slug
""")


def best_articles(connection: Connection, wanted: Sequence[str], limit: int, groups: Sequence[str]) -> Sequence[int]:
    """Ids of the articles with any of these words, at least one, that members of the groups may read, best first."""
    terms = [f"'{word[:MAX_WORD_CHARS]}'" for word in wanted]
    total, rows = connection.execute(_COUNT).scalar_one(), connection.execute(_FOUND, {"words": terms}).all()
    weights = {row.word: log(1 + total / max(row.in_titles, row.in_bodies, 1)) for row in rows}
    rare = rare_words(terms, {row.word: row.in_bodies for row in rows}, total)
    asked = {
        "title_terms": terms,
        "title_weights": [weights[term] for term in terms],
        "body_terms": rare,
        "body_weights": [weights[term] for term in rare],
    }
    return connection.execute(_RANKED, asked | {"groups": groups, "limit": limit}).scalars().all()


def index(connection: Connection, texts: Mapping[str, tuple[str, str]]) -> None:
    """Nothing; afterwards the articles of these slugs are found by their title and by what else is in them."""
    rows = [{"slug": slug, "title": tsvector(title), "body": tsvector(body)} for slug, (title, body) in texts.items()]
    if rows:
        connection.execute(_INDEXED, rows)


def tsvector(said: str) -> str:
    """The words with their places, in PostgreSQL's notation."""
    places: dict[str, list[int]] = {}
    size = 0
    for place, whole in enumerate(words(said)[:MAX_PLACE], 1):
        word = whole[:MAX_WORD_CHARS]
        size += 2 if word in places else len(word.encode()) + 8
        if size > MAX_BYTES:
            break
        places.setdefault(word, []).append(place)
    return " ".join(f"'{word}':{','.join(map(str, found[:MAX_PLACES]))}" for word, found in places.items())
