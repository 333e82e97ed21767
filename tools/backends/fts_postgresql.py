"""Full-text search over `kb_articles` in PostgreSQL, with a tsvector of our own words.

The words come from here and not from to_tsvector: what is a letter, and what small and large, does not hang on the
database's locale then, an address stays several words, and a word is the same as in SQLite. What differs: the ranking
is ts_rank, weighed by how rare a word is, and not bm25; and of a text only so much is found as fits into a tsvector.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text

from tools.backends.words import words

#: characters of a word that count; a lexeme has at most 2,046 bytes
#: (https://www.postgresql.org/docs/current/textsearch-limits.html, as the next two)
MAX_WORD_CHARS = 500
#: the last place in a text that is kept, and the places of one word
MAX_PLACE, MAX_PLACES = 16_383, 255
#: bytes of the words of an article, with their places; a tsvector has at most a megabyte
MAX_BYTES = 900_000

_RANKED = text("""
    SELECT id FROM (
        SELECT id, ts_rank('{0.2, 0.2, 0.2, 1}', words_fts, term, 1)
            * ln(1 + total / count(*) OVER (PARTITION BY term)) AS score
        FROM (SELECT CAST(word AS tsquery) AS term FROM unnest(CAST(:words AS text[])) AS word) AS terms
        JOIN kb_articles ON words_fts @@ term
        CROSS JOIN (SELECT CAST(count(*) AS float) AS total FROM kb_articles) AS counted
    ) AS hits
    GROUP BY id ORDER BY round(CAST(sum(score) AS numeric), 6) DESC, id LIMIT :limit
""")
_INDEXED = text("UPDATE kb_articles SET words_fts = CAST(:words AS tsvector) WHERE slug = :slug")


def best_articles(connection: Connection, wanted: Sequence[str], limit: int) -> Sequence[int]:
    """Ids of the articles with any of these words, at least one, the best first."""
    terms = [f"'{word[:MAX_WORD_CHARS]}'" for word in wanted]
    return connection.execute(_RANKED, {"words": terms, "limit": limit}).scalars().all()


def index(connection: Connection, texts: Mapping[str, tuple[str, str]]) -> None:
    """Nothing; afterwards the articles of these slugs are found by their title and by what else is in them."""
    rows = [{"slug": slug, "words": tsvector(title, rest)} for slug, (title, rest) in texts.items()]
    if rows:
        connection.execute(_INDEXED, rows)


def tsvector(title: str, rest: str) -> str:
    """The words with their places, in PostgreSQL's notation; those of the title weigh more."""
    places: dict[str, list[str]] = {}
    size = 0
    weighed = [*((word, "A") for word in words(title)), *((word, "D") for word in words(rest))]
    for place, (whole, weight) in enumerate(weighed[:MAX_PLACE], 1):
        word = whole[:MAX_WORD_CHARS]
        size += 2 if word in places else len(word.encode()) + 8
        if size > MAX_BYTES:
            break
        places.setdefault(word, []).append(f"{place}{weight}")
    return " ".join(f"'{word}':{','.join(found[:MAX_PLACES])}" for word, found in places.items())
