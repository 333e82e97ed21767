"""Below an answer: whether it helped, and a way to people in IT, who then have the thread."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.core import items
from bot.playground import interactions
from bot.playground.messages import Message
from bot.slack import words
from bot.slack.card_words import FORGED, NOT_STORED
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import CHANNEL, Helpdesk, helpdesk, spoken
from tests.slack.edge import door_of, replica, rows

ASK = "my wifi is down"


def answer(desk: Helpdesk, thread: str, channel: str = CHANNEL) -> Message:
    """The newest answer that can be voted on."""
    found = [each for each in desk.slack.thread(channel, thread) if _button(each, "human")]
    return found[-1]


def _button(message: Message, action_id: str) -> Any:
    parts = [
        part
        for block in message.blocks or []
        for part in [*block.get("elements", []), block.get("accessory", {})]
        if part.get("action_id") == action_id
    ]
    return parts[0] if parts else None


def vote(message: Message, verdict: str) -> str:
    """What the thumb carries."""
    part = _button(message, "feedback")
    return str(part["positive_button" if verdict == "good" else "negative_button"]["value"])


async def asked(desk: Helpdesk, user: str = "U0ALEX", channel: str = CHANNEL) -> str:
    thread = await desk.say(user, ASK, channel=channel)
    await desk.settle()
    return thread


async def click(desk: Helpdesk, user: str, message: Message, action: str, value: str | None = None) -> None:
    await desk.slack.click(user, message.channel, message.ts, action, value=value)
    await desk.settle()


def forged(desk: Helpdesk, user: str, message: Message, action: str, value: str) -> dict[str, Any]:
    """A correctly signed press that carries another value."""
    pressed = interactions.action(message.blocks, action, None, desk.slack.workspace.next_ts()) | {"value": value}
    payload = interactions.frame("block_actions", desk.slack.workspace.users[user])
    payload |= interactions.on_message(message, "it-help", pressed)
    return payload | {"trigger_id": desk.slack.workspace.triggers.trigger(user)}


def told(desk: Helpdesk, user: str) -> list[str]:
    """What only this person sees."""
    return [each.text for each in desk.slack.ephemerals(user)]


async def feedback(desk: Helpdesk, thread: str) -> list[tuple[str, str, int]]:
    found = [item for item in await desk.items(thread) if isinstance(item, items.Feedback)]
    return [(item.actor, item.verdict, item.turn) for item in found]


async def handed(desk: Helpdesk, thread: str, channel: str = CHANNEL) -> list[items.HandedOver]:
    return [item for item in await desk.items(thread, channel) if isinstance(item, items.HandedOver)]


async def tickets(desk: Helpdesk) -> list[tuple[str | None, str, str]]:
    query = text("SELECT requester, queue, description FROM tickets ORDER BY number")
    found = await desk.bot.database.run(lambda connection: connection.execute(query).all())
    return [tuple(row) for row in found]


# ── did it help ──


async def test_people_say_whether_it_helped_and_the_log_knows_who_said_what_last(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        thread = await asked(desk)
        shown = answer(desk, thread)
        await click(desk, "U0ALEX", shown, "feedback", vote(shown, "good"))
        await click(desk, "U0SAM", shown, "feedback", vote(shown, "good"))
        await click(desk, "U0ALEX", shown, "feedback", vote(shown, "bad"))
        assert await feedback(desk, thread) == [("U0ALEX", "good", 2), ("U0SAM", "good", 2), ("U0ALEX", "bad", 2)]
        assert told(desk, "U0SAM") == [words.THANKS]
        assert told(desk, "U0ALEX") == [words.THANKS, words.SORRY]
        assert len(desk.slack.thread(CHANNEL, thread)) == 2, "nobody else is told"


async def test_a_bad_answer_offers_a_person_and_the_offer_works(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        thread = await asked(desk)
        shown = answer(desk, thread)
        await click(desk, "U0ALEX", shown, "feedback", vote(shown, "bad"))
        await click(desk, "U0ALEX", desk.slack.ephemerals("U0ALEX")[-1], "human")
        assert len(await handed(desk, thread)) == 1


async def test_only_the_last_part_of_a_whole_answer_can_be_voted_on(tmp_path: Path) -> None:
    long = "\n\n".join(["word " * 200] * 20)
    model = ScriptedModel([call("calculator", expression="6*7"), say(long)])
    async with helpdesk(tmp_path, model) as desk:
        thread = await asked(desk)
        shown = [each for each in desk.slack.thread(CHANNEL, thread) if each.user == "U0BOT"]
        assert [bool(_button(each, "feedback")) for each in shown] == [False, True]


STRANGE = ["", "good", "good ../../1", "good T0DEMO:C0IT:1.1/2", "human T0DEMO:C0IT:1.1/2", "x" * 2_000]


@pytest.mark.parametrize("value", STRANGE)
async def test_a_value_that_we_never_made_leads_nowhere(tmp_path: Path, value: str) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk, door_of(desk) as door:
        thread = await asked(desk)
        before = await rows(desk, "inbox")
        for action in ("feedback", "human"):
            assert await door.interaction(forged(desk, "U0SAM", answer(desk, thread), action, value)) == 200
        await desk.settle()
        assert await rows(desk, "inbox") == before
        assert told(desk, "U0SAM") == [FORGED] * 2


async def test_nobody_speaks_about_a_thread_that_they_do_not_read(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")] * 2)) as desk, door_of(desk) as door:
        direct = desk.slack.dm("U0ALEX")
        private = await asked(desk, channel=direct)
        public = answer(desk, await asked(desk))
        hidden = _button(answer(desk, private, direct), "human")["value"]
        for action, value in (("human", hidden), ("feedback", f"good {hidden}")):
            await door.interaction(forged(desk, "U0SAM", public, action, value))
        await desk.settle()
        assert {"feedback", "handed_over", "call"} & set(await desk.kinds(private, direct)) == set()
        assert told(desk, "U0SAM") == [FORGED] * 2


async def test_people_of_other_companies_do_not_count(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk, door_of(desk) as door:
        thread = await asked(desk)
        shown = answer(desk, thread)
        for action, value in (("human", _button(shown, "human")["value"]), ("feedback", vote(shown, "good"))):
            payload = forged(desk, "U0SAM", shown, action, value)
            payload["user"]["team_id"] = "T0OTHER"
            await door.interaction(payload)
        await desk.settle()
        assert await desk.kinds(thread) == ["opened", "user_message", "facts", "model_output"]


async def test_one_press_that_is_delivered_twice_counts_once(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        thread = await asked(desk)
        shown = answer(desk, thread)
        payload = forged(desk, "U0ALEX", shown, "feedback", vote(shown, "good"))
        async with door_of(desk) as first, replica(desk) as second:
            for door in (first, second, first):
                await door.interaction(payload)
        await desk.settle()
        assert len(await feedback(desk, thread)) == 1


async def test_what_cannot_be_stored_is_told(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        thread = await asked(desk)
        shown = answer(desk, thread)
        await desk.bot.database.run(lambda connection: connection.exec_driver_sql("ALTER TABLE inbox RENAME TO away"))
        await desk.slack.click("U0ALEX", CHANNEL, shown.ts, "feedback", value=vote(shown, "good"))
        await desk.slack.click("U0ALEX", CHANNEL, shown.ts, "human")
        await desk.bot.database.run(lambda connection: connection.exec_driver_sql("ALTER TABLE away RENAME TO inbox"))
        assert told(desk, "U0ALEX") == [NOT_STORED] * 2


async def test_in_a_slack_without_thumbs_the_answer_and_the_way_to_a_person_are_there(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        desk.slack.fail("chat.postMessage", 1, "invalid_blocks")
        thread = await asked(desk)
        shown = answer(desk, thread)
        assert spoken(shown) == "Switch it on."
        assert _button(shown, "feedback") is None
        await click(desk, "U0ALEX", shown, "human")
        assert len(await handed(desk, thread)) == 1
