"""The database or Slack is away for a while: what was taken is not lost, and nobody is left guessing."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.model.demo import DemoModel
from bot.slack.card_words import NOT_STORED
from bot.store import postgresql, sqlite
from tests.fakes.model import ScriptedModel, say
from tests.rig import Helpdesk, helpdesk
from tests.slack.edge import Clock, answers, door_of, press, replica, rows, unheard
from tests.waiting import until

WORDS = "my wifi is down in the Turing room"


@contextmanager
def no_inbox(desk: Helpdesk) -> Iterator[None]:
    """Storing fails until the block ends."""
    engine = desk.bot.database.engine
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE inbox RENAME TO inbox_away")
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE inbox_away RENAME TO inbox")


async def test_an_event_that_cannot_be_stored_is_not_taken_and_its_repetition_is_answered(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk, door_of(desk) as door:
        event = unheard(desk, "U0ALEX", f"<@U0BOT> {WORDS}")
        with no_inbox(desk):
            assert await door.event(event) >= 500
        assert await door.event(event, retry=1) == 200
        assert await answers(desk, event["ts"]) == ["Switch it on."]


async def test_a_closed_database_takes_no_event(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel()) as desk, replica(desk) as door:
        door.database.close()
        assert await door.event(unheard(desk, "U0ALEX", f"<@U0BOT> {WORDS}")) >= 500
        assert await rows(desk, "inbox") == 0


async def test_a_locked_database_takes_no_event_and_takes_it_when_it_is_free_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 0.05)
    monkeypatch.setitem(postgresql.LIMITS, "lock_timeout", 50)
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk, door_of(desk) as door:
        event = unheard(desk, "U0ALEX", f"<@U0BOT> {WORDS}")
        with desk.bot.database.engine.begin() as other:
            if desk.bot.database.shared:
                other.exec_driver_sql("LOCK TABLE inbox")
            assert await door.event(event) >= 500
        assert await door.event(event, retry=1) == 200
        assert await answers(desk, event["ts"]) == ["Switch it on."]


async def test_what_people_wrote_is_not_in_the_logs_of_an_outage(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    async with helpdesk(tmp_path, ScriptedModel()) as desk, door_of(desk) as door:
        with no_inbox(desk):
            await door.event(unheard(desk, "U0ALEX", f"<@U0BOT> {WORDS}"))
    assert re.search("no such table|does not exist", caplog.text), "the outage itself is told"
    printed = capsys.readouterr()
    assert "Turing" not in caplog.text + printed.out + printed.err


async def test_a_click_that_cannot_be_stored_is_told_and_counts_when_it_is_pressed_again(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", "Please reset the password of U-456")
        await desk.settle()
        with no_inbox(desk):
            await desk.click("U0DANA", desk.card(thread), "approve")
            await desk.click("U0ALEX", desk.card(thread), "withdraw")
        for user in ("U0DANA", "U0ALEX"):
            (told,) = desk.slack.ephemerals(user)
            assert (told.text, told.thread_ts) == (NOT_STORED, thread)

        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert (await desk.kinds(thread)).count("tool_start") == 1


async def test_where_slack_neither_opens_a_form_nor_takes_an_excuse_it_is_told_that_the_press_failed(
    tmp_path: Path,
) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", "Please reset the password of U-456")
        await desk.settle()
        desk.slack.fail("views.open", 1, "fatal_error")
        desk.slack.fail("chat.postEphemeral", 1, 500)
        assert await desk.stale_click("U0DANA", desk.card(thread), "deny") >= 500
        assert await desk.deny("U0DANA", desk.card(thread), "Not today") is None


async def test_a_denial_that_cannot_be_stored_says_so_in_its_form_which_stays_open(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", "Please reset the password of U-456")
        await desk.settle()
        await desk.click("U0DANA", desk.card(thread), "deny")
        with no_inbox(desk):
            assert await desk.send_reason("U0DANA", "Not today") == {"reason": NOT_STORED}
        assert await desk.send_reason("U0DANA", "Not today") is None
        await desk.settle()
        assert "Denied* by <@U0DANA>" in str(desk.card(thread).blocks)


async def test_an_outage_does_not_end_the_look_out_for_what_is_due(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        with no_inbox(desk):
            await until(lambda: "does not answer the scanner" in caplog.text)
        event = unheard(desk, "U0ALEX", f"<@U0BOT> {WORDS}")
        async with replica(desk) as other:
            await other.event(event)
        await until(lambda: len(desk.transcript(event["ts"])) == 2)


async def test_a_turn_waits_for_slack_to_say_who_asks(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")]), now=clock) as desk:
        desk.slack.fail("users.info", 1, "internal_error")
        desk.slack.fail("users.info", 1, 503)
        desk.slack.fail("users.info", 1, "connection_lost")
        desk.slack.limit("users.info", 1)
        thread = await desk.say("U0ALEX", WORDS)
        await until(lambda: clock.pass_(0.1) and len(desk.transcript(thread)) == 2)
        assert await answers(desk, thread) == ["Switch it on."]


async def test_a_click_waits_for_slack_to_say_who_pressed(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, DemoModel(), now=clock) as desk:
        thread = await desk.say("U0ALEX", "Please reset the password of U-456")
        await desk.settle()
        desk.slack.fail("usergroups.users.list", 2, 500)
        await desk.slack.raw_action(press(desk, "U0DANA", desk.card(thread), "approve"))
        await until(lambda: clock.pass_(0.1) and "Done" in str(desk.card(thread).blocks))
        assert (await desk.kinds(thread)).count("tool_start") == 1
