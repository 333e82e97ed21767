"""How much is measured."""

from dataclasses import dataclass

#: seconds of rest between two turns that are measured alone: what follows an answer is not the next one's time
REST = 0.01

#: people in one long thread, so that nobody asks more than 30 times an hour
SPEAKERS = 3


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured."""

    #: turns one at a time, and those before them that do not count
    alone: int
    warm_up: int
    #: long answers that the model speaks word by word
    spoken: int
    rounds: int
    long_threads: int
    #: stored conversations, few and many
    stored: tuple[int, int]
    #: people of a whole company, and how often everybody asks while memory is watched, and before; 30 times at most
    company: int
    memory: int
    memory_warm_up: int
    #: items of a conversation that is very long
    items: int
    #: how often turns there are compared: a multiple of a rebase's period, so that its ups and downs count alike
    long_samples: int
    #: articles of knowledge bases, and questions to each
    articles: tuple[int, ...]
    questions: int
    #: approvals, one after the other
    approvals: int
    #: turns of each of 25 people whose bytes in the database are counted
    stored_turns: int


FULL = Scale(
    alone=150,
    warm_up=20,
    spoken=20,
    rounds=3,
    long_threads=5,
    stored=(1_000, 100_000),
    company=1_000,
    memory=4,
    memory_warm_up=2,
    items=10_000,
    long_samples=20,
    articles=(1_000, 10_000),
    questions=60,
    approvals=40,
    stored_turns=20,
)
QUICK = Scale(
    alone=40,
    warm_up=10,
    spoken=10,
    rounds=1,
    long_threads=2,
    stored=(100, 5_000),
    company=200,
    memory=3,
    memory_warm_up=1,
    items=200,
    long_samples=6,
    articles=(300, 1_000),
    questions=30,
    approvals=10,
    stored_turns=4,
)
