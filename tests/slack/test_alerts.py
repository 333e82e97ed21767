"""Alerts: a workspace hears of its budget at 50, 80 and 100 per cent, and of what often fails, each once."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.core import alert, budget, items
from bot.core.exchange import Usage
from bot.errors import ModelRejected
from bot.ops.beside import tenant_of
from bot.playground import LocalSlack
from bot.playground.teams import Team
from bot.slack.announce import WITHHELD
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk, kill
from tests.run.spenders import PRICES, Clock, DearModel, ask
from tests.slack.edge import door_of
from tests.slack.tenants import ONE, TWO, tenants
from tools.spec import NotPossible, Risk, ToolFailed, tool

TOLD = ":moneybag: {} % of what this workspace may spend on me ($10 a day) is used."
FULL = f"{TOLD.format(100)} Who asks now is told when I can work for them again."


def alerts(desk: Helpdesk, channel: str = "C0APPROVE") -> list[str]:
    return [each.text for each in desk.slack.messages(channel)]


@pytest.mark.parametrize("where", [{"approval_channel": "C0APPROVE"}, {"humans": ("S0ITADM", "C0APPROVE")}])
async def test_each_threshold_is_told_once_a_period(tmp_path: Path, where: dict[str, str]) -> None:
    clock = Clock()
    options: dict[str, Any] = {
        "now": clock,
        "prices": PRICES,
        "budgets": budget.parse("workspace 10usd/day, user 99usd/day"),
        **where,
    }
    async with helpdesk(tmp_path, DearModel(), **options) as desk:
        told = []
        for _ in range(11):
            await ask(desk, "U0ALEX")
            told.append(len(alerts(desk)))
        assert told == [0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3]
        assert alerts(desk) == [TOLD.format(50), TOLD.format(80), FULL]
        slack = desk.slack
    clock.go(days=1)
    model = DearModel()
    model.takes = Usage(8_500_000, 0, 0)
    async with helpdesk(tmp_path, model, slack=slack, **options) as desk:
        await ask(desk, "U0SAM")
        assert alerts(desk)[3:] == [TOLD.format(80)], "of two passed at once the higher one is told"


async def test_it_is_told_once_though_the_process_dies_at_any_moment(tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "prices": PRICES,
        "budgets": budget.parse("workspace 10usd/day"),
        "approval_channel": "C0APPROVE",
    }
    model = DearModel()
    model.takes = Usage(6_000_000, 0, 0)
    async with helpdesk(tmp_path, model, **options) as desk:
        thread = await desk.say("U0ALEX", "hello")
        await desk.slack.wait_for(lambda: desk.transcript(thread)[1:], 60)
        kill()
        slack = desk.slack
    async with helpdesk(tmp_path, model, slack=slack, **options) as desk:
        await desk.settle()
        model.takes = Usage(1, 0, 0)
        await ask(desk, "U0ALEX")
        assert alerts(desk) == [TOLD.format(50)]


async def test_people_in_it_are_told_once_a_day_that_slack_withholds_events(tmp_path: Path) -> None:
    clock = Clock()
    options: dict[str, Any] = {"now": clock, "approval_channel": "C0APPROVE"}
    async with helpdesk(tmp_path, ScriptedModel([]), **options) as desk, door_of(desk) as door:
        for days, times in ((0, 2), (1, 1)):
            clock.go(days=days)
            for _ in range(times):
                assert await door.post(withheld("T0DEMO")) == 200
                await desk.settle()
        assert alerts(desk) == [WITHHELD] * 2
        assert await door.post(withheld("T0OTHER")) == 400, "we are not there"
        assert await door.post(withheld("<T0DEMO>")) == 400
        await desk.settle()
        assert len(alerts(desk)) == 2


async def test_in_an_organisation_it_is_told_where_all_else_is(tmp_path: Path) -> None:
    """Slack names the workspace alone there; a tenant of its own for it would have `helpdesk freeze` ask which one."""
    slack = LocalSlack("http://127.0.0.1:9/none", team=Team(enterprise="E0ORG"))
    options: dict[str, Any] = {"approval_channel": "C0APPROVE", "slack": slack}
    async with helpdesk(tmp_path, ScriptedModel([say("Hello.")]), **options) as desk, door_of(desk) as door:
        await ask(desk, "U0ALEX")
        assert await door.post(withheld("T0DEMO")) == 200
        await desk.settle()
        assert alerts(desk) == [WITHHELD]
        assert await desk.bot.database.run(lambda connection: tenant_of(connection, None)) == "E0ORG"


def withheld(team: str) -> bytes:
    """What Slack sends then: https://docs.slack.dev/reference/events/app_rate_limited"""
    said = {"token": "x", "type": "app_rate_limited", "team_id": team, "minute_rate_limited": 1, "api_app_id": "A1"}
    return json.dumps(said).encode()


