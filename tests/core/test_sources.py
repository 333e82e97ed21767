"""What an answer rests on stands below it, unless the answer says so itself."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.items import ToolResult
from bot.core.sources import MAX_SOURCES, MAX_TITLE, Source, read, uncited

WIFI = {"title": "Wifi does not connect", "url": "https://kb.example.com/wifi", "text": "Turn it off.", "snippet": "x"}
VPN = {"title": "VPN", "url": "https://kb.example.com/vpn", "snippet": "y"}


def result(value: object, outcome: str = "done") -> ToolResult:
    return ToolResult.model_validate(
        {"call": 1, "tool": "search_kb", "outcome": outcome, "output": json.dumps(value), "trusted": True}
    )


def test_only_what_was_read_in_full_is_a_source() -> None:
    found = read((), result({"articles": [WIFI, VPN]}))
    assert found == (Source("Wifi does not connect", "https://kb.example.com/wifi"),)
    assert read(found, result({"articles": [WIFI]})) == found, "each once"
    assert read((), result({"articles": [WIFI]}, "failed")) == ()


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("Turn it off and on.", 1),
        ("See *wifi  does not\nconnect*.", 0),
        ("See https://kb.example.com/wifi.", 0),
    ],
)
def test_what_the_answer_names_is_not_named_again(answer: str, left: int) -> None:
    assert len(uncited(read((), result([WIFI])), answer)) == left


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["articles", "title", "url", "text"]), inner),
    )
)
def test_any_result_gives_few_and_short_sources(value: object) -> None:
    found = read((), result({"articles": [value] * 9, "text": WIFI}))
    assert len(found) <= MAX_SOURCES
    assert all(len(each.title) <= MAX_TITLE for each in found)
