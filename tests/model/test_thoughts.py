"""Thoughts that a server leaves in the text, cut anyhow: what is heard is always the beginning of what is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.thoughts import CLOSES, OPENS, Unthought, is_headless, without

PIECES = st.lists(st.sampled_from([OPENS, CLOSES, "<think", "</", "a", " ", "\n", "b<"]), max_size=10).map("".join)


@given(PIECES, st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_what_is_heard_begins_what_is_left(text: str, lengths: list[int]) -> None:
    """For one whose thoughts have only an end that is known from the answer before."""
    heard: list[str] = []
    unthought, left, at = Unthought(heard.append, thinking=is_headless(text)), text, 0
    while left:
        length = lengths[at % len(lengths)]
        unthought.take(left[:length])
        left, at = left[length:], at + 1
        assert without(text).startswith("".join(heard))
    answer = without(text)
    assert "".join(heard) == ("" if OPENS.startswith(answer.lstrip()) else answer)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hi.", "Hi."),
        ("<think>a</think>Hi.", "Hi."),
        (" \n<think>a</think>\n<think>b</think>Hi.", "Hi."),
        ("<think>never done", ""),
        ("a</think>Hi.", "Hi."),
        ("a</think> <think>b</think>Hi.", "Hi."),
        ("Write <think> and </think>.", "Write <think> and </think>."),
        ("a < b", "a < b"),
    ],
)
def test_only_what_stands_before_the_answer_is_a_thought(text: str, left: str) -> None:
    assert without(text) == left
