"""Budgets as dialogs: who has used theirs up is told until when, others go on, and the next day begins anew."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.core import budget, items
from bot.core.known import TurnKnown
from bot.errors import ConfigError
from bot.setup import Setup
from tests.databases import url_for
from tests.fakes.model import ScriptedModel
from tests.ops.beside import command
from tests.rig import helpdesk
from tests.run.spenders import PRICES, Clock, DearModel, ask
from tests.slack.tenants import ONE, TWO, tenants

MIDNIGHT = "from <!date^1795305600^{date_short_pretty} at {time}|22 Nov 2026, 00:00 UTC> (22 Nov, 00:00 UTC)"


async def test_one_person_is_held_up_until_the_next_day_and_others_are_not(tmp_path: Path) -> None:
    clock, model = Clock(), DearModel()
    budgets = budget.parse("user 2usd/day")
    async with helpdesk(tmp_path, model, now=clock, prices=PRICES, budgets=budgets) as desk:
        assert [await ask(desk, "U0ALEX") for _ in range(2)] == ["ok", "ok"]
        told = await ask(desk, "U0ALEX")
        assert told == (
            f"You have used up what one person may spend on me in a day. I can work for you again {MIDNIGHT}. "
            "If it cannot wait, please contact IT directly."
        )
        assert await ask(desk, "U0SAM") == "ok"
        assert model.asked == 3, "who is refused costs nothing"
        clock.go(hours=14, minutes=29)
        assert "used up" in await ask(desk, "U0ALEX")
        clock.go(minutes=1)
        assert await ask(desk, "U0ALEX") == "ok"


async def test_a_workspace_is_held_up_as_a_whole_by_the_tokens_of_all(tmp_path: Path) -> None:
    clock = Clock()
    budgets = budget.parse("workspace 2Mtok/month, user 1.5Mtok/day")
    async with helpdesk(tmp_path, DearModel(), now=clock, budgets=budgets) as desk:
        assert [await ask(desk, user) for user in ("U0ALEX", "U0SAM")] == ["ok", "ok"]
        told = await ask(desk, "U0DANA")
        assert told.startswith(
            "This workspace has used up what it may spend on me in a month. I can work for you again"
        )
        assert "(1 Dec, 00:00 UTC)" in told
        clock.go(days=9)
        assert "used up" in await ask(desk, "U0DANA"), "it is the last day of the month"
        clock.go(days=1)
        assert await ask(desk, "U0DANA") == "ok"


async def test_another_workspace_has_a_budget_of_its_own(tmp_path: Path) -> None:
    budgets = budget.parse("workspace 1usd/day")
    async with tenants(tmp_path, DearModel(), ONE, TWO, now=Clock(), prices=PRICES, budgets=budgets) as desk:
        for slack in desk.slacks:
            await desk.install(slack)
            for answer in ("ok", "This workspace has used up"):
                thread = await desk.say(slack, "U0ALEX", "hello")
                await desk.settle()
                assert desk.said(slack, thread)[-1].startswith(answer)


async def test_what_is_spent_is_known_to_the_turn_and_turns_do_not_count_as_money(tmp_path: Path) -> None:
    budgets = budget.parse("user 4usd/day, workspace 5usd/day, user 3turns/hour")
    async with helpdesk(tmp_path, DearModel(), now=Clock(), prices=PRICES, budgets=budgets) as desk:
        shares = []
        for user in ("U0ALEX", "U0ALEX", "U0SAM"):
            thread = await desk.say(user, "hello")
            await desk.settle()
            known = [item.known for item in await desk.items(thread) if isinstance(item, items.Facts)]
            shares += [each.spent for each in known if isinstance(each, TurnKnown)]
        assert shares == [0, 0.25, 0.4]


@pytest.mark.parametrize(
    ("setting", "who"), [("user 2turns/hour", "You have"), ("workspace 2turns/hour", "People of this workspace have")]
)
async def test_a_refused_question_does_not_put_off_the_time_that_was_told(
    tmp_path: Path, setting: str, who: str
) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, DearModel(), now=clock, budgets=budget.parse(setting)) as desk:
        assert await ask(desk, "U0ALEX") == "ok"
        clock.go(minutes=10)
        assert await ask(desk, "U0ALEX") == "ok"
        for _ in range(3):
            clock.go(minutes=5)
            told = await ask(desk, "U0ALEX")
            assert told.startswith(f"{who} asked me 2 things within an hour")
            assert "(21 Nov, 10:30 UTC)" in told
        clock.go(minutes=35, seconds=1)
        assert await ask(desk, "U0ALEX") == "ok"
        assert "(21 Nov, 10:40 UTC)" in await ask(desk, "U0ALEX")


@pytest.mark.sqlite
async def test_money_is_not_limited_where_it_cannot_be_counted(tmp_path: Path) -> None:
    assert Setup.__dataclass_fields__["budgets"].default == budget.DEFAULT
    with pytest.raises(ConfigError, match=r"HELPDESK_BUDGETS limits money, and the model scripted has no price\. .+"):
        async with helpdesk(tmp_path, ScriptedModel(), budgets=budget.parse("user 2usd/day")):
            pass


async def test_beside_the_running_bot_it_is_told_what_was_used(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DearModel(), prices=PRICES) as desk:
        assert [await ask(desk, user) for user in ("U0ALEX", "U0ALEX", "U0SAM")] == ["ok"] * 3
        where = ("--json", "--database-url", url_for(tmp_path))
        told = await asyncio.to_thread(command, "usage", "--by", "user", *where)
        rows = [json.loads(line) for line in told.out.splitlines()]
        assert [(each["user"], each["calls"], each["usd"]) for each in rows[:-1]] == [("U0ALEX", 2, 2), ("U0SAM", 1, 1)]
        assert rows[-1]["total"]["usd"] == 3
        thread = await desk.say("U0SAM", "more")
        await desk.settle()
        told = await asyncio.to_thread(command, "usage", "--conversation", f"T0DEMO:C0IT:{thread}", *where)
        assert json.loads(told.out.splitlines()[0])["tokens_in"] == 900_000
