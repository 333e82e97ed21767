"""Sentences with figures in them: each says what a person has to know to go on."""

from datetime import UTC, datetime

import pytest

from bot.core import items, words
from bot.core.budget import Budget, Of, Unit, Used

UNTIL = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)


def test_a_system_that_is_left_alone_is_named_with_when_to_try_again() -> None:
    assert words.not_lately("reset_password", 30) == "Not run: reset_password has not worked lately; try again in 30 s."


@pytest.mark.parametrize(
    ("of", "unit", "why"),
    [
        ("user", "turns", "You have asked me 30 things within an hour, which is my limit."),
        ("workspace", "turns", "People of this workspace have asked me 30 things within an hour, which is my limit."),
        ("token", "turns", "This token of the API has asked me 30 things within an hour, which is my limit."),
        ("user", "usd", "You have used up what one person may spend on me in a day."),
        ("workspace", "usd", "This workspace has used up what it may spend on me in a day."),
        ("token", "tok", "This token of the API has used up what it may spend on me in a day."),
    ],
)
def test_whose_budget_is_used_up_is_told_with_when_there_is_some_again(of: Of, unit: Unit, why: str) -> None:
    told = words.over_budget(Used(Budget(of, 30, unit, "hour" if unit == "turns" else "day"), 30, UNTIL))
    assert told.startswith(f"{why} I can work for you again from ")
    assert f"<!date^{int(UNTIL.timestamp())}^" in told
    assert "(21 Nov, 00:00 UTC)" in told
    assert told.endswith("contact IT directly.")


@pytest.mark.parametrize(("limit", "size"), [(200 * 1024, "200 KB"), (5 * 1024 * 1024, "5 MB")])
def test_a_file_that_is_too_large_is_told_with_the_limit(limit: int, size: str) -> None:
    assert words.file_too_large(limit).startswith(f"It is larger than {size}, which is my limit.")
    assert words.too_many_pictures(4) == "I look at no more than 4 pictures in one message."


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("unavailable", "was not reachable for 30 minutes"),
        ("rejected", "refuses my requests"),
        ("empty", "I have no answer to that"),
    ],
)
def test_the_end_of_a_turn_without_a_model_says_why(why: items.FailureReason, said: str) -> None:
    assert said in words.failed(items.ModelFailed(turn=2, why=why, retry_at=None))
