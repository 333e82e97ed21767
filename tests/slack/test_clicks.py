"""A click counts only if it comes from somebody entitled; all others are told privately, and it is on record."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.core import words
from bot.model.demo import DemoModel
from bot.run.call_facts import NOT_NOW
from bot.slack.card_words import FORGED, NOT_OPENED
from tests.rig import Helpdesk, helpdesk
from tests.slack.edge import door_of, press, rows

RESET = "Please reset the password of U-456"


@asynccontextmanager
async def asked(folder: Path, before: str | None = None) -> AsyncIterator[tuple[Helpdesk, str]]:
    """Alex asked for a reset of Sam's password, and the card waits; `before`: who spoke in the thread first."""
    async with helpdesk(folder, DemoModel()) as desk:
        thread = await desk.slack.say(before, "C0IT", "<@U0BOT> hello") if before else None
        await desk.settle()
        thread = await desk.say("U0ALEX", RESET, thread)
        await desk.settle()
        yield desk, thread


async def was_refused(desk: Helpdesk, thread: str, user: str, reason: str) -> None:
    """The last click, by `user`, changed nothing; they alone were told why in the thread, and the log says so."""
    await desk.settle()
    told = desk.slack.ephemerals(user)[-1]
    assert told.blocks is not None
    assert reason in told.blocks[0]["text"]["text"]
    assert (told.channel, told.thread_ts) == ("C0IT", thread)
    refused = [item for item in await desk.items(thread) if item.kind == "click_refused"]
    assert refused[-1].actor == user
    assert reason in refused[-1].reason
    assert not {"decision", "close", "tool_start"} & set(await desk.kinds(thread))
    assert "waiting for approval" in desk.card(thread).text


@pytest.mark.parametrize("action", ["approve", "deny"])
async def test_people_involved_strangers_and_guests_decide_nothing(tmp_path: Path, action: str) -> None:
    async with asked(tmp_path, before="U0OMAR") as (desk, thread):
        about = [("U0SAM", "because it is about you.")] if action == "approve" else []  # who it is about may say no
        for user, reason in [
            ("U0ALEX", "because you asked for it."),
            *about,
            ("U0OMAR", "because your messages were part of what led to it."),
            ("U0MARIA", words.NOT_APPROVER),
            ("U0GIL", words.NOT_APPROVER),
        ]:
            if action == "deny":
                assert await desk.deny(user, desk.card(thread), "Because I say so") is None
            else:
                await desk.click(user, desk.card(thread), action)
            await was_refused(desk, thread, user, reason)
            assert len(desk.slack.ephemerals(user)) == 1


async def test_who_stopped_being_an_approver_after_the_card_came_decides_nothing(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread):
        users = desk.slack.workspace.users
        omar = users["U0OMAR"]
        for change, reason in (
            ({"deleted": True}, NOT_NOW),
            ({"is_restricted": True}, NOT_NOW),
            ({"is_ultra_restricted": True}, NOT_NOW),
            ({"team_id": "T0OTHER"}, words.NOT_APPROVER),
        ):
            users["U0OMAR"] = omar.model_copy(update=change)
            await desk.stale_click("U0OMAR", desk.card(thread), "approve")
            await was_refused(desk, thread, "U0OMAR", reason)


async def test_who_left_the_group_after_the_card_came_decides_nothing(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread):
        groups = desk.slack.workspace.usergroups
        groups["S0ITADM"] = groups["S0ITADM"].model_copy(update={"users": ("U0DANA",)})
        await desk.stale_click("U0OMAR", desk.card(thread), "approve")
        await was_refused(desk, thread, "U0OMAR", words.NOT_APPROVER)


async def test_only_the_requester_withdraws(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread):
        await desk.click("U0DANA", desk.card(thread), "withdraw")
        await was_refused(desk, thread, "U0DANA", words.NOT_YOURS)
        await desk.click("U0ALEX", desk.card(thread), "withdraw")
        await desk.settle()
        assert "Withdrawn* by <@U0ALEX>" in str(desk.card(thread).blocks)
        assert "tool_start" not in await desk.kinds(thread)


async def test_a_value_we_never_made_leads_nowhere(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread):
        stored = await rows(desk, "inbox")
        values = ["", "1", "0" * 32, "%", "' OR 1=1 --", "x" * 2_000, "\u202e\U0001f600"]
        for value in values:
            await desk.slack.raw_action(press(desk, "U0DANA", desk.card(thread), "approve", value))
        told = desk.slack.ephemerals("U0DANA")
        assert [(each.text, each.thread_ts) for each in told] == [(FORGED, thread)] * len(values)
        await desk.slack.raw_action(press(desk, "U0DANA", desk.card(thread), "deny", "forged"))
        assert await desk.send_reason("U0DANA", "No") == {"reason": FORGED}
        assert await rows(desk, "inbox") == stored


async def test_the_value_of_another_conversation_gives_no_right_there(tmp_path: Path) -> None:
    # given: Omar may decide in the first thread; in the second he wrote, so he may not
    async with asked(tmp_path) as (desk, first):
        second = await desk.slack.say("U0OMAR", "C0IT", "<@U0BOT> hello")
        await desk.settle()
        await desk.say("U0SAM", "Please reset the password of U-123", second)
        await desk.settle()
        (other,) = [item for item in await desk.items(second) if item.kind == "request"]

        await desk.slack.raw_action(press(desk, "U0OMAR", desk.card(first), "approve", other.id))
        await desk.settle()

        assert "your messages were part" in desk.slack.ephemerals("U0OMAR")[-1].text
        assert (await desk.kinds(second)).count("click_refused") == 1
        for thread in (first, second):
            assert not {"decision", "tool_start"} & set(await desk.kinds(thread))


async def test_clicks_with_parts_missing_change_nothing_and_break_nothing(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread), door_of(desk) as door:
        # given: a click of somebody who may not decide, so that nothing counts by accident
        whole = press(desk, "U0MARIA", desk.card(thread), "approve")
        button = whole["actions"][0]
        bent = [{key: value for key, value in whole.items() if key != name} for name in whole]
        bent += [whole | {name: None} for name in ("channel", "message", "container", "user", "actions", "team")]
        times: list[object] = ["soon", "nan", "1e400", "9" * 400, None, {}]
        bent += [whole | {"actions": [button | {"action_ts": at}]} for at in times]
        values: list[object] = [None, 7, [], {}]
        bent += [whole | {"actions": [button | {"value": value}]} for value in values]
        for number, payload in enumerate(bent):
            again = {"trigger_id": f"1.2.{number}"} if "trigger_id" in payload else {}
            await door.interaction(payload | again)
        await desk.settle()
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert (await desk.kinds(thread)).count("decision") == 1
        assert (await desk.kinds(thread)).count("tool_start") == 1


async def test_a_form_that_cannot_be_opened_is_told_to_whoever_pressed(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", "Please reset the password of U-456")
        await desk.settle()
        desk.slack.fail("views.open", 1, "expired_trigger_id")
        await desk.click("U0DANA", desk.card(thread), "deny")
        assert desk.slack.ephemerals("U0DANA")[-1].text == NOT_OPENED
