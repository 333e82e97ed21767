"""The brake: any approver stops everything above low risk, two let it go on, and everybody sees how things are."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.core import words
from bot.model.demo import DemoModel
from bot.playground import events
from bot.slack import words as words_of_slack
from bot.slack.card_words import TAKEN
from bot.store import house
from tests.rig import Helpdesk, helpdesk, is_card
from tests.slack.dialogs import asking, carded
from tests.slack.edge import Clock, door_of, rows
from tests.slack.test_home import home, press, shown
from tests.waiting import until

RESET = "Please reset the password of U-456"
STILL = "Everything above low risk stands still."


async def command(desk: Helpdesk, user: str, text: str) -> list[str]:
    """Type /helpdesk; what the person was told, once it was dealt with."""
    before = len(desk.slack.ephemerals(user))
    await desk.slack.command(user, "C0IT", "/helpdesk", text)
    await desk.settle()
    return [each.text for each in desk.slack.ephemerals(user)[before:]]


async def frozen(desk: Helpdesk) -> bool:
    def noted(connection: Connection) -> bool:
        return house.noted(connection, "freeze") == "1"

    return await desk.bot.database.run(noted)


def approvals(desk: Helpdesk) -> list[str]:
    """What the approval channel was told beside cards."""
    return [each.text for each in desk.slack.messages("C0APPROVE") if not is_card(each)]


async def test_while_everything_stands_still_nothing_can_be_approved(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel(), approval_channel="C0APPROVE") as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        assert await command(desk, "U0OMAR", "freeze") == [TAKEN["freeze"]]
        assert await frozen(desk)
        assert "stands still, because of <@U0OMAR>" in approvals(desk)[-1]
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert not {"decision", "tool_start"} & set(await desk.kinds(thread))
        assert desk.slack.ephemerals("U0DANA")[-1].text == words.FROZEN_VOTE


async def test_to_go_on_takes_two_different_approvers(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel(), approval_channel="C0APPROVE") as desk:
        await command(desk, "U0OMAR", "freeze")
        assert await command(desk, "U0DANA", " Unfreeze ") == [TAKEN["unfreeze"]]
        assert "Another approver has to agree" in approvals(desk)[-1]
        assert await command(desk, "U0DANA", "unfreeze") == [words.SOMEBODY_ELSE]
        assert await frozen(desk)
        await command(desk, "U0OMAR", "unfreeze")
        assert not await frozen(desk)
        assert "I go on: <@U0OMAR> agreed." in approvals(desk)[-1]


@pytest.mark.parametrize("user", ["U0ALEX", "U0GIL"])
async def test_others_cannot_freeze_and_it_is_on_record(tmp_path: Path, user: str) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        assert await command(desk, user, "freeze") == [words.NO_SWITCH]
        assert not await frozen(desk)
        assert "switch_refused" in await desk.kinds("0", "house")


@pytest.mark.parametrize("text", ["", "help", "melt", "freeze now", "<!channel>"])
async def test_other_words_are_answered_with_help_and_change_nothing(tmp_path: Path, text: str) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        before = await rows(desk, "inbox")
        (told,) = await command(desk, "U0DANA", text)
        assert told.endswith(words_of_slack.HELP)
        assert (told == words_of_slack.HELP) == (text in ("", "help"))
        assert "<!" not in told
        assert await rows(desk, "inbox") == before


async def test_the_home_has_the_brake_for_approvers_and_shows_how_things_are(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        await home(desk, "U0ALEX")
        assert "house.freeze" not in str(desk.slack.home("U0ALEX"))
        assert "nothing is frozen" in await home(desk, "U0DANA")
        assert "house.unfreeze" not in str(desk.slack.home("U0DANA"))
        await press(desk, "U0DANA", "house.freeze")
        await until(lambda: STILL in shown(desk, "U0DANA"))
        assert STILL in await home(desk, "U0ALEX")
        await home(desk, "U0OMAR")
        for user in ("U0DANA", "U0OMAR"):
            await press(desk, user, "house.unfreeze")
            await desk.settle()
        await until(lambda: "nothing is frozen" in shown(desk, "U0OMAR"))
        assert not await frozen(desk)


async def test_a_button_of_the_brake_pressed_by_others_changes_nothing(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        await home(desk, "U0DANA")
        await press(desk, "U0DANA", "house.freeze")
        await until(lambda: "house.unfreeze" in str(desk.slack.home("U0DANA")))
        groups = desk.slack.workspace.usergroups
        groups["S0ITADM"] = groups["S0ITADM"].model_copy(update={"users": ("U0OMAR",)})
        await press(desk, "U0DANA", "house.unfreeze")
        await desk.settle()
        (told,) = desk.slack.ephemerals("U0DANA")
        assert (told.channel, told.text) == (desk.slack.dm("U0DANA"), words.NO_SWITCH)
        assert await frozen(desk)


async def test_what_the_clock_ends_is_told_in_the_thread_and_on_the_card(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, asking("Sam is in."), now=clock) as desk:
        thread = await carded(desk)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        clock.pass_(8 * 3_600 + 60)
        await until(
            lambda: "Over now: grant access · Sam Patel · group finance-reports." in str(desk.transcript(thread))
        )
        await desk.settle()
        assert "Ended by itself on" in str(desk.card(thread).blocks)


async def test_who_leaves_loses_at_once_what_they_were_given(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking("Sam is in.")) as desk, door_of(desk) as door:
        thread = await carded(desk)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        sam = desk.slack.workspace.users["U0SAM"]
        (here,) = events.user_changed(sam, "1.1")
        assert await door.event(here, "Ev1") == 200
        await desk.settle()
        assert "person_left" not in await desk.kinds(thread)

        (gone,) = events.user_changed(sam.model_copy(update={"deleted": True}), "1.2")
        for retry in range(3):
            assert await door.event(gone, "Ev2", retry) == 200
        await desk.settle()
        kinds = await desk.kinds(thread)
        assert kinds.count("person_left") == 1
        assert "Over now" in str(desk.transcript(thread))
        assert "Taken back on" in str(desk.card(thread).blocks)


async def test_a_clock_that_cannot_end_something_is_told_and_goes_on_trying(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, asking("Sam is in."), now=clock, approval_channel="C0APPROVE") as desk:
        thread = await carded(desk)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        await desk.bot.database.run(
            lambda connection: connection.exec_driver_sql("ALTER TABLE access_grants RENAME TO away")
        )
        clock.pass_(8 * 3_600 + 60)
        await until(lambda: "could not be ended" in str(desk.transcript(thread)) or not clock.pass_(0.1), 30)
        assert "I keep trying" in str(approvals(desk))
        await desk.bot.database.run(
            lambda connection: connection.exec_driver_sql("ALTER TABLE away RENAME TO access_grants")
        )
        await until(lambda: "Over now" in str(desk.transcript(thread)) or not clock.pass_(1), 30)
