"""`helpdesk usage`: what was used, by whom, when, with which model and tools; and of one conversation turn by turn."""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from bot.core import items
from bot.ops.usage import MAX_ROWS, UNKNOWN, show_conversation
from bot.store.tables import tool_usage, usage
from tests.ops.beside import Desk, Told
from tests.ops.trail import Trail

TODAY = datetime.now(UTC)


def used(desk: Desk, principal: str, days_ago: int = 0, **changes: Any) -> None:
    """A request, unless told otherwise, of 1,000 tokens in and 200 out for a tenth of a cent, in two seconds."""
    row = dict.fromkeys((each.name for each in usage.c if not each.primary_key), 0) | {
        "tenant": "T1", "day": f"{TODAY - timedelta(days=days_ago):%Y-%m-%d}", "principal": principal, "model": "m",
        "prompt": "p-1",
        "calls": 1, "tokens_in": 1_000, "tokens_cached": 400, "tokens_out": 200, "cost": 1_000, "ms": 2_000,
    }  # fmt: skip
    desk.look(lambda connection: connection.execute(insert(usage).values(row | changes)))


def lines(told: Told) -> list[list[str]]:
    assert (told.code, told.err) == (0, "")
    return [line.split() for line in told.out.splitlines()]


def test_a_table_with_the_most_expensive_first_and_all_of_it_last(desk: Desk) -> None:
    used(desk, "U0ALEX", calls=2, failed=1)
    used(desk, "U0SAM", cost=2_500_000)
    used(desk, "U0SAM", tenant="T2", model="other", cost=500, repeated=1)
    assert desk.run("usage", "--by", "user").out.splitlines() == [
        "workspace  user    calls  failed  repeated  tokens in  tokens cached  tokens out     USD  s each",
        "T1         U0SAM       1       0         0      1,000            400         200  2.5000     2.0",
        "T1         U0ALEX      2       1         0      1,000            400         200  0.0010     1.0",
        "T2         U0SAM       1       0         1      1,000            400         200  0.0005       " + UNKNOWN,
        "all                    4       1         1      3,000          1,200         600  2.5015     2.0",
    ]
    assert [line[0] for line in lines(desk.run("usage", "--by", "workspace"))] == ["workspace", "T1", "T2", "all"]
    assert [line[0] for line in lines(desk.run("usage", "--by", "model"))] == ["model", "m", "other", "all"]
    assert [line[0] for line in lines(desk.run("usage", "--by", "prompt"))] == ["prompt", "p-1", "all"]


def test_days_are_in_their_order_and_not_older_than_asked(desk: Desk) -> None:
    for ago in (0, 3, 40):
        used(desk, "U0ALEX", ago, cost=ago)
    days = [f"{TODAY - timedelta(days=ago):%Y-%m-%d}" for ago in (40, 3, 0)]
    assert [line[0] for line in lines(desk.run("usage"))] == ["day", *days[1:], "all"]
    assert [line[0] for line in lines(desk.run("usage", "--since", "8w"))] == ["day", *days, "all"]
    assert [line[0] for line in lines(desk.run("usage", "--since", "60000w"))] == ["day", *days, "all"]
    assert desk.run("usage", "--since", "5m").code == 2


def test_money_that_is_not_known_is_not_shown_as_none(desk: Desk) -> None:
    used(desk, "U0ALEX", unpriced=1, cost=0)
    used(desk, "U0SAM", unpriced=3, calls=4)
    table = desk.run("usage", "--by", "user").out
    assert [line.split("200  ")[1][:8] for line in table.splitlines()[1:3]] == ["≥ 0.0010", f"       {UNKNOWN}"]
    assert table.endswith("4 requests used a model that had no price: their money is not known.\n")
    found = [json.loads(line) for line in desk.run("usage", "--by", "user", "--json").out.splitlines()]
    assert [each["usd"] for each in found[:2]] == [0.001, None]


def test_a_long_list_is_cut_and_its_totals_are_not(desk: Desk) -> None:
    for number in range(MAX_ROWS + 5):
        used(desk, f"U{number}")
    table = desk.run("usage", "--by", "user").out.splitlines()
    assert (len(table), table[-1]) == (MAX_ROWS + 3, "5 more are not listed; the last line counts them, too.")
    assert table[-2].split()[:2] == ["all", "205"]
    *rows, last = [json.loads(line) for line in desk.run("usage", "--by", "user", "--json").out.splitlines()]
    assert (len(rows), last["rows"], last["shown"], last["total"]["calls"]) == (MAX_ROWS, 205, MAX_ROWS, 205)
    assert sum(each["calls"] for each in rows) == MAX_ROWS


def test_tools_by_how_often_they_failed(desk: Desk) -> None:
    row = {"tenant": "T1", "day": f"{TODAY:%Y-%m-%d}", "principal": "U0ALEX", "tool": "search_kb", "calls": 5}
    row |= {"failed": 2, "unknown": 0, "cached": 1, "ms": 2_000}
    desk.look(lambda connection: connection.execute(insert(tool_usage).values(row)))
    assert desk.run("usage", "--by", "tool").out.splitlines() == [
        "tool       calls  failed  unknown  cached  s each",
        "search_kb      5       2        0       1     0.5",
        "all            5       2        0       1     0.5",
    ]


def test_nothing_used_is_said_so(desk: Desk) -> None:
    assert desk.run("usage").out == "Nothing was used.\n"
    assert json.loads(desk.run("usage", "--json").out)["total"]["calls"] == 0
    told = desk.run("usage", "--conversation", "T1:C1:9.9")
    assert (told.code, told.err) == (1, "No turn of T1:C1:9.9 is kept here.\n")


async def test_a_conversation_turn_by_turn(trail: Trail, capsys: pytest.CaptureFixture[str]) -> None:
    place = "T1:C9:9.9"
    asked = {"tokens_in": 1_000, "tokens_out": 20, "cost": 300, "ms": 1_500, "model": "m"}
    output = items.ModelOutput(turn=2, seen=2, prompt="1", status="complete", parts=(), **asked)
    said: list[items.Item] = [
        items.Opened(tenant="T1", channel="C9", thread_ts="9.9", private=False),
        items.UserMessage(author="U0ALEX", text="hello", ts="9.9"),
        items.ModelFailed(turn=2, why="unavailable", retry_at=None, ms=500, model="m"),
        output,
        items.Call(turn=2, tool="search_kb", arguments="{}"),
        items.ToolStart(call=5, tool="search_kb", attempt=1),
        items.ToolResult(call=5, tool="search_kb", outcome="passing", output="down"),
        items.UserMessage(author="U0SAM", text="and me", ts="9.10"),
        output.model_copy(update={"turn": 8, "cost": None}),
    ]
    await trail.add(place, said)

    await show_conversation(trail.url, place, sys.stdout, as_json=False)
    first, second, total = capsys.readouterr().out.splitlines()[1:4]
    assert first.split() == ["2", "U0ALEX", "2", "1", "0", "1,000", "0", "20", "1", "1", "0.0003", "1.0"]
    assert second.split() == ["8", "U0SAM", "1", "0", "0", "1,000", "0", "20", "0", "0", UNKNOWN, "1.5"]
    assert total.split() == ["all", "3", "1", "0", "2,000", "0", "40", "1", "1", "≥", "0.0003", "1.2"]
