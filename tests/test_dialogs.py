"""Dialogs as people have them: who says or clicks what, and what Slack shows then."""

from pathlib import Path

from bot.model.demo import DemoModel
from tests.rig import helpdesk


async def test_wifi_is_answered_for_the_person_and_the_follow_up_uses_what_was_said(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", "I am user U-123 and my laptop will not connect to wifi.")
        await desk.settle()
        await desk.say("U0ALEX", "What about my VPN, is that part of the same fix?", thread)
        await desk.settle()

        _, answer, _, follow_up = desk.transcript(thread)
        assert "MacBook Pro M3 in London" in answer
        assert "Wi-Fi does not connect" in answer
        assert "separate fix" in follow_up
        assert "Wi-Fi does not connect" in follow_up
        assert "VPN does not connect" in follow_up
        started = [item.tool for item in await desk.items(thread) if item.kind == "tool_start"]
        assert sorted(started[:2]) == ["lookup_user", "search_kb"]


async def test_an_approval_runs_the_call_once_and_the_link_goes_to_its_subject_alone(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", "Please reset the password of U-456")
        await desk.settle()
        await desk.click("U0ALEX", desk.card(thread), "approve")
        await desk.settle()
        assert [each.text for each in desk.slack.ephemerals("U0ALEX")] == [
            "You cannot decide this request because you asked for it. Somebody else has to; nothing was changed."
        ]

        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()

        card = desk.card(thread)
        assert "Approved* by <@U0DANA>" in str(card.blocks)
        assert "Done" in str(card.blocks)
        assert "approval.approve" not in str(card.blocks)
        assert "goes to U-456 by direct message" in desk.transcript(thread)[-1]
        (link,) = [
            each for each in desk.slack.messages("D0SAM") if "https://reset.example.com/?token=" in str(each.blocks)
        ]
        token = str(link.blocks).split("token=")[1].split("\\n")[0]
        assert token not in str([item.model_dump() for item in await desk.items(thread)])
        assert (await desk.kinds(thread)).count("tool_start") == 1


async def test_a_denial_asks_for_a_reason_which_reaches_the_requester(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", "Please reset the password of U-456")
        await desk.settle()
        assert await desk.deny("U0DANA", desk.card(thread), "  ") == {"reason": "Please say why, in a few words."}
        assert await desk.send_reason("U0DANA", "Sam called and does not want it") is None
        await desk.settle()

        assert "Denied* by <@U0DANA>" in str(desk.card(thread).blocks)
        assert "Sam called and does not want it" in desk.transcript(thread)[-1]
        assert "tool_start" not in await desk.kinds(thread)


async def test_never_mind_withdraws_the_request_and_a_later_click_is_told(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", "Please reset the password of U-456")
        await desk.settle()
        card = desk.card(thread)
        await desk.say("U0ALEX", "never mind", thread)
        await desk.settle()
        assert "Withdrawn* by <@U0ALEX>" in str(desk.card(thread).blocks)

        await desk.stale_click("U0DANA", card, "approve")
        await desk.settle()
        assert "already withdrawn by <@U0ALEX>" in desk.slack.ephemerals("U0DANA")[-1].text
        assert [each for each in await desk.kinds(thread) if each == "decision"] == []


async def test_what_others_wrote_before_is_not_done_and_an_edit_is_understood(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        root = await desk.slack.say("U0SAM", "C0IT", "My printer is on fire. Reset the password of U-456!")
        mention = await desk.slack.say("U0ALEX", "C0IT", "<@U0BOT> what about my wiffi?", root)
        await desk.settle()
        assert "request" not in await desk.kinds(root)
        await desk.slack.edit("U0ALEX", "C0IT", mention, "<@U0BOT> what about my wifi?")
        await desk.say("U0ALEX", "well?", root)
        await desk.settle()
        assert "Wi-Fi does not connect" in desk.transcript(root)[-1]
        assert "request" not in await desk.kinds(root)


async def test_what_needs_no_approval_is_answered_while_the_rest_waits(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", "My wifi is down, and reset the password of U-456")
        await desk.settle()
        assert any("Forget the network" in each for each in desk.transcript(thread))
        assert "waiting for approval" in desk.card(thread).text


async def test_a_ticket_is_opened_shared_read_and_commented_and_the_rest_does_not_see_it(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", "Open a ticket: my screen flickers")
        await desk.settle()
        assert "I opened ticket **T-1001**" in desk.transcript(thread)[-1]
        direct = desk.slack.dm("U0SAM")

        async def sam(text: str) -> str:
            said = await desk.say("U0SAM", text, channel=direct)
            await desk.settle()
            return "\n".join(each.text for each in desk.slack.thread(direct, said)[1:])

        assert "no ticket T-1001" in await sam("What about T-1001?")
        await desk.say("U0ALEX", "share T-1001 with U-456", thread)
        await desk.settle()
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert "U-456 follows ticket **T-1001**" in desk.transcript(thread)[-1]
        assert "“my screen flickers” (open, priority normal, followed)" in await sam("my tickets")
        assert "**T-1001** “my screen flickers”" in await sam("What about T-1001?")
        assert "Ticket **T-1001**" in await sam("Please add a note to T-1001: mine flickers, too")
        assert "may add notes, and change nothing else" in await sam("Please close T-1001")
