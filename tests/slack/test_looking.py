"""Looking at all of a request, objecting to it, taking back what it gave; each as a dialog."""

import json
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tests.fakes.model import ScriptedModel, call, say
from tests.rig import helpdesk, is_card
from tests.slack.cases import buttons, code, decoded, read
from tests.slack.dialogs import asking, carded, cards, view
from tools.spec import Risk, tool


@tool(risk=Risk.HIGH, subject="user_id")
async def report(user_id: str, text: Annotated[str, Field(max_length=20_000)]) -> str:
    """Write a report about somebody."""
    return user_id + text


async def test_what_is_too_long_for_a_card_is_approved_under_the_whole_of_it(tmp_path: Path) -> None:
    text = "All of this, <!channel>, must be read. " * 300
    model = ScriptedModel([call("report", user_id="U-456", text=text), say("Written.")])
    async with helpdesk(tmp_path, model, tools=(report,)) as desk:
        thread = await carded(desk)
        assert buttons(desk.card(thread).blocks or []) == ["approval.view", "approval.deny", "approval.withdraw"]
        await desk.click("U0DANA", desk.card(thread), "view")
        form = view(desk, "U0DANA")
        assert decoded(code(form.payload["blocks"])) == f"user_id: U-456\ntext: {json.dumps(text)}"
        assert await desk.slack.submit("U0DANA", form.id, {}) is None
        assert desk.slack.views("U0DANA") == []
        await desk.settle()
        assert "*Approved* by <@U0DANA>" in read(desk.card(thread).blocks or [])
        assert (await desk.kinds(thread)).count("tool_start") == 1


async def test_who_may_not_approve_sees_all_of_it_and_no_button(tmp_path: Path) -> None:
    model = ScriptedModel([call("report", user_id="U-456", text="x" * 7_000)])
    async with helpdesk(tmp_path, model, tools=(report,)) as desk:
        thread = await carded(desk)
        for user in ("U0ALEX", "U0MARIA"):
            await desk.click(user, desk.card(thread), "view")
            assert "submit" not in view(desk, user).payload
        await desk.slack.click("U0SAM", "D0SAM", cards(desk, "D0SAM")[0].ts, "approval.view")
        assert "submit" not in view(desk, "U0SAM").payload


async def test_the_form_that_shows_everything_can_deny(tmp_path: Path) -> None:
    model = ScriptedModel([call("report", user_id="U-456", text="x" * 7_000), say("It was denied.")])
    async with helpdesk(tmp_path, model, tools=(report,)) as desk:
        thread = await carded(desk)
        await desk.click("U0DANA", desk.card(thread), "view")
        await desk.slack.click_view("U0DANA", view(desk, "U0DANA").id, "approval.deny")
        assert len(desk.slack.views("U0DANA")) == 2
        assert await desk.slack.submit("U0DANA", view(desk, "U0DANA").id, {"reason": "Too long"}) is None
        assert desk.slack.views("U0DANA") == []
        await desk.settle()
        assert "*Denied* by <@U0DANA>" in read(desk.card(thread).blocks or [])


# ── who it is about ──


async def test_the_person_it_is_about_is_told_and_may_object(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking("Sam objects.")) as desk:
        thread = await carded(desk)
        (own,) = cards(desk, "D0SAM")
        assert buttons(own.blocks or []) == ["approval.deny"]
        await desk.slack.click("U0SAM", "D0SAM", own.ts, "approval.deny")
        assert await desk.send_reason("U0SAM", "I need nothing") is None
        await desk.settle()
        for card in (desk.card(thread), cards(desk, "D0SAM")[0]):
            assert "*Denied* by <@U0SAM>" in read(card.blocks or [])
            assert ">I need nothing" in read(card.blocks or [])
        assert "tool_start" not in await desk.kinds(thread)


# ── taking back ──


async def test_an_undo_is_a_call_of_its_own_and_its_card_says_of_what(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking("Sam is in.", "Sam is out.")) as desk:
        thread = await carded(desk)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        granted = desk.card(thread)
        assert buttons(granted.blocks or []) == ["approval.undo"]

        await desk.click("U0OMAR", granted, "undo")
        await desk.settle()
        _, revoke = [each for each in desk.slack.thread("C0IT", thread) if is_card(each)]
        assert "Takes back what request" in read(revoke.blocks or [])
        await desk.click("U0DANA", revoke, "approve")
        await desk.settle()
        first, second = [each for each in desk.slack.thread("C0IT", thread) if is_card(each)]
        assert "Taken back on" in read(first.blocks or [])
        assert buttons(first.blocks or []) == []
        assert "Done" in read(second.blocks or [])
