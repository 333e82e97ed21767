"""When a workspace is told of its budgets, and of what often fails: at the thresholds, and not for a few failures."""

import pytest

from bot.core.alert import ENOUGH, FAILING, failing, reached


@pytest.mark.parametrize(
    ("share", "told"),
    [(0, None), (0.499, None), (0.5, 50), (0.799, 50), (0.8, 80), (0.999, 80), (1, 100), (2.5, 100)],
)
def test_of_a_budget_the_highest_threshold_is_told_that_it_has_passed(share: float, told: int | None) -> None:
    assert reached(share) == told


@pytest.mark.parametrize(
    ("calls", "failed", "told"),
    [
        (ENOUGH, 5, FAILING),
        (ENOUGH, 4, None),
        (ENOUGH - 1, ENOUGH - 1, None),
        (1_000, 249, None),
        (1_000, 250, FAILING),
    ],
)
def test_that_something_often_fails_is_told_from_a_quarter_of_enough_attempts_on(
    calls: int, failed: int, told: int | None
) -> None:
    assert failing(calls, failed) == told
