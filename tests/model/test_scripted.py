"""The scripted model of the other tests keeps to the port and tells when it is asked too often."""

import pytest

from bot.core.exchange import CallPart, Prompt, Said, TextPart
from bot.errors import ModelUnavailable
from bot.model.port import Model
from tests.fakes.model import ScriptedModel, call, calls, part, say

PROMPT = Prompt(instructions="", items=(Said("Hi."),), functions=())


async def test_replies_come_in_order_and_prompts_are_remembered() -> None:
    scripted = ScriptedModel(
        [call("search_kb", query="wifi"), ModelUnavailable("down"), lambda prompt: say(f"{len(prompt.items)} item")]
    )
    model: Model = scripted
    assert (await model.reply(PROMPT)).parts == (CallPart("search_kb", '{"query": "wifi"}'),)
    with pytest.raises(ModelUnavailable):
        await model.reply(PROMPT)
    assert (await model.reply(PROMPT)).parts == (TextPart("1 item"),)
    assert scripted.prompts == [PROMPT] * 3
    with pytest.raises(AssertionError, match="the script is over"):
        await model.reply(PROMPT)


async def test_an_argument_may_be_called_tool() -> None:
    assert calls(part("ask", tool="x"), part("ask")).parts == (CallPart("ask", '{"tool": "x"}'), CallPart("ask", "{}"))
