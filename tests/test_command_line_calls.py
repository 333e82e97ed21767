"""`helpdesk tools call` in a process of its own, beside the bot or without one: what it prints, what the log has."""

import asyncio
import json
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot.playground.messages import Message
from tests.rig import is_card
from tests.world import World, a_world

WIFI = ("search_kb", '{"query": "wifi"}')
TICKET = ("create_ticket", '{"title": "No wifi", "description": "In London", "priority": "low"}', "--for", "U0ALEX")


class Said(NamedTuple):
    code: int | None
    out: str
    err: str


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


async def ended(process: Process) -> Said:
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert b"Traceback" not in err
    return Said(process.returncode, out.decode(), err.decode())


async def call(world: World, *words: str) -> Said:
    return await ended(await world.command("tools", "call", *words))


async def trail(world: World) -> list[dict[str, Any]]:
    """What the audit export has of command lines."""
    said = await ended(await world.command("audit", "export"))
    lines = [json.loads(line) for line in said.out.splitlines()]
    return [line for line in lines if ":terminal:" in line["conversation"]]


async def the_card(world: World, place: str = "D0OMAR") -> Message:
    await world.slack.wait_for(lambda: any(map(is_card, world.slack.messages(place))), 60)
    return next(each for each in world.slack.messages(place) if is_card(each))


async def told(process: Process, words: str) -> str:
    """The line of its errors that has these words."""
    assert process.stderr
    async with asyncio.timeout(60):
        while line := (await process.stderr.readline()).decode():
            if words in line:
                return line
    raise AssertionError(words)


async def test_what_only_reads_is_answered_with_a_bot_and_without_one(world: World) -> None:
    bot = await world.run()
    beside = await call(world, *WIFI)
    assert (await ended(await world.command("tools", "list"))).code == 0
    bot.terminate()
    await bot.wait()
    alone = await call(world, *WIFI)
    assert beside.code == alone.code == 0, beside.err + alone.err
    assert json.loads(beside.out) == json.loads(alone.out)
    assert "wifi" in alone.out
    lines = await trail(world)
    assert Counter(line["kind"] for line in lines) == dict.fromkeys(
        ("opened", "commanded", "call", "tool_start", "tool_result"), 2
    )
    assert {line["tool"] for line in lines if line["kind"] == "tool_start"} == {"search_kb"}
    verified = await ended(await world.command("audit", "verify"))
    assert verified.code == 0
    shown = await ended(await world.command("audit", "show", "--tool", "search_kb"))
    assert "search_kb" in shown.out


async def test_what_changes_something_runs_once_somebody_else_has_approved_it(world: World) -> None:
    await world.run()
    process = await world.command("tools", "call", *TICKET)
    assert "waits for 1 approval in Slack, by " in await told(process, "waits for")
    card = await the_card(world)
    (copy,) = [each for each in world.slack.messages("D0ALEX") if is_card(each)]
    for each in (card, copy):
        assert "from the command line of" in str(each.blocks)
    assert "approval.approve" not in str(copy.blocks)
    assert "approval.withdraw" in str(copy.blocks)
    await world.slack.click("U0OMAR", "D0OMAR", card.ts, "approval.approve")
    said = await ended(process)
    assert said.code == 0, said.err
    assert "ticket_id" in said.out
    lines = await trail(world)
    kinds = Counter(line["kind"] for line in lines)
    assert (kinds["request"], kinds["decision"], kinds["tool_start"], kinds["tool_result"]) == (1, 1, 1, 1)
    (request,) = [line["content"] for line in lines if line["kind"] == "request"]
    assert set(request["terminal"]) == {"host", "user"}
    assert "U0ALEX" in request["excluded"]
    shown = await ended(await world.command("audit", "show"))
    assert f"at the command line of {request['terminal']['host']}, OS user {request['terminal']['user']}" in shown.out


async def test_a_denial_is_told_with_its_reason_and_nothing_starts(world: World) -> None:
    await world.run()
    process = await world.command("tools", "call", *TICKET)
    card = await the_card(world)
    await world.slack.click("U0OMAR", "D0OMAR", card.ts, "approval.deny")
    await world.slack.wait_for(lambda: world.slack.views("U0OMAR"), 60)
    await world.slack.submit("U0OMAR", world.slack.views("U0OMAR")[0].id, {"reason": "Not now, please"})
    said = await ended(process)
    assert (said.code, said.out) == (1, "")
    assert "was denied by U0OMAR: Not now, please" in said.err
    assert "tool_start" not in {line["kind"] for line in await trail(world)}


async def test_whoever_is_named_can_take_it_back(world: World) -> None:
    await world.run()
    process = await world.command("tools", "call", *TICKET)
    await the_card(world)
    copy = await the_card(world, "D0ALEX")
    await world.slack.click("U0ALEX", "D0ALEX", copy.ts, "approval.withdraw")
    said = await ended(process)
    assert said.code == 1
    assert "was withdrawn by U0ALEX" in said.err


async def test_a_wait_that_ends_leaves_the_request_open(world: World) -> None:
    await world.run()
    said = await call(world, *TICKET, "--wait", "3")
    assert said.code == 1
    assert "After 3 seconds it is not over." in said.err
    open_ones = await ended(await world.command("approvals", "list"))
    assert "create_ticket for U0ALEX" in open_ones.out


async def test_while_everything_stands_still_reading_goes_on_and_approvals_do_not_count(world: World) -> None:
    await world.run()
    assert (await ended(await world.command("freeze"))).code == 0
    assert (await call(world, *WIFI)).code == 0
    process = await world.command("tools", "call", *TICKET, "--wait", "6")
    card = await the_card(world)
    await world.slack.click("U0OMAR", "D0OMAR", card.ts, "approval.approve")
    assert (await ended(process)).code == 1
    assert [line["tool"] for line in await trail(world) if line["kind"] == "tool_start"] == ["search_kb"]


async def test_nobody_outside_the_workspace_can_be_named(world: World) -> None:
    await world.run()
    said = await call(world, *TICKET[:2], "--for", "U0NOBODY")
    assert said.code == 1
    assert "no active member of this workspace" in said.err
    assert "request" not in {line["kind"] for line in await trail(world)}


async def test_without_a_bot_nothing_that_changes_something_is_left_behind(world: World) -> None:
    process = await world.run()
    process.terminate()
    await process.wait()
    said = await call(world, *TICKET)
    assert said.code == 1
    assert "No bot works on this database" in said.err
    assert await trail(world) == []
