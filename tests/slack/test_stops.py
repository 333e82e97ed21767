"""The stop button: what is under way ends at once, what was said so far stays, and nothing more is begun."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.core import items, words
from bot.core.exchange import Prompt, Reply
from bot.model import port
from tests.fakes.model import ScriptedModel, call, calls, part, say
from tests.rig import CHANNEL, Helpdesk, helpdesk, kill
from tests.slack.edge import Json, answers, door_of, replica, rows
from tests.waiting import until
from tools.spec import Risk, tool


class Talking(ScriptedModel):
    """Says the words, and then nothing for ever; once it was stopped it gives the replies."""

    def __init__(self, *said: str, replies: tuple[Reply, ...] = ()) -> None:
        super().__init__(replies)
        self.said = said
        self.talks = False

    async def reply(self, prompt: Prompt, hear: port.Hear = port.unheard) -> Reply:
        if self.talks:
            return await super().reply(prompt, hear)
        self.talks = True
        for each in self.said:
            hear(each)
        await asyncio.Event().wait()
        raise AssertionError


class Slow:
    """Tools that end when they are let go."""

    def __init__(self) -> None:
        self.begun, self.ended = 0, 0
        self.go = asyncio.Event()

    async def run(self) -> str:
        self.begun += 1
        await self.go.wait()
        self.ended += 1
        return "ok"

    def tools(self) -> tuple[Any, ...]:
        @tool(risk=Risk.LOW, read_only=True)
        async def look_long() -> str:
            """Look for long."""
            return await self.run()

        @tool(risk=Risk.LOW)
        async def write_long() -> str:
            """Write for long."""
            return await self.run()

        return look_long, write_long


async def stop(desk: Helpdesk, user: str, thread: str, channel: str = CHANNEL) -> None:
    await desk.slack.stop_agent(user, channel, thread)


async def whys(desk: Helpdesk, thread: str) -> list[str]:
    """How the turns of the thread ended without an answer."""
    return [each.why for each in await desk.items(thread) if isinstance(each, items.TurnOver)]


async def test_a_stop_keeps_the_words_that_had_come_and_the_next_question_is_answered(tmp_path: Path) -> None:
    model = Talking("Switch it ", "off and", replies=(say("Here I am."),))
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: model.talks)
        await stop(desk, "U0ALEX", thread)
        assert await answers(desk, thread) == ["Switch it off and\n\n_(Stopped.)_"]
        assert desk.slack.status(CHANNEL, thread) == "active"
        assert await whys(desk, thread) == ["stopped"]
        await desk.say("U0ALEX", "go on", thread)
        assert (await answers(desk, thread))[1:] == ["Here I am."]
        assert "Switch it off and" in str(model.prompts[-1].items)


async def test_a_stop_before_the_first_word_says_just_that(tmp_path: Path) -> None:
    model = Talking()
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: model.talks)
        await stop(desk, "U0ALEX", thread)
        assert await answers(desk, thread) == [words.STOPPED]
        assert desk.slack.status(CHANNEL, thread) == "active"


@pytest.mark.parametrize("said", ["stop", "Stop!", "please stop."])
async def test_a_stop_can_be_typed_and_is_no_message_then(tmp_path: Path, said: str) -> None:
    model = Talking("Switch it")
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: model.talks)
        await desk.say("U0ALEX", said, thread)
        assert await answers(desk, thread) == ["Switch it\n\n_(Stopped.)_"]


async def test_a_typed_stop_of_somebody_else_or_behind_the_end_is_a_message(tmp_path: Path) -> None:
    model = Talking(replies=(say("To Sam."), say("To Alex.")))
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: model.talks)
        await desk.say("U0SAM", "stop", thread)
        await desk.slack.wait_for(lambda: not desk.slack.outbox.pending)
        await stop(desk, "U0ALEX", thread)
        await desk.settle()
        await desk.say("U0ALEX", "stop", thread)
        assert await answers(desk, thread) == [words.STOPPED, "To Sam.", "To Alex."]


async def test_a_stranger_stops_nothing_and_is_told_so_alone(tmp_path: Path) -> None:
    model = Talking("Switch")
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: model.talks)
        await stop(desk, "U0DANA", thread)
        await desk.slack.wait_for(lambda: desk.slack.ephemerals("U0DANA"))
        assert [each.text for each in desk.slack.ephemerals("U0DANA")] == [words.NOT_YOUR_TURN]
        assert desk.slack.status(CHANNEL, thread) == "processing"
        await stop(desk, "U0ALEX", thread)
        assert await answers(desk, thread) == ["Switch\n\n_(Stopped.)_"]


async def test_a_second_stop_and_one_behind_the_end_change_nothing_but_the_status(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
        desk.slack.workspace.statuses[f"{CHANNEL}/{thread}"] = {"status": "processing"}
        await stop(desk, "U0ALEX", thread)
        await desk.settle()
        await stop(desk, "U0ALEX", thread)
        assert await answers(desk, thread) == ["Switch it on."]
        assert desk.slack.status(CHANNEL, thread) == "active"
        assert desk.slack.ephemerals("U0ALEX") == []
        assert await whys(desk, thread) == []


async def test_a_stop_that_is_delivered_three_times_is_one(tmp_path: Path) -> None:
    model = Talking("Switch")
    async with helpdesk(tmp_path, model) as desk, door_of(desk) as door:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: model.talks)
        event = pressed(thread, desk.slack.workspace.next_ts())
        for retry in range(3):
            assert await door.event(event, f"Ev{retry}", retry) == 200
        await desk.settle()
        assert (await desk.kinds(thread)).count("stop") == 1


async def test_a_stop_that_comes_late_is_not_for_what_was_asked_since(tmp_path: Path) -> None:
    model = Talking("Switch", replies=(say("Here I am."),))
    async with helpdesk(tmp_path, model) as desk, door_of(desk) as door:
        before = desk.slack.workspace.next_ts()
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: model.talks)
        assert await door.event(pressed(thread, before)) == 200
        await until(lambda: not desk.slack.outbox.pending)
        async with asyncio.timeout(60):
            while "stop_refused" not in await desk.kinds(thread):
                await asyncio.sleep(0.01)
        assert await whys(desk, thread) == []
        await stop(desk, "U0ALEX", thread)
        await desk.settle()
        assert await whys(desk, thread) == ["stopped"]


async def test_a_stop_where_nobody_called_us_leaves_nothing(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel()) as desk, door_of(desk) as door:
        assert await door.event(pressed("1700000000.000001", "1700000001.000001")) == 200
        assert await door.event(pressed("nowhere", "never")) == 200
        assert await rows(desk, "inbox") == 0


async def test_a_stop_while_a_card_waits_withdraws_it(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([call("reset_password", user_id="U-456"), say("Yes?")])) as desk:
        thread = await desk.say("U0ALEX", "reset U-456")
        await desk.settle()
        card = desk.card(thread)
        await stop(desk, "U0ALEX", thread)
        await desk.settle()
        assert "Withdrawn" in str(desk.card(thread).blocks)
        assert desk.slack.status(CHANNEL, thread) == "active"
        await desk.stale_click("U0DANA", card, "approve")
        await desk.say("U0ALEX", "hello?", thread)
        assert (await answers(desk, thread))[-1] == "Yes?"
        assert "tool_start" not in await desk.kinds(thread)


async def test_looking_is_cut_off_and_what_should_follow_does_not_start(tmp_path: Path) -> None:
    slow = Slow()
    model = ScriptedModel([calls(part("look_long"), part("write_long")), say("As you wish.")])
    async with helpdesk(tmp_path, model, tools=slow.tools()) as desk:
        thread = await desk.say("U0ALEX", "look and write")
        await until(lambda: slow.begun > 0)
        await stop(desk, "U0ALEX", thread)
        assert await answers(desk, thread) == [words.STOPPED]
        assert (slow.begun, slow.ended) == (1, 0)
        await desk.say("U0ALEX", "and now?", thread)
        assert (await answers(desk, thread))[1:] == ["As you wish."]
        shown = str(model.prompts[-1].items)
        assert words.STOPPED_RUNNING in shown
        assert words.NOT_RUN_STOPPED in shown


async def test_writing_is_not_cut_off_and_what_came_of_it_is_told(tmp_path: Path) -> None:
    slow = Slow()
    async with helpdesk(tmp_path, ScriptedModel([call("write_long")]), tools=slow.tools()) as desk:
        thread = await desk.say("U0ALEX", "write")
        await until(lambda: slow.begun > 0)
        await stop(desk, "U0ALEX", thread)
        await desk.slack.wait_for(lambda: desk.transcript(thread)[-1] == f"U0BOT: {words.STOPPED}")
        slow.go.set()
        told = await answers(desk, thread)
        assert told[1:] == [":information_source: `write_long` was under way when you stopped me, and is done."]
        assert (slow.ended, desk.slack.status(CHANNEL, thread)) == (1, "active")


async def test_a_stop_that_a_dead_process_left_in_the_inbox_is_the_first_thing_that_the_next_one_does(
    tmp_path: Path,
) -> None:
    model = Talking("Switch")
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: model.talks)
        kill()
    event = pressed(thread, desk.slack.workspace.next_ts())
    async with replica(desk) as door:
        assert await door.event(event) == 200
    async with helpdesk(tmp_path, ScriptedModel(), slack=desk.slack) as again:
        assert await answers(again, thread) == [words.STOPPED]
        assert again.slack.status(CHANNEL, thread) == "active"


async def test_in_a_direct_message_the_person_stops_it(tmp_path: Path) -> None:
    model = Talking("Switch")
    async with helpdesk(tmp_path, model) as desk:
        direct = desk.slack.workspace.open_im("U0ALEX")
        thread = await desk.say("U0ALEX", "my wifi is down", channel=direct)
        await until(lambda: model.talks)
        await stop(desk, "U0ALEX", thread, direct)
        assert await answers(desk, thread, direct) == ["Switch\n\n_(Stopped.)_"]


async def test_the_next_person_is_answered_although_the_first_one_stopped(tmp_path: Path) -> None:
    model = Talking(replies=(say("To Sam."),))
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: model.talks)
        await desk.say("U0SAM", "mine too", thread)
        await desk.slack.wait_for(lambda: not desk.slack.outbox.pending)
        await stop(desk, "U0ALEX", thread)
        assert await answers(desk, thread) == [words.STOPPED, "To Sam."]


def pressed(thread: str, ts: str) -> Json:
    """The event of Alex's press."""
    where = {"channel": CHANNEL, "thread_ts": thread}
    return {"type": "agent_session_stopped", "user": "U0ALEX", "event_ts": ts, **where}
