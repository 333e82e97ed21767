"""A repeated question: the same person gets the same answer again, for a moment; nothing is ever done again by it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core import items
from bot.core.exchange import Called, CallPart, Output, Prompt, Reply, Said, TextPart, Usage
from bot.errors import ModelUnavailable
from bot.model.repeated import MAX_REPLIES, RepeatingModel
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import helpdesk
from tests.run.spenders import PRICES, Clock, DearModel, ask

PROMPT = Prompt(instructions="Help.", items=(Said("my wifi is down"),), functions=(), safety_identifier="alex")
LONG = Reply(model="scripted", parts=(TextPart("x" * 30_000),))


def repeating(clock: Clock, *replies: Any) -> tuple[RepeatingModel, ScriptedModel]:
    model = ScriptedModel(replies)
    return RepeatingModel(model, 60, {"search_kb"}, clock), model


async def test_the_same_question_is_answered_from_memory_at_no_cost_and_heard_again() -> None:
    clock, heard = Clock(), list[str]()
    spent = replace(say("Switch it off and on."), usage=Usage(10, 0, 5))
    model, asked = repeating(clock, spent, say("another"))
    assert await model.reply(PROMPT) == spent
    clock.go(seconds=59)
    again = await model.reply(replace(PROMPT, cache_key="other"), heard.append)
    assert again == replace(spent, usage=Usage(), repeated=True)
    assert heard == ["Switch it off and on."]
    clock.go(seconds=1)
    assert await model.reply(PROMPT) == say("another")
    assert len(asked.prompts) == 2


@pytest.mark.parametrize(
    "change",
    [{"safety_identifier": "sam"}, {"instructions": "Help!"}, {"may_call": False},
     {"items": (Said("my wifi is down "),)}, {"items": (Said("my wifi is down", file=True),)},
     {"items": (*PROMPT.items, Called("c4", "a", "{}"), Output("c4", "x"))}],
)  # fmt: skip
async def test_what_differs_in_anything_is_another_question(change: dict[str, Any]) -> None:
    model, asked = repeating(Clock(), say("one"), say("two"))
    await model.reply(PROMPT)
    assert await model.reply(replace(PROMPT, **change)) == say("two")
    assert len(asked.prompts) == 2


@pytest.mark.parametrize(
    "reply",
    [call("reset_password", user_id="U-456"), Reply(model="m", parts=()), LONG,
     replace(say("half"), status="incomplete"), replace(say("no"), status="refused"),
     Reply(model="m", parts=(TextPart("I do both."), CallPart("search_kb", "{}"), CallPart("create_ticket", "{}")))],
)  # fmt: skip
async def test_what_changes_something_or_is_not_whole_is_never_given_again(reply: Reply) -> None:
    model, asked = repeating(Clock(), reply, say("anew"))
    await model.reply(PROMPT)
    assert await model.reply(PROMPT) == say("anew")
    assert len(asked.prompts) == 2


async def test_nobody_is_nobody_and_a_failure_is_no_answer() -> None:
    nobody = replace(PROMPT, safety_identifier="")
    model, asked = repeating(Clock(), say("one"), say("two"), ModelUnavailable("503"), say("three"))
    assert [await model.reply(nobody) for _ in range(2)] == [say("one"), say("two")]
    with pytest.raises(ModelUnavailable):
        await model.reply(PROMPT)
    assert await model.reply(PROMPT) == say("three")
    assert len(asked.prompts) == 4


async def test_a_search_may_be_asked_for_again_and_memory_is_bounded() -> None:
    model, _ = repeating(Clock(), *[call("search_kb", query="wifi")] * (MAX_REPLIES + 2))
    for number in range(MAX_REPLIES + 1):
        await model.reply(replace(PROMPT, instructions=str(number)))
    assert (await model.reply(replace(PROMPT, instructions=str(MAX_REPLIES)))).repeated
    assert not (await model.reply(replace(PROMPT, instructions="0"))).repeated


async def test_in_slack_it_is_on_record_and_free(tmp_path: Path) -> None:
    model, clock = DearModel(), Clock()
    async with helpdesk(tmp_path, model, repeat_s=60, now=clock, prices=PRICES) as desk:
        assert [await ask(desk, user) for user in ("U0ALEX", "U0ALEX", "U0SAM")] == ["ok"] * 3
        assert model.asked == 2
        thread = await desk.say("U0ALEX", "hello")
        await desk.settle()
        (output,) = [item for item in await desk.items(thread) if isinstance(item, items.ModelOutput)]
        assert (output.repeated, output.cost, output.tokens_in, output.model) == (True, 0, 0, "dear")
        await desk.say("U0ALEX", "hello", thread)
        await desk.settle()
        assert model.asked == 3, "in the same thread it is another question: the first answer stands before it"
