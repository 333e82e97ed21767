"""Lengths of time as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.lengths import length, spelled


@given(st.integers(1, 99_999))
def test_what_is_spelled_is_read_again(minutes: int) -> None:
    assert length(spelled(timedelta(minutes=minutes))) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("text", "meant"), [("30m", timedelta(minutes=30)), ("7d", timedelta(days=7)), ("2w", timedelta(14))]
)
def test_each_unit_is_known(text: str, meant: timedelta) -> None:
    assert length(text) == meant


@pytest.mark.parametrize("text", ["", "4", "h", "4 h", "-4h", "4H", "1.5h", "4hh", "100000m", "٤h", "4h\n"])
def test_anything_else_is_no_length_of_time(text: str) -> None:
    assert length(text) is None