async def test_another_workspace_hears_nothing_of_it(tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "prices": PRICES,
        "budgets": budget.parse("workspace 2usd/day"),
        "humans": ("C0APPROVE",),
    }
    async with tenants(tmp_path, DearModel(), ONE, TWO, **options) as desk:
        for slack in desk.slacks:
            await desk.install(slack)
        await desk.say(desk.slacks[0], "U0ALEX", "hello")
        await desk.settle()
        first, second = (slack.messages("C0APPROVE") for slack in desk.slacks)
        assert [each.text[:15] for each in first] == [":moneybag: 50 %"]
        assert second == []


@tool(risk=Risk.LOW, read_only=True)
async def away(text: str) -> str:
    """Is down."""
    raise ToolFailed(text)


async def test_a_tool_that_often_fails_is_told_once_a_day(tmp_path: Path) -> None:
    tries = alert.ENOUGH + 3
    script = [reply for number in range(tries) for reply in (call("away", text=str(number)), say("sorry"))]
    options: dict[str, Any] = {
        "now": Clock(),
        "tools": [away],
        "budgets": budget.parse("user 99turns/hour"),
        "approval_channel": "C0APPROVE",
    }
    async with helpdesk(tmp_path, ScriptedModel(script), **options) as desk:
        for number in range(tries):
            await ask(desk, "U0ALEX")
            assert len(alerts(desk)) == int(number >= alert.ENOUGH - 1)
        assert alerts(desk) == [
            ":warning: The tool `away` fails often: 25 % or more of today's calls. My log says why."
        ]


@tool(risk=Risk.LOW, read_only=True)
async def unlocked(text: str) -> str:
    """Works, but not for those who have no account."""
    raise NotPossible(text)


async def test_what_cannot_be_done_is_no_failure_of_its_tool(tmp_path: Path) -> None:
    """Nor does it shut the tool for others."""
    tries = alert.ENOUGH + 1
    script = [reply for number in range(tries) for reply in (call("unlocked", text=f"no {number}"), say("sorry"))]
    options: dict[str, Any] = {
        "tools": [unlocked],
        "budgets": budget.parse("user 99turns/hour"),
        "approval_channel": "C0APPROVE",
    }
    async with helpdesk(tmp_path, ScriptedModel(script), **options) as desk:
        for number in range(tries):
            thread = await desk.say("U0ALEX", "help")
            await desk.settle()
            (result,) = [each for each in await desk.items(thread) if isinstance(each, items.ToolResult)]
            assert (result.outcome, result.output) == ("failed", f"no {number}")
        assert alerts(desk) == []


async def test_so_is_a_model(tmp_path: Path) -> None:
    script = [ModelRejected("401") if number % 4 == 3 else say("ok") for number in range(alert.ENOUGH)]
    async with helpdesk(tmp_path, ScriptedModel(script), approval_channel="C0APPROVE", now=Clock()) as desk:
        for _ in script[:-1]:
            await ask(desk, "U0ALEX")
        assert alerts(desk) == []
        await ask(desk, "U0ALEX")
        assert "The language model `scripted` fails often" in alerts(desk)[0]
