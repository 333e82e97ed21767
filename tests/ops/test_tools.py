"""`helpdesk tools`: what is listed and described, and calls that no bot has to be there for."""

import io
import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.ops.tools.shown import TIERS
from bot.store.lock import only_dispatcher
from bot.store.tables import inbox, log
from tests.ops.beside import Desk, command
from tests.ops.conftest import only_sqlite
from tools import TOOLS
from tools.spec import Tool

AT = ("--tenant", "T1")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HELPDESK_RESET_URL", "HELPDESK_BRAVE_KEY", "HELPDESK_SEARXNG_URL", "POLICY_FILE", "MCP_CONFIG"):
        monkeypatch.delenv(name, raising=False)


def test_every_tool_is_listed_with_its_risk_and_why_it_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    told = command("tools", "list", "--json")
    rows = {row["name"]: row for row in map(json.loads, told.out.splitlines())}
    assert {name: row["risk"] for name, row in rows.items()} == {each.name: each.risk.value for each in TOOLS}
    assert rows["search_kb"] == {"name": "search_kb", "risk": "low", "read_only": True, "offered": True, "why": ""}
    assert "HELPDESK_SEARXNG_URL" in rows["web_search"]["why"]
    assert not rows["reset_password"]["offered"]
    monkeypatch.setenv("HELPDESK_RESET_URL", "https://reset.example.com/?token={token}")
    plain = command("tools", "list").out
    assert "reset_password     high      changes  offered\n" in plain
    assert "web_search         low       reads    not offered: neither" in plain


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_each_tool_says_what_it_takes(tool: Tool) -> None:
    told = command("tools", "describe", tool.name)
    assert told.code == 0
    for words in (
        *tool.description.split("\n")[:1],
        *tool.takes_named,
        TIERS[tool.risk],
        f"{tool.timeout_s:g} seconds",
    ):
        assert words in told.out
    described = json.loads(command("tools", "describe", tool.name, "--json").out)
    assert set(described["arguments"].get("properties", {})) == tool.takes_named


def test_what_a_policy_says_of_a_tool_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_APPROVERS", "U0DANA")
    monkeypatch.setenv("POLICY_FILE", "bot/playground/policy.yml")
    assert "finance-by-it, finance-by-its-own" in command("tools", "describe", "grant_access").out


def test_a_name_that_is_none_is_told_the_nearest() -> None:
    for action in ("describe", "call"):
        told = command("tools", action, "serch_kb")
        assert (told.code, told.out) == (2, "")
        assert "did you mean search_kb" in told.err
    assert command("tools", "describe", "q").err.strip() == "There is no tool of this name. helpdesk tools list"


def test_what_changes_something_needs_somebody_who_answers_for_it(desk: Desk) -> None:
    told = desk.run("tools", "call", "remember", '{"fact": "x"}', *AT)
    assert told.code == 2
    assert "--for U0ALEX" in told.err


@only_sqlite
def test_a_call_that_only_reads_is_one_conversation_with_one_start(desk: Desk) -> None:
    told = desk.run("tools", "call", "calculator", '{"expression": "6*7"}', *AT)
    assert (told.code, json.loads(told.out)) == (0, {"result": "42", "exact": True})
    kinds = desk.look(lambda connection: [*connection.scalars(select(log.c.kind).order_by(log.c.seq))])
    assert kinds == ["opened", "commanded", "call", "tool_start", "tool_result"]
    assert desk.look(lambda connection: [*connection.scalars(select(inbox.c.body))]) == [None]


@only_sqlite
def test_a_call_that_does_not_work_says_why_and_counts_as_failed(desk: Desk) -> None:
    told = desk.run("tools", "call", "calculator", '{"expression": "1/0"}', *AT)
    assert (told.code, told.out) == (1, "")
    assert "That divides by zero." in told.err


@only_sqlite
def test_arguments_may_come_from_standard_input(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"expression": "2+2"}\n'))
    assert json.loads(desk.run("tools", "call", "calculator", "-", *AT).out)["result"] == "4"


@only_sqlite
def test_a_tool_that_is_not_offered_is_not_called(desk: Desk) -> None:
    told = desk.run("tools", "call", "web_search", '{"query": "x", "top_k": 1}', *AT)
    assert told.code == 2
    assert "web_search is not offered: neither HELPDESK_BRAVE_KEY" in told.err


@only_sqlite
def test_beside_a_bot_that_does_nothing_it_is_taken_back(desk: Desk) -> None:
    with only_dispatcher(desk.database.name):
        told = desk.run("tools", "call", "calculator", '{"expression": "2+2"}', *AT, "--wait", "0.3")
    assert told.code == 1
    assert "it was taken back: nothing was done" in told.err
    assert desk.look(lambda connection: [*connection.scalars(select(inbox.c.id))]) == []


@only_sqlite
def test_what_rules_are_about_is_left_to_a_bot(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yml"
    policy.write_text("version: 1\nrules:\n  - name: sums\n    tool: calculator\n    require: {approvals: 1}\n")
    monkeypatch.setenv("POLICY_FILE", str(policy))
    monkeypatch.setenv("HELPDESK_APPROVERS", "U0DANA,U0OMAR")
    told = desk.run("tools", "call", "calculator", '{"expression": "2+2"}', *AT)
    assert told.code == 1
    assert "No bot works on this database" in told.err
    assert desk.look(lambda connection: Counter(connection.scalars(select(log.c.kind)))) == Counter()


JSONISH = st.text(alphabet='{}[]":,0123456789.eE-\\ud8naltrufs', max_size=60)


@only_sqlite
@given(text=st.one_of(st.text(), JSONISH).filter(lambda text: text != "-"))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_for_arguments_it_is_answered_in_a_sentence(desk: Desk, text: str) -> None:
    told = desk.run("tools", "call", "remember", text, *AT)
    assert told.code == 2
    assert "Traceback" not in told.err
    assert "This is a bug" not in told.err
