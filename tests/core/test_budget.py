"""Budgets: what can be written, when a period begins and ends, which one holds somebody up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import budget
from bot.core.budget import Budget, Used

TIMES = st.datetimes(timezones=st.just(UTC)).filter(lambda at: 1 < at.year < 9999)


def test_each_entry_says_whose_how_much_and_for_how_long() -> None:
    text = "user 0.50usd/day, workspace 20 usd/month,workspace 2Mtok/day, user 12turns/hour,token 5usd/day,"
    assert budget.parse(text) == (
        Budget("user", 500_000, "usd", "day"),
        Budget("workspace", 20_000_000, "usd", "month"),
        Budget("workspace", 2_000_000, "tok", "day"),
        Budget("user", 12, "turns", "hour"),
        Budget("token", 5_000_000, "usd", "day"),
    )


@pytest.mark.parametrize("text", ["", "workspace 500turns/hour", "user 1usd/day"])
def test_without_an_entry_of_its_own_a_person_has_thirty_turns_an_hour(text: str) -> None:
    assert budget.DEFAULT[0] in budget.parse(text)


@pytest.mark.parametrize(
    "text",
    ["20usd/day", "user 20/day", "user 0usd/day", "user -1usd/day", "user 1usd/hour", "user 3turns/day",
     "team 1usd/day", "user 1.5turns/hour", "user 1Musd/day", "user 0.5tok/day", "user 1usd/day, user 2usd/day",
     "user 1e9tok/day"],
)  # fmt: skip
def test_what_could_be_misread_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(takes entries such as|takes one entry)"):
        budget.parse(text)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("workspace 0.50usd/day", "$0.5 a day"),
        ("workspace 2000usd/month", "$2,000 a month"),
        ("workspace 2Mtok/month", "2,000,000 tokens a month"),
    ],
)
def test_a_budget_is_told_as_people_write_money_and_numbers(entry: str, told: str) -> None:
    assert str(budget.parse(entry)[0]) == told


@given(TIMES, st.sampled_from(["hour", "day", "month"]))
def test_a_period_holds_the_moment_and_the_next_one_begins_where_it_ends(now: datetime, per: budget.Period) -> None:
    began, end = budget.begins(per, now), budget.ends(per, now)
    assert began <= now < end
    if per != "hour":
        assert budget.begins(per, end) == end
        assert budget.begins(per, end - timedelta(microseconds=1)) == began


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 100), st.sampled_from(["usd", "turns"]), TIMES)))
def test_who_is_held_up_is_so_until_the_last_full_budget_has_room(
    found: list[tuple[int, int, budget.Unit, datetime]],
) -> None:
    used = [Used(Budget("user", limit, unit, "day"), amount, until) for amount, limit, unit, until in found]
    full = [each.until for each in used if each.amount >= each.budget.limit]
    held = budget.over(used)
    assert (held and held.until) == (max(full) if full else None)
    assert 0 <= budget.tightest(used) <= 1
    money = [each for each in used if each.budget.unit == "usd"]
    assert (budget.tightest(used) == 1) >= any(each.share >= 1 for each in money)
    assert budget.tightest(used) == budget.tightest(money)
