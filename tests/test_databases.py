"""A test that could run on both databases is run on SQLite, unless more is asked for."""

import pytest

from tests.databases import KINDS, chosen

TWINS = ("tests/store/test_x.py::test_a", "tests/slack/test_y.py::test_b")


class Item:
    """What the choice needs of a test."""

    def __init__(self, name: str, **params: object) -> None:
        self.nodeid = name
        if params:
            self.callspec = type("CallSpec", (), {"params": params})
        self.marks: list[str] = []

    def add_marker(self, name: str) -> None:
        self.marks.append(name)


@pytest.fixture
def items(monkeypatch: pytest.MonkeyPatch) -> list[Item]:
    for name in ("DATABASES", "THOROUGH", "PYTEST_XDIST_TESTRUNUID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("tests.databases.is_there", lambda: True)
    own = [Item("tests/ops/test_z.py::test_own[sqlite]", url="sqlite"), Item("tests/core/test_w.py::test_none")]
    return [Item(f"{name}[{kind}-5]", kind=kind, hours=5) for name in TWINS for kind in KINDS] + own


def names(items: list[Item]) -> list[str]:
    return [each.nodeid for each in chosen(items)]  # type: ignore[arg-type]  # it needs no more of a test


def test_each_is_run_on_sqlite_and_what_has_no_twin_stays(items: list[Item]) -> None:
    assert names(items) == [each.nodeid for each in items if "postgresql" not in each.nodeid]


def test_thorough_runs_what_is_of_the_store_on_both_and_measures_it_on_sqlite(
    items: list[Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THOROUGH", "1")
    left = names(items)
    assert [sum(each.startswith(name) for each in left) for name in TWINS] == [2, 1]
    assert [each.nodeid for each in items if each.marks] == [f"{name}[postgresql-5]" for name in TWINS]


def test_another_thorough_run_takes_the_other_one_sooner_or_later(
    items: list[Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THOROUGH", "1")
    seen = set[str]()
    for run in range(20):
        monkeypatch.setenv("PYTEST_XDIST_TESTRUNUID", str(run))
        assert names(items) == names(items)
        seen |= set(names(items))
    assert seen == {each.nodeid for each in items}


def test_all_are_run_on_both_where_that_is_asked_for(items: list[Item], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASES", "both")
    assert names(items) == [each.nodeid for each in items]
