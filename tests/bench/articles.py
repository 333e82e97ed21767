"""How fast, and how well, an article is found among many.

The articles are made up: words as common as words are, and each article has a dozen of its own. A question is what an
author would say of it in a few words, some of them its own. That is not in the index, so the article has to be found by
its title and its text.
"""

import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date

from bot.store.database import Alone, Database
from tests.bench.figure import Figure, median, p95
from tests.bench.scale import Scale
from tests.bench.stage import Kind, database
from tools.backends.knowledge import Article
from tools.backends.sql_knowledge import SqlKnowledge

#: different words, letters of a word, words that are an article's own, articles written at once
WORDS, LETTERS, OWN, BATCH = 20_000, (3, 9), 12, 200
#: results looked at, as in MRR@10
TOP = 10


@dataclass(frozen=True, slots=True)
class Articles:
    """A knowledge base, and questions to it."""

    scale: Scale

    async def figures(self, kind: Kind) -> AsyncIterator[Figure]:
        """How long a question takes, and how high its article stands."""
        for count in self.scale.articles:
            async for figure in self._among(kind, count):
                yield figure

    async def _among(self, kind: Kind, count: int) -> AsyncIterator[Figure]:
        chance = random.Random(7)  # noqa: S311 -- the same articles each time
        articles, questions = _made(chance, count)
        async with database(kind) as url:
            kept = Database(url)
            knowledge = SqlKnowledge(Alone(kept))
            for start in range(0, len(articles), BATCH):
                await knowledge.put(articles[start : start + BATCH])
            took, ranks = [], []
            for slug in chance.sample(sorted(questions), self.scale.questions):
                began = time.perf_counter()
                found = await knowledge.search(questions[slug], TOP)
                took.append(1_000 * (time.perf_counter() - began))
                ranks.append(next((1 / at for at, each in enumerate(found, 1) if each.article.slug == slug), 0.0))
            kept.close()
        name = f"a search among {len(articles):,} articles, {kind}"
        yield Figure(f"{name}, median", "ms", median(took))
        yield Figure(f"{name}, p95", "ms", p95(took), at_most=60 if kind == "SQLite" else None)
        yield Figure(f"{name}, MRR@10", "per cent", 100 * sum(ranks) / len(ranks), note="made-up articles")


def _made(chance: random.Random, count: int) -> tuple[list[Article], dict[str, str]]:
    """Articles, and by slug what somebody asks who needs that one."""
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(*LETTERS))) for _ in range(WORDS)]
    common = [1 / place for place in range(1, WORDS + 1)]
    articles, questions = [], {}
    for number in range(count):
        own = chance.sample(words[OWN * OWN :], OWN)
        title = [*chance.sample(own[: OWN // 2], 3), *chance.choices(words, common, k=2)]
        size = chance.randint(100, 500)
        body = [*chance.choices(words, common, k=size), *chance.choices(own, k=size // 6)]
        chance.shuffle(body)
        slug = f"article-{number}"
        questions[slug] = " ".join([*chance.sample(own, 5), *chance.choices(words, common, k=9)])
        articles.append(_article(slug, " ".join(title), " ".join(body)))
    return articles, questions


def _article(slug: str, title: str, body: str) -> Article:
    return Article(
        slug=slug,
        title=title,
        description="",
        tags=(),
        url=slug,
        updated=date(2026, 1, 1),
        body=body,
        audience=(),
        reviewed=True,
        digest=slug,
    )
