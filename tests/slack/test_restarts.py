"""The process ends between any two steps; the next one takes up what is undone, and the thread reads the same."""

import asyncio
from pathlib import Path

from bot.core.exchange import Prompt, Reply
from bot.model import port
from bot.model.demo import DemoModel
from bot.playground.web_api import ANSWER_LOST, CONNECTION_LOST
from tests.fakes.model import ScriptedModel, say
from tests.rig import Helpdesk, helpdesk, kill
from tests.slack.edge import links, replica, unheard
from tests.waiting import until

RESET = "Please reset the password of U-456"
ANSWER = "Switch it on."


class ThinkingModel:
    """Never answers."""

    name = "thinking"
    asked = False

    async def reply(self, prompt: Prompt, hear: port.Hear = port.unheard) -> Reply:
        """Nothing, for ever."""
        assert prompt
        hear("Well, ")
        self.asked = True
        await asyncio.Event().wait()
        raise AssertionError


def posts(desk: Helpdesk) -> int:
    """How often the bot tried to post."""
    return [name for name, _ in desk.slack.calls].count("chat.postMessage")


async def same_transcript(desk: Helpdesk, folder: Path, thread: str, *replies: str) -> None:
    """A bot that starts now, with these replies left to give, completes the thread."""
    async with helpdesk(folder, ScriptedModel([say(each) for each in replies]), slack=desk.slack) as again:
        await again.settle()
        assert again.transcript(thread)[1:] == [f"U0BOT: {ANSWER}"]


async def test_killed_after_an_event_was_stored(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel()) as desk:
        pass
    event = unheard(desk, "U0ALEX", "<@U0BOT> my wifi is down")
    async with replica(desk) as door:
        assert await door.event(event) == 200
    await same_transcript(desk, tmp_path, event["ts"], ANSWER)


async def test_killed_while_the_model_thinks(tmp_path: Path) -> None:
    model = ThinkingModel()
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: model.asked)
        kill()
    await same_transcript(desk, tmp_path, thread, ANSWER)


async def test_killed_before_the_answer_was_posted(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say(ANSWER)])) as desk:
        desk.slack.fail("chat.postMessage", 1, CONNECTION_LOST)
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: posts(desk) == 1)
        kill()
        assert len(desk.transcript(thread)) == 1
    await same_transcript(desk, tmp_path, thread)


async def test_killed_after_the_answer_was_posted_and_before_that_was_noted(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say(ANSWER)])) as desk:
        desk.slack.fail("chat.postMessage", 1, ANSWER_LOST)
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: len(desk.transcript(thread)) == 2)
        kill()
    await same_transcript(desk, tmp_path, thread)
    assert posts(desk) == 1


async def test_killed_after_everything(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say(ANSWER)])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
    await same_transcript(desk, tmp_path, thread)
    assert posts(desk) == 1


async def test_a_follow_up_after_a_restart_is_answered_in_the_thread(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say(ANSWER)])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
    model = ScriptedModel([say("Then restart it.")])
    async with helpdesk(tmp_path, model, slack=desk.slack) as again:
        await again.say("U0ALEX", "it is on", thread)
        await again.settle()
        assert again.transcript(thread)[-1] == "U0BOT: Then restart it."
        assert len(model.prompts[0].items) == 3, "what was said before the restart is part of it"


async def test_a_card_from_before_a_restart_still_decides_and_is_updated_in_its_place(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        card = desk.card(thread)
    async with helpdesk(tmp_path, DemoModel(), slack=desk.slack) as again:
        await again.click("U0DANA", card, "approve")
        await again.settle()
        assert again.card(thread).ts == card.ts
        assert "Done" in str(again.card(thread).blocks)
        assert (await again.kinds(thread)).count("tool_start") == 1


async def test_killed_before_a_card_was_updated(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        desk.slack.fail("chat.update", 1, CONNECTION_LOST)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await until(lambda: "chat.update" in [name for name, _ in desk.slack.calls])
        kill()
        assert "waiting" in desk.card(thread).text
    async with helpdesk(tmp_path, DemoModel(), slack=desk.slack) as again:
        await until(lambda: "Done" in str(again.card(thread).blocks))
        await again.settle()
        assert len(links(again)) == 1
