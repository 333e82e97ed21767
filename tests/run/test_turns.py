"""Turns as the worker runs them: while one thing takes time the rest goes on; what is down is told and waited for."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core import words
from bot.core.budget import TURNS_AN_HOUR
from bot.core.exchange import Output, Prompt, Reply, Said
from bot.errors import ModelRejected, ModelUnavailable
from bot.model.port import Hear, unheard
from bot.run.facts import RUNNING_TURNS, TELL_AFTER
from tests.fakes.model import Scripted, ScriptedModel, call, calls, part, say
from tests.rig import CHANNEL, helpdesk
from tests.slack.edge import Clock
from tests.waiting import until
from tools.spec import Context, OnFailure, Risk, ToolFailed, TryAgain, tool


class HeldModel:
    """Answers only when let go; counts who waits."""

    name = "held"

    def __init__(self) -> None:
        self.waiting = 0
        self.prompts: list[Prompt] = []
        self.go = asyncio.Event()

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        self.prompts.append(prompt)
        self.waiting += 1
        await self.go.wait()
        self.waiting -= 1
        hear("answered")
        return say("answered")


async def test_a_click_is_answered_while_the_model_thinks(tmp_path: Path) -> None:
    held = HeldModel()
    first = call("reset_password", user_id="U-456")

    class Model:
        name = "first calls, then is held"

        async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
            return (
                first if not any(isinstance(item, Output) for item in prompt.items) else await held.reply(prompt, hear)
            )

    async with helpdesk(tmp_path, Model()) as desk:
        thread = await desk.say("U0ALEX", "reset U-456")
        await desk.settle()
        await desk.say("U0ALEX", "and another thing", thread)
        await until(lambda: held.waiting)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.slack.wait_for(lambda: "Approved" in str(desk.card(thread).blocks), 60)
        assert held.waiting, "the model still thinks"
        assert "tool_start" not in await desk.kinds(thread), "one thing that takes time at once"
        held.go.set()
        await desk.settle()
        assert (await desk.kinds(thread)).count("tool_start") == 1


async def test_a_model_that_is_down_is_told_once_and_the_answer_comes_when_it_is_back(tmp_path: Path) -> None:
    down = [ModelUnavailable("503") for _ in range(4)]
    async with helpdesk(tmp_path, ScriptedModel([*down, say("here I am"), say("and again")])) as desk:
        thread = await desk.say("U0ALEX", "hello")
        await desk.slack.wait_for(lambda: len(desk.slack.thread(CHANNEL, thread)) == 3, 60)
        assert desk.transcript(thread)[1:] == [f"U0BOT: {words.MODEL_DOWN}", "U0BOT: here I am"]
        await desk.say("U0ALEX", "thanks", thread)
        await desk.settle()
        assert desk.transcript(thread)[-1] == "U0BOT: and again"


async def test_a_model_that_refuses_or_says_nothing_is_told_and_the_next_message_works(tmp_path: Path) -> None:
    empty = Reply(model="m", parts=())
    script: list[Scripted] = [ModelRejected("401"), empty, empty, empty, say("fine")]
    async with helpdesk(tmp_path, ScriptedModel(script)) as desk:
        thread = await desk.say("U0ALEX", "one")
        await desk.settle()
        assert "the language model refuses" in desk.transcript(thread)[-1]
        await desk.say("U0ALEX", "two", thread)
        await desk.settle()
        assert "I have no answer to that" in desk.transcript(thread)[-1]
        await desk.say("U0ALEX", "three", thread)
        await desk.settle()
        assert desk.transcript(thread)[-1] == "U0BOT: fine"


async def test_a_person_has_three_turns_at_once_and_the_fourth_waits(tmp_path: Path) -> None:
    held = HeldModel()
    async with helpdesk(tmp_path, held) as desk:
        threads = [await desk.say("U0ALEX", f"question {number}") for number in range(RUNNING_TURNS + 1)]
        other = await desk.say("U0DANA", "mine")
        await until(lambda: held.waiting == RUNNING_TURNS + 1)
        asked = [prompt.items[-1] for prompt in held.prompts]
        assert sum("U-123" in item.text for item in asked if isinstance(item, Said)) == RUNNING_TURNS
        held.go.set()
        await desk.settle()
        await desk.slack.wait_for(lambda: all(len(desk.slack.thread(CHANNEL, t)) == 2 for t in [*threads, other]), 60)


async def test_who_waits_long_for_their_own_other_turns_is_told_once(tmp_path: Path) -> None:
    held, clock = HeldModel(), Clock()
    async with helpdesk(tmp_path, held, now=clock) as desk:
        threads = [await desk.say("U0ALEX", f"question {number}") for number in range(RUNNING_TURNS + 1)]
        await until(lambda: held.waiting == RUNNING_TURNS)
        clock.pass_(TELL_AFTER.total_seconds())
        told = f"U0BOT: {words.BUSY}"
        await until(lambda: sum(told in desk.transcript(thread) for thread in threads) == 1)
        clock.pass_(TELL_AFTER.total_seconds())
        held.go.set()
        await desk.settle()
        assert sorted(len(desk.transcript(thread)) for thread in threads) == [2] * RUNNING_TURNS + [3]


async def test_a_person_has_thirty_turns_an_hour_and_is_told(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    model = ScriptedModel([say("ok")] * (TURNS_AN_HOUR + 1))
    async with helpdesk(tmp_path, model, now=lambda: now) as desk:
        thread = ""
        for number in range(TURNS_AN_HOUR + 1):
            thread = await desk.say("U0ALEX", str(number), thread or None)
            await desk.settle()
        assert "30 things within an hour" in desk.transcript(thread)[-1]
        now += timedelta(hours=1, seconds=1)
        await desk.say("U0ALEX", "later", thread)
        await desk.settle()
        assert desk.transcript(thread)[-1] == "U0BOT: ok"


@tool(risk=Risk.LOW, idempotent=True, on_failure=OnFailure.RETRY)
async def flaky(text: str, *, context: Context) -> str:
    """Works at the third attempt; the key is the same each time."""
    KEYS.append(context.key)
    if len(KEYS) < 3:
        raise ToolFailed("busy")
    return text


KEYS: list[str] = []


@tool(risk=Risk.LOW, timeout_s=0.05)
async def slow_and_unrepeatable(text: str) -> str:
    """Takes too long, and nobody knows whether it acted."""
    await asyncio.sleep(60)
    return text


@tool(risk=Risk.LOW, read_only=True)
async def broken(text: str) -> str:
    """Has a bug."""
    raise RuntimeError(f"hunter2 {text}")


@tool(risk=Risk.LOW, read_only=True)
async def picky(text: str) -> str:
    """Wants something else."""
    raise TryAgain(f"{text} is no city")


async def test_a_failed_attempt_is_repeated_under_the_same_key_and_each_attempt_is_on_record(tmp_path: Path) -> None:
    KEYS.clear()
    script = [call("flaky", text="a"), say("done")]
    async with helpdesk(tmp_path, ScriptedModel(script), tools=[flaky]) as desk:
        thread = await desk.say("U0ALEX", "go")
        await desk.slack.wait_for(lambda: desk.transcript(thread)[1:], 60)
        assert len(KEYS) == 3
        assert len(set(KEYS)) == 1
        kinds = await desk.kinds(thread)
        assert kinds.count("tool_start") == kinds.count("tool_result") == 3


@pytest.mark.parametrize(
    ("name", "told"),
    [("broken", '"status": "failed"'), ("picky", "x is no city"), ("slow_and_unrepeatable", '"status": "unknown"')],
)
async def test_what_a_tool_does_wrong_is_told_to_the_model_without_its_insides(
    tmp_path: Path, name: str, told: str
) -> None:
    model = ScriptedModel([call(name, text="x"), say("sorry")])
    async with helpdesk(tmp_path, model, tools=[broken, picky, slow_and_unrepeatable]) as desk:
        thread = await desk.say("U0ALEX", "go")
        await desk.settle()
        output = model.prompts[1].items[-1]
        assert isinstance(output, Output)
        assert told in output.text
        assert "hunter2" not in output.text
        assert "hunter2" not in str(desk.transcript(thread))
        if name == "slow_and_unrepeatable":
            assert "nobody can say whether it took effect" in str(desk.transcript(thread))


async def test_twenty_calls_at_once_each_get_their_output_in_order(tmp_path: Path) -> None:
    wanted = calls(*(part("calculator", expression=f"{number}+1") for number in range(20)), part("nothing"))
    model = ScriptedModel([wanted, say("done")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "count")
        await desk.settle()
        assert desk.transcript(thread)[-1] == "U0BOT: done"
        outputs = [item.text for item in model.prompts[1].items if isinstance(item, Output)]
        assert len(outputs) == 21
        assert all(str(number + 1) in output for number, output in enumerate(outputs[:20]))
        assert "no such tool" in outputs[20]


async def test_a_message_while_the_bot_works_joins_the_turn_and_is_answered_with_it(tmp_path: Path) -> None:
    held = HeldModel()
    async with helpdesk(tmp_path, held) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: held.waiting)
        await desk.say("U0ALEX", "it is a MacBook", thread)
        held.go.set()
        await until(lambda: len(held.prompts) == 2)
        await desk.settle()
        said = [item.text for item in held.prompts[1].items if isinstance(item, Said)]
        assert said == ["[from U-123]\nmy wifi is down", "[from U-123]\nit is a MacBook"]
