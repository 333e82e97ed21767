"""Storms of clicks: however many, through however many instances, they count once and cost next to nothing."""

import asyncio
from pathlib import Path

from bot.core import words
from tests.rig import Helpdesk
from tests.slack.edge import door_of, press, replica
from tests.slack.test_clicks import asked

#: clicks of one person
CLICKS = 100

#: what Slack is asked about people by
LOOK_UPS = ("users.info", "users.lookupByEmail", "usergroups.users.list")


async def test_fifty_identical_clicks_through_three_instances_are_one_vote_and_one_start(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread), door_of(desk) as one, replica(desk) as two, replica(desk) as three:
        card = desk.card(thread)
        clicks = [press(desk, "U0DANA", card, "approve") for _ in range(50)]
        doors = [(one, two, three)[number % 3] for number in range(50)]
        await asyncio.gather(*(door.interaction(click) for door, click in zip(doors, clicks, strict=True)))
        await desk.settle()
        kinds = await desk.kinds(thread)
        counted = [kinds.count(kind) for kind in ("decision", "close", "tool_start", "click_refused")]
        assert counted == [1, 1, 1, 49]
        told = [each.text for each in desk.slack.ephemerals("U0DANA")]
        assert len(told) == 49
        assert all("already approved by <@U0DANA>" in each for each in told)


async def test_a_storm_of_a_strangers_clicks_asks_slack_nothing(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread):
        assert await storm(desk, thread, "U0MARIA") == 0
        refused = [item for item in await desk.items(thread) if item.kind == "click_refused"]
        assert {item.reason for item in refused} == {words.NOT_APPROVER}


async def test_a_storm_of_one_who_is_no_approver_any_more_asks_slack_a_handful_of_times(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread):
        groups = desk.slack.workspace.usergroups
        groups["S0ITADM"] = groups["S0ITADM"].model_copy(update={"users": ("U0DANA",)})
        assert await storm(desk, thread, "U0OMAR") <= 20
        assert not {"decision", "close", "tool_start"} & set(await desk.kinds(thread))


async def storm(desk: Helpdesk, thread: str, user: str) -> int:
    """So many clicks of one person; how often Slack was asked about people because of them."""
    before = len(desk.slack.calls)
    async with door_of(desk) as door:
        card = desk.card(thread)
        await asyncio.gather(*(door.interaction(press(desk, user, card, "approve")) for _ in range(CLICKS)))
    await desk.settle(60)
    kinds = await desk.kinds(thread)
    assert kinds.count("click_refused") == CLICKS
    return sum(method in LOOK_UPS for method, _ in desk.slack.calls[before:])
