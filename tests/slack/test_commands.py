"""/helpdesk: what belongs to who typed, to nobody else, and in time."""

import asyncio
from pathlib import Path

from bot.model.demo import DemoModel
from bot.slack import words
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk
from tests.slack.cases import live
from tests.slack.test_freeze import command
from tests.slack.test_home import home

TITLE = "Screen <!channel> flickers"


async def opened(desk: Helpdesk, user: str = "U0ALEX") -> None:
    """The person has one more ticket, by the model's hand."""
    await desk.say(user, "a ticket, please")
    await desk.settle()


def opening(count: int = 1) -> ScriptedModel:
    """A model that opens a ticket whenever it is asked."""
    ticket = {"title": TITLE, "description": "Since Monday.", "priority": "high"}
    return ScriptedModel([reply for _ in range(count) for reply in (call("create_ticket", **ticket), say("Done."))])


async def test_my_tickets_are_shown_to_me_alone(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, opening()) as desk:
        await opened(desk)
        for typed in ("tickets", "  My   Tickets "):
            (told,) = await command(desk, "U0ALEX", typed)
            assert told.startswith(
                f"*{words.TICKETS}*\n*T-1001* Screen &lt;!channel&gt; flickers\nopen · priority high"
            )
            assert live(desk.slack.ephemerals("U0ALEX")[-1].blocks) == set()
        assert await command(desk, "U0SAM", "tickets") == [f"*{words.TICKETS}*\n{words.NO_TICKETS}"]
        assert await command(desk, "U0GIL", "tickets") == [f"*{words.TICKETS}*\n{words.NO_RECORD}"]


async def test_of_many_tickets_the_newest_are_shown_and_closed_ones_are_not(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, opening(12)) as desk:
        for _ in range(12):
            await opened(desk)
        (told,) = await command(desk, "U0ALEX", "tickets")
        assert told.count("*T-") == 10
        assert "*T-1012*" in told
        assert told.endswith(words.MORE_TICKETS)
        close = "UPDATE tickets SET status = 'closed' WHERE number > 1"
        await desk.bot.database.run(lambda connection: connection.exec_driver_sql(close))
        (told,) = await command(desk, "U0ALEX", "tickets")
        assert told.count("*T-") == 1
        assert "*T-1001*" in told


async def test_approvals_are_what_waits_for_me_and_what_i_asked_for(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        await desk.say("U0ALEX", "Please reset the password of U-456")
        await desk.settle()
        line = "*Reset password* for Sam Patel"
        (dana,) = await command(desk, "U0DANA", "approvals")
        assert line in dana.partition(words.ASKED)[0]
        (alex,) = await command(desk, "U0ALEX", "my approvals")
        assert f"*{words.WAITING}*\n{words.NOTHING_WAITS}\n*{words.ASKED}*\n{line}" in alex
        (peter,) = await command(desk, "U0PETER", "approvals")
        assert peter == f"*{words.WAITING}*\n{words.NOTHING_WAITS}\n*{words.ASKED}*\n{words.NOTHING_ASKED}"


async def test_a_system_that_does_not_answer_is_told_in_time(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel()) as desk:
        await desk.bot.database.run(lambda connection: connection.exec_driver_sql("ALTER TABLE tickets RENAME TO away"))
        assert await command(desk, "U0ALEX", "tickets") == [f"*{words.TICKETS}*\n{words.NOT_NOW}"]
        assert words.NOT_NOW in await home(desk, "U0ALEX"), "the home is shown all the same"
        await desk.bot.database.run(
            lambda connection: connection.exec_driver_sql("ALTER TABLE requests RENAME TO gone")
        )
        assert await command(desk, "U0ALEX", "approvals") == [words.NOT_NOW]


async def test_slack_that_does_not_say_who_asks_is_told_in_time(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel()) as desk:
        desk.slack.fail("users.info", 1)
        async with asyncio.timeout(30):
            assert await command(desk, "U0ALEX", "tickets") == [f"*{words.TICKETS}*\n{words.NOT_NOW}"]
        assert words.NO_TICKETS in (await command(desk, "U0ALEX", "tickets"))[0]


async def test_the_home_shows_my_tickets_how_to_ask_and_what_becomes_of_what_i_say(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, opening()) as desk:
        await opened(desk)
        alex, peter = await home(desk, "U0ALEX"), await home(desk, "U0PETER")
        assert "*T-1001* Screen &lt;!channel&gt; flickers" in alex
        assert "T-1001" not in peter
        for words_there in (words.TIPS, words.AI, words.stored(), words.DEMO):
            assert words_there in peter


async def test_only_a_trial_says_that_it_is_one(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel(), demo_people=False) as desk:
        peter = await home(desk, "U0PETER")
        assert words.DEMO not in peter
        assert words.AI in peter
