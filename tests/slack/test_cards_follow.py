"""Every copy of a card follows its request: reminders, more people, the same asked again, people of other teams."""

from pathlib import Path

import pytest

from bot.core import words
from bot.playground.messages import Message
from bot.slack.edge import tenant_of
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk, is_card
from tests.slack.cases import buttons, read
from tests.slack.dialogs import ACCESS, asking, carded, cards
from tests.slack.edge import Clock, press
from tests.waiting import until

NUDGED = """
version: 1
remind: 10m
escalate: {after: 20m, to: [S0SECOPS]}
"""
WHILE = 600


def beside(desk: Helpdesk, channel: str) -> list[str]:
    """What we said there beside cards."""
    return [each.text for each in desk.slack.messages(channel) if each.user == "U0BOT" and not is_card(each)]


def nudged(folder: Path) -> Path:
    file = folder / "policy.yml"
    file.write_text(NUDGED)
    return file


async def test_in_a_channel_approvers_are_reminded_by_name_and_later_more_people_get_a_card(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, asking("Sam is in."), now=clock, policy_file=nudged(tmp_path)) as desk:
        thread = await carded(desk)
        assert "U0RAVI" not in read(desk.card(thread).blocks or [])
        clock.pass_(WHILE + 60)
        await until(lambda: "is still open: <@U0DANA>, <@U0OMAR>, please" in str(beside(desk, "C0IT")))
        assert cards(desk, "D0RAVI") == []

        clock.pass_(WHILE)
        await until(lambda: bool(cards(desk, "D0RAVI")))
        await desk.settle()
        assert "more people may decide it now" in beside(desk, "C0IT")[-1]
        assert "<@U0RAVI>" in beside(desk, "C0IT")[-1]
        assert "more people are asked" in read(desk.card(thread).blocks or [])
        await desk.slack.click("U0RAVI", "D0RAVI", cards(desk, "D0RAVI")[0].ts, "approval.approve")
        await desk.settle()
        for card in (desk.card(thread), *cards(desk, "D0RAVI"), *cards(desk, "D0SAM")):
            assert "*Approved* by <@U0RAVI>" in read(card.blocks or [])


async def test_a_request_of_a_direct_message_reminds_in_direct_messages(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, asking(), now=clock, policy_file=nudged(tmp_path)) as desk:
        direct = desk.slack.dm("U0ALEX")
        await desk.say("U0ALEX", "Sam needs finance-reports", channel=direct)
        await desk.settle()
        clock.pass_(WHILE + 60)
        await until(lambda: "is still open" in str(beside(desk, "D0DANA")) + str(beside(desk, "D0OMAR")))
        await desk.settle()
        assert len(beside(desk, "D0DANA")) == len(beside(desk, "D0OMAR")) == 1
        assert beside(desk, direct) == beside(desk, "D0SAM") == []
        clock.pass_(WHILE)
        await until(lambda: bool(cards(desk, "D0RAVI")))


async def test_with_an_approval_channel_reminders_come_there_and_nobody_gets_a_direct_message(tmp_path: Path) -> None:
    clock = Clock()
    policy = nudged(tmp_path)
    async with helpdesk(tmp_path, asking(), now=clock, policy_file=policy, approval_channel="C0APPROVE") as desk:
        await carded(desk)
        clock.pass_(2 * WHILE + 60)
        await until(lambda: "more people" in str(beside(desk, "C0APPROVE")))
        await desk.settle()
        assert "still open" not in str(beside(desk, "C0IT"))
        assert cards(desk, "D0RAVI") == cards(desk, "D0DANA") == []


async def test_the_same_asked_by_another_is_one_card_that_names_both(tmp_path: Path) -> None:
    model = ScriptedModel(
        [call("grant_access", **ACCESS), call("grant_access", **ACCESS), say("Both told.")] + [say(".")] * 3
    )
    async with helpdesk(tmp_path, model) as desk:
        thread = await carded(desk)
        await desk.say("U0PETER", "please, Sam needs finance-reports", thread)
        await desk.settle()
        card = desk.card(thread)
        assert "*Asked by* <@U0ALEX>, also by <@U0PETER>" in read(card.blocks or [])
        await desk.click("U0DANA", card, "approve")
        await desk.settle()
        assert (await desk.kinds(thread)).count("tool_start") == 1


async def test_who_takes_back_what_a_direct_message_gave_sees_the_request_they_made(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking("Sam is in.", "Sam is out.")) as desk:
        direct = desk.slack.dm("U0ALEX")
        await desk.say("U0ALEX", "Sam needs finance-reports", channel=direct)
        await desk.settle()
        await desk.click("U0DANA", cards(desk, "D0DANA")[0], "approve")
        await desk.settle()
        await desk.click("U0OMAR", cards(desk, "D0OMAR")[0], "undo")
        await desk.settle()
        own, asked = cards(desk, "D0OMAR")[-1], cards(desk, "D0DANA")[-1]
        assert buttons(own.blocks or []) == ["approval.withdraw"]
        assert buttons(asked.blocks or [])[:2] == ["approval.approve", "approval.deny"]
        assert "*Asked by* <@U0OMAR>" in read(asked.blocks or [])


async def test_people_of_another_team_decide_nothing_whatever_they_are_listed_as(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking()) as desk:
        thread = await carded(desk)
        payload = press(desk, "U0DANA", desk.card(thread), "approve")
        payload["user"]["team_id"] = "T0OTHER"
        await desk.slack.raw_action(payload)
        await desk.settle()
        assert desk.slack.ephemerals("U0DANA")[-1].text == words.NOT_APPROVER
        assert "decision" not in await desk.kinds(thread)


@pytest.mark.parametrize(
    ("user", "team", "enterprise", "tenant"),
    [
        ({"team_id": "T1"}, {"id": "T1"}, None, "T1"),
        ({"team_id": "T2"}, {"id": "T1"}, None, "T2"),
        ({}, {"id": "T1"}, None, "T1"),
        ({"team_id": "T1"}, {"id": "T1"}, {"id": "E1"}, "E1"),
        ({"team_id": "E1"}, {"id": "T1"}, {"id": "E1"}, "E1"),
        ({"team_id": "T2"}, {"id": "T1"}, {"id": "E1"}, "T2"),
        ({"team_id": "T1"}, None, {"id": "E1"}, "T1"),
        ({}, None, None, ""),
    ],
)
def test_the_tenant_of_a_click_is_its_clicker_s(
    user: dict[str, str], team: dict[str, str] | None, enterprise: dict[str, str] | None, tenant: str
) -> None:
    assert tenant_of({"user": {"id": "U1", **user}, "team": team, "enterprise": enterprise}) == tenant


async def test_a_reader_of_the_card_finds_the_message_it_came_from(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking()) as desk:
        thread = await carded(desk)
        root: Message = desk.slack.thread("C0IT", thread)[0]
        link = f"archives/C0IT/p{root.ts.replace('.', '')}?thread_ts={thread}&amp;cid=C0IT|the message>"
        assert f"<https://playground.slack.com/{link}" in read(desk.card(thread).blocks or [])
