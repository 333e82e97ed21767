"""How tools are called by models: there and back again, in names that every provider takes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import TOOLS
from tools.wire import by_wire_name, wire_name

pytestmark = pytest.mark.sqlite


def test_a_tool_of_a_server_has_a_hyphen_and_one_of_ours_keeps_its_name() -> None:
    assert wire_name("files.read_file") == "files-read_file"
    assert all(wire_name(each.name) == each.name for each in TOOLS)


@given(st.text())
def test_whatever_it_is_called_models_can_call_it(name: str) -> None:
    assert re.fullmatch("[a-zA-Z0-9_-]{1,64}", wire_name(name))


@given(st.text("ab._-", min_size=60, max_size=80), st.text("ab", min_size=1, max_size=3))
def test_long_names_stay_apart(begin: str, end: str) -> None:
    assert wire_name(f"{begin}{end}x") != wire_name(f"{begin}{end}y")


def test_two_that_would_be_called_the_same_are_refused() -> None:
    assert by_wire_name(["a.b", "c"]) == {"a-b": "a.b", "c": "c"}
    with pytest.raises(ValueError, match=r"could not tell a\.b and a-b apart"):
        by_wire_name(["a.b", "a-b"])
