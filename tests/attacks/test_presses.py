"""A press counts only for what the presser saw, only from our workspace, and never from an author of the request."""

from pathlib import Path

from tests.fakes.model import ScriptedModel
from tests.rig import Helpdesk, helpdesk
from tests.slack.dialogs import asking, carded, view
from tests.slack.edge import door_of, press


def waiting() -> ScriptedModel:
    return asking("It waits.", "Done.")


async def edit(desk: Helpdesk, user: str, thread: str, hours: str) -> None:
    """The user changes the hours on the card."""
    await desk.click(user, desk.card(thread), "edit")
    await desk.slack.submit(user, view(desk, user).id, {"duration_hours": hours})
    await desk.settle()


async def test_a_card_read_before_an_edit_approves_nothing(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, waiting()) as desk:
        thread = await carded(desk)
        stale = desk.card(thread)
        await edit(desk, "U0OMAR", thread, "700")
        await desk.stale_click("U0DANA", stale, "approve")
        await desk.settle()
        assert "decision" not in await desk.kinds(thread)


async def test_an_editor_who_asks_for_more_is_an_author_and_another_approver_decides(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, waiting()) as desk:
        thread = await carded(desk)
        await edit(desk, "U0OMAR", thread, "700")
        await desk.click("U0OMAR", desk.card(thread), "approve")
        await desk.settle()
        assert "decision" not in await desk.kinds(thread)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert "tool_start" in await desk.kinds(thread)


async def test_an_editor_who_narrows_and_then_raises_again_is_an_author(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, waiting()) as desk:
        thread = await carded(desk)
        await edit(desk, "U0DANA", thread, "1")
        await edit(desk, "U0DANA", thread, "8")
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert "decision" not in await desk.kinds(thread)


async def test_a_press_from_another_workspace_counts_nothing(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, waiting()) as desk:
        thread = await carded(desk)
        payload = press(desk, "U0DANA", desk.card(thread), "approve")
        payload["user"]["team_id"] = "T0OTHER"
        async with door_of(desk) as door:
            await door.interaction(payload)
        await desk.settle()
        assert "decision" not in await desk.kinds(thread)
