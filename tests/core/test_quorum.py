"""Counting votes: so many different people, of the sources asked for, each source for one person where it says so."""

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.quorum import Quorum, missing, widened

SOURCES = ("A", "B", "C", "D")
PEOPLE = ("U1", "U2", "U3", "U4")
VOTES = st.dictionaries(st.sampled_from(PEOPLE), st.sets(st.sampled_from(SOURCES)).map(tuple))
QUORUMS = st.builds(
    Quorum,
    approvals=st.integers(1, 4),
    sources=st.sets(st.sampled_from(SOURCES), min_size=1).map(tuple),
    distinct=st.booleans(),
)


def most_distinct(quorum: Quorum, votes: dict[str, tuple[str, ...]]) -> int:
    """By trying everything: how many people can each stand for another source."""
    people = list(votes)
    for count in range(min(len(people), len(quorum.sources)), 0, -1):
        for some in combinations(people, count):
            for sources in permutations(quorum.sources, count):
                if all(source in votes[user] for user, source in zip(some, sources, strict=True)):
                    return count
    return 0


@given(QUORUMS, VOTES)
def test_a_quorum_counts_what_trying_everything_counts(quorum: Quorum, votes: dict[str, tuple[str, ...]]) -> None:
    counted = (
        most_distinct(quorum, votes)
        if quorum.distinct
        else len([user for user in votes if set(votes[user]) & set(quorum.sources)])
    )
    assert quorum.missing(votes) == max(0, quorum.approvals - counted)


@given(st.integers(0, 4), st.lists(QUORUMS, max_size=3), VOTES)
def test_enough_is_enough_people_and_every_quorum(
    needs: int, quorums: list[Quorum], votes: dict[str, tuple[str, ...]]
) -> None:
    enough = len(votes) >= needs and all(quorum.missing(votes) == 0 for quorum in quorums)
    assert (missing(needs, quorums, votes) == 0) == enough


@given(QUORUMS, VOTES, st.sampled_from(PEOPLE), st.sets(st.sampled_from(SOURCES)).map(tuple))
def test_one_more_vote_never_makes_it_worse_and_counts_for_one_at_most(
    quorum: Quorum, votes: dict[str, tuple[str, ...]], user: str, sources: tuple[str, ...]
) -> None:
    without = {each: held for each, held in votes.items() if each != user}
    assert 0 <= quorum.missing(without) - quorum.missing(without | {user: sources}) <= 1


@given(QUORUMS, VOTES, st.sets(st.sampled_from(SOURCES)).map(tuple))
def test_more_sources_ask_for_the_same_number_of_people(
    quorum: Quorum, votes: dict[str, tuple[str, ...]], more: tuple[str, ...]
) -> None:
    (wider,) = widened([quorum], more)
    assert wider.approvals == quorum.approvals
    assert wider.distinct == quorum.distinct
    assert wider.missing(votes) <= quorum.missing(votes)


@pytest.mark.parametrize(
    ("votes", "left"),
    [
        ({}, 2),
        ({"U1": ("A", "B")}, 1),
        ({"U1": ("A",), "U2": ("A",)}, 1),
        ({"U1": ("A", "B"), "U2": ("A",)}, 0),
        ({"U1": ("A", "B"), "U2": ("A", "B")}, 0),
        ({"U1": ("C",), "U2": ("A",)}, 1),
    ],
)
def test_distinct_wants_a_person_for_each_of_two_groups(votes: dict[str, tuple[str, ...]], left: int) -> None:
    assert Quorum(approvals=2, sources=("A", "B"), distinct=True).missing(votes) == left


def test_nobody_stands_for_sources_that_are_not_asked() -> None:
    assert Quorum(approvals=1, sources=("A",)).missing({"U1": ("B", "C"), "U2": ()}) == 1


def test_who_stands_for_nothing_is_nobody_for_the_number_of_people_only() -> None:
    quorum = Quorum(approvals=1, sources=("A",))
    assert missing(2, [quorum], {"U1": ("A",)}) == 1
    assert missing(2, [quorum], {"U1": ("A",), "U2": ("B",)}) == 0
