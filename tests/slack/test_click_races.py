"""Many clicks, late clicks, clicks that contradict each other: one decision, and everybody knows whose."""

import asyncio
from pathlib import Path

from tests.slack.edge import door_of, links, press, rows
from tests.slack.test_clicks import asked


async def test_fifty_identical_clicks_of_one_admin_are_one_decision_and_one_start(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread):
        card = desk.card(thread)
        await asyncio.gather(*(desk.stale_click("U0DANA", card, "approve") for _ in range(50)))
        await desk.settle()
        kinds = await desk.kinds(thread)
        assert (kinds.count("decision"), kinds.count("tool_start"), kinds.count("click_refused")) == (1, 1, 49)


async def test_twenty_clicks_of_two_admins_are_one_decision_and_one_start(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread):
        card = desk.card(thread)
        clicks = [desk.stale_click(user, card, "approve") for _ in range(10) for user in ("U0DANA", "U0OMAR")]
        await asyncio.gather(*clicks)
        await desk.settle()
        kinds = await desk.kinds(thread)
        assert (kinds.count("decision"), kinds.count("tool_start")) == (1, 1)
        assert len(links(desk)) == 1


async def test_one_click_delivered_many_times_is_one_click(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread), door_of(desk) as door:
        stored = await rows(desk, "inbox")
        payload = press(desk, "U0DANA", desk.card(thread), "approve")
        await asyncio.gather(*(door.interaction(payload) for _ in range(10)))
        await desk.settle()
        assert await rows(desk, "inbox") == stored + 1
        assert "click_refused" not in await desk.kinds(thread)


async def test_an_approval_after_a_denial_is_told_who_denied_and_when(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread):
        card = desk.card(thread)
        await desk.deny("U0DANA", card, "Sam called")
        await desk.settle()
        await desk.stale_click("U0OMAR", card, "approve")
        await desk.settle()
        (told,) = desk.slack.ephemerals("U0OMAR")
        assert f"already denied by <@U0DANA> on {desk.bot.kit.now():%-d %b %Y}" in str(told.blocks)
        assert "tool_start" not in await desk.kinds(thread)


async def test_a_denial_after_an_approval_is_told_who_approved_and_when(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread):
        card = desk.card(thread)
        await desk.click("U0OMAR", card, "approve")
        await desk.settle()
        await desk.stale_click("U0DANA", card, "deny")
        assert await desk.send_reason("U0DANA", "Wait!") is None
        await desk.settle()
        (told,) = desk.slack.ephemerals("U0DANA")
        assert f"already approved by <@U0OMAR> on {desk.bot.kit.now():%-d %b %Y}" in str(told.blocks)
        assert (await desk.kinds(thread)).count("decision") == 1


async def test_a_denial_and_an_approval_at_once_are_one_decision(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread):
        card = desk.card(thread)
        await desk.click("U0DANA", card, "deny")
        await asyncio.gather(desk.send_reason("U0DANA", "No"), desk.stale_click("U0OMAR", card, "approve"))
        await desk.settle()
        decided = [item for item in await desk.items(thread) if item.kind == "decision"]
        assert len(decided) == 1
        assert (await desk.kinds(thread)).count("tool_start") == (decided[0].verdict == "approve")


async def test_a_blank_reason_is_asked_for_again_and_a_form_sent_twice_counts_once(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread):
        card = desk.card(thread)
        for blank in (" ", "\n\t ", "\u2003"):
            assert await desk.deny("U0DANA", card, blank) == {"reason": "Please say why, in a few words."}
        (view,) = desk.slack.views("U0DANA")
        sent = await asyncio.gather(*(desk.slack.submit("U0DANA", view.id, {"reason": "Sam called"}) for _ in range(2)))
        assert sent == [None, None]
        await desk.settle()
        kinds = await desk.kinds(thread)
        assert (kinds.count("decision"), kinds.count("click_refused")) == (1, 1)
        assert "already denied by <@U0DANA>" in str(desk.slack.ephemerals("U0DANA")[-1].blocks)
        assert "Sam called" in str(desk.card(thread).blocks)
