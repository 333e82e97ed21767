"""A card may stand in several places; each shows the same, and any of them can be used."""

from pathlib import Path

import pytest

from bot.model.demo import DemoModel
from bot.playground.messages import Message
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk, is_card

RESET = "Please reset the password of U-456"


def copies(desk: Helpdesk, *channels: str) -> list[Message]:
    """The cards in these channels."""
    return [each for channel in channels for each in desk.slack.messages(channel) if is_card(each)]


@pytest.mark.parametrize("pressed_in", ["C0IT", "C0APPROVE"])
async def test_a_decision_in_one_place_is_shown_in_both(tmp_path: Path, pressed_in: str) -> None:
    async with helpdesk(tmp_path, DemoModel(), approval_channel="C0APPROVE") as desk:
        await desk.say("U0ALEX", RESET)
        await desk.settle()
        (card,) = copies(desk, pressed_in)
        await desk.click("U0DANA", card, "approve")
        await desk.settle()
        both = copies(desk, "C0IT", "C0APPROVE")
        assert len(both) == 2
        assert all("Approved* by <@U0DANA>" in str(each.blocks) and "Done" in str(each.blocks) for each in both)
        assert not any("approval." in str(each.blocks) for each in both)


async def test_a_refusal_is_whispered_where_the_button_was_pressed(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel(), approval_channel="C0APPROVE") as desk:
        await desk.say("U0ALEX", RESET)
        await desk.settle()
        (card,) = copies(desk, "C0APPROVE")
        await desk.click("U0MARIA", card, "approve")
        await desk.settle()
        (told,) = desk.slack.ephemerals("U0MARIA")
        assert (told.channel, told.thread_ts) == ("C0APPROVE", None)


async def test_a_request_of_a_direct_message_is_decided_in_the_approvers_own(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        direct = desk.slack.dm("U0ALEX")
        await desk.say("U0ALEX", RESET, channel=direct)
        await desk.settle()
        (own,) = copies(desk, direct)
        assert "approval.approve" not in str(own.blocks)
        dana, omar = copies(desk, "D0DANA", "D0OMAR")
        await desk.click("U0OMAR", omar, "approve")
        await desk.settle()
        shown = copies(desk, direct, "D0DANA", "D0OMAR")
        assert all("Approved* by <@U0OMAR>" in str(each.blocks) for each in shown)

        await desk.stale_click("U0DANA", dana, "approve")
        await desk.settle()
        assert "already approved by <@U0OMAR>" in str(desk.slack.ephemerals("U0DANA")[-1].blocks)


async def test_a_channel_for_approvals_that_is_not_there_leaves_the_card_in_the_thread(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel(), approval_channel="C0NOTHERE") as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert "Done" in str(desk.card(thread).blocks)


async def test_a_direct_message_s_request_that_no_channel_shows_is_closed_and_told(tmp_path: Path) -> None:
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("Nobody can be asked.")])
    async with helpdesk(tmp_path, model, approval_channel="C0NOTHERE") as desk:
        direct = desk.slack.dm("U0ALEX")
        thread = await desk.say("U0ALEX", RESET, channel=direct)
        await desk.settle()
        assert "could not be shown" in str(desk.card(thread, direct).blocks)
        assert desk.transcript(thread, direct)[-1] == "U0BOT: Nobody can be asked."
