"""Whoever runs the tests on several workers does not wait for one that began last."""

import pytest

from tests.order import LONG, spread

SHORT = [f"tests/test_short.py::test_{number}" for number in range(96)]


def named(names: list[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 7])
def test_each_worker_begins_with_long_ones_and_nothing_is_left_out(workers: int) -> None:
    long = [f"{begins}::test" for begins in LONG]
    order = spread(named([*SHORT, *reversed(long)]), workers)
    assert sorted(order) == sorted([*SHORT, *long])
    left = order
    for worker in range(workers):
        share = len(left) // (workers - worker)
        mine, left = left[:share], left[share:]
        theirs = long[worker::workers]
        assert mine[: len(theirs)] == theirs


def test_without_long_ones_the_order_stays() -> None:
    assert spread(named(SHORT), 4) == SHORT


def test_fewer_tests_than_workers_are_all_run() -> None:
    assert sorted(spread(named([SHORT[0], f"{LONG[0]}::test"]), 4)) == sorted([SHORT[0], f"{LONG[0]}::test"])
