"""Money: exact, whole, never negative, never guessed; the table says of when it is and gives way to one's own."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.exchange import Usage
from bot.errors import ConfigError
from bot.model import prices
from bot.model.prices import Price

RATE = st.decimals(0, 200, places=4)
COUNT = st.integers(0, 2_000_000)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    given = draw(COUNT)
    return Usage(given, draw(st.integers(0, given)), draw(COUNT))


@given(RATE, RATE, RATE, usages())
def test_the_parts_are_the_whole_but_for_the_rounding(
    per_in: float, per_cached: float, per_out: float, u: Usage
) -> None:
    price = Price.model_validate({"input": per_in, "cached": per_cached, "output": per_out})
    parts = (Usage(u.input - u.cached), Usage(u.cached, u.cached), Usage(0, 0, u.output))
    assert abs(sum(price.of(each) for each in parts) - price.of(u)) <= 2
    assert price.of(u) >= 0


@given(RATE, RATE, usages())
def test_what_came_from_the_cache_is_a_part_of_the_input_and_never_costs_more(
    low: float, high: float, u: Usage
) -> None:
    cached, full = sorted((low, high))
    price = Price.model_validate({"input": full, "cached": cached, "output": 1})
    assert price.of(Usage(0, 0, u.output)) <= price.of(u) <= price.of(Usage(u.input, 0, u.output))
    # a provider that reports more from its cache than there was does not make the rest negative
    assert price.of(Usage(u.input, u.input + 5)) == price.of(Usage(u.input, u.input))


def test_a_dollar_for_a_million_tokens_is_a_millionth_for_one() -> None:
    known = prices.load()
    assert known.cost("gpt-5-mini", Usage(1_000_000, 0, 0)) == 250_000
    assert known.cost("gpt-5-mini", Usage(1_000_000, 1_000_000, 1_000_000)) == 2_025_000
    assert known.cost("gpt-5-mini", Usage(3, 0, 0)) == 1
    assert known.cost("gpt-6-astra", Usage(10, 10, 0)) == 100, "no price for cached input: it counts in full"


@pytest.mark.parametrize("name", ["gpt-5-mini-2025-08-07", "gpt-5-mini-20250807"])
def test_a_snapshot_costs_what_its_model_costs(name: str) -> None:
    assert prices.load().of(name) == prices.load().of("gpt-5-mini")


@pytest.mark.parametrize("name", ["gpt-5-mini-high", "gpt-5-pro", "my-own", "", "gpt-5*"])
def test_a_model_without_a_price_has_none(name: str) -> None:
    assert prices.load().cost(name, Usage(1, 0, 1)) is None


def test_prices_of_ones_own_go_before_the_shipped_ones(tmp_path: Path) -> None:
    file = tmp_path / "prices.yml"
    file.write_text(
        "as_of: 2027-01-02\nmodels:\n  gpt-5-mini: {input: 1, output: 3}\n  local/*: {input: 0, output: 0}\n"
    )
    known = prices.load(file)
    assert str(known.as_of) == "2027-01-02"
    assert known.cost("gpt-5-mini", Usage(2, 0, 1)) == 5
    assert known.cost("local/qwen", Usage(2, 0, 1)) == 0
    assert known.of("gpt-5-nano") == prices.load().of("gpt-5-nano")


@pytest.mark.parametrize(
    "text",
    ["", "absent", "as_of: 2027-01-02", "models: {}", "a: [", "- 1",
     "as_of: 2027-01-02\nmodels: {x: {input: -1, output: 1}}",
     "as_of: 2027-01-02\nmodels: {x: {input: .nan, output: 1}}", "as_of: 2027-01-02\nmodels: {x: {output: 1}}"],
)  # fmt: skip
def test_a_file_that_is_no_table_of_prices_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prices.yml"
    if text != "absent":
        file.write_text(text)
    with pytest.raises(ConfigError, match=r"^HELPDESK_PRICES names a file that is no table of prices: .+"):
        prices.load(file)
