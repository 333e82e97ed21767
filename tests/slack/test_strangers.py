"""Threads nobody called us into: not read, not answered, not kept; and replies that overtake the call."""

from datetime import timedelta
from pathlib import Path

from bot.run.kit import utc_now
from bot.store import inbox
from bot.store.database import Database
from bot.store.inbox import STRANGER_WAITS
from tests.fakes.model import ScriptedModel, say
from tests.rig import Helpdesk, helpdesk
from tests.slack.edge import answers, as_mention, door_of, replica, rows, unheard


async def forget(desk: Helpdesk, seconds: float) -> None:
    """Clean up as if `seconds` had passed."""
    later = desk.bot.kit.now().timestamp() + seconds
    await desk.bot.database.run(lambda connection: inbox.forget(connection, later))


async def test_a_reply_in_a_thread_we_were_not_called_into_is_not_answered_and_not_kept(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel()) as desk:
        root = await desk.slack.say("U0SAM", "C0IT", "Lunch?")
        await desk.slack.say("U0ALEX", "C0IT", "Sure, my wifi is down anyway", root)
        await desk.settle()
        assert await rows(desk, "inbox") == 1, "it waits for a call that may come later"

        await forget(desk, STRANGER_WAITS - 5)
        assert await rows(desk, "inbox") == 1
        await forget(desk, STRANGER_WAITS + 5)
        assert await rows(desk, "inbox") == 0
        assert await answers(desk, root) == []


async def test_channel_talk_outside_threads_leaves_no_row(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel()) as desk:
        await desk.slack.say("U0SAM", "C0IT", "Lunch?")
        await desk.settle()
        assert await rows(desk, "inbox") == 0


async def test_a_reply_that_overtakes_the_call_of_its_thread_is_answered_after_it(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Both noted.")])) as desk:
        call = unheard(desk, "U0ALEX", "<@U0BOT> my wifi is down")
        reply = unheard(desk, "U0ALEX", "and my VPN", call["ts"])
        async with door_of(desk) as door:
            await door.event(reply, "Ev2")
            assert await answers(desk, call["ts"]) == []
            await door.event(as_mention(call), "Ev1")

        assert await answers(desk, call["ts"]) == ["Both noted."]
        said = [item.text for item in await desk.items(call["ts"]) if item.kind == "user_message"]
        assert said == ["my wifi is down", "and my VPN"]


async def test_a_reply_becomes_a_call_where_the_same_message_comes_as_a_mention(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Hello.")])) as desk:
        root = await desk.slack.say("U0SAM", "C0IT", "Is it only me?")
        event = unheard(desk, "U0ALEX", "no, me too", root)
        async with door_of(desk) as door:
            await door.event(event, "Ev1")
            await door.event(as_mention(event), "Ev2")
        assert await answers(desk, root) == ["Hello."]


async def test_a_stored_reply_in_a_thread_of_ours_survives_a_long_standstill(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
    # given: it was stored, and then the process died before anybody looked at it
    async with replica(desk) as door:
        assert await door.event(unheard(desk, "U0ALEX", "it is on", thread)) == 200

    # when: the bot comes back an hour later, and cleans up as it starts
    model = ScriptedModel([say("Then restart it.")])
    async with helpdesk(tmp_path, model, slack=desk.slack, now=lambda: utc_now() + timedelta(hours=1)) as again:
        assert await answers(again, thread) == ["Switch it on.", "Then restart it."]


async def test_cleaning_up_takes_only_what_has_no_reader(tmp_path: Path) -> None:
    # given: no bot works, and there wait a call, a reply under it, and a reply under somebody else's message
    async with helpdesk(tmp_path, ScriptedModel()) as desk:
        await desk.settle()
    call, chat = unheard(desk, "U0ALEX", "<@U0BOT> hello"), unheard(desk, "U0SAM", "Lunch?")
    async with replica(desk) as door:
        for number, event in enumerate([call, unheard(desk, "U0SAM", "me too", call["ts"])]):
            await door.event(event, f"Ev{number}")
        await door.event(unheard(desk, "U0ALEX", "Sure", chat["ts"]), "Ev2")

    database = Database(desk.bot.database.address)
    later = utc_now().timestamp() + STRANGER_WAITS + 5
    await database.run(lambda connection: inbox.forget(connection, later))

    assert await database.run(inbox.undone) == [f"T0DEMO:C0IT:{call['ts']}"]
    waiting = await database.run(lambda connection: inbox.waiting(connection, f"T0DEMO:C0IT:{call['ts']}"))
    assert len(waiting) == 2
    database.close()
