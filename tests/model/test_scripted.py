"""The scripted model of the other tests keeps to the port and tells when it is asked too often."""

import asyncio

import pytest

from bot.core.exchange import CallPart, Prompt, Said, TextPart
from bot.errors import ModelUnavailable
from bot.model.port import Model
from tests.fakes.model import ScriptedModel, call, calls, part, say, speak

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


async def test_a_reply_is_heard_at_once_and_one_in_pieces_when_the_test_lets_it_go_on() -> None:
    gate, heard = asyncio.Event(), list[str]()
    model = ScriptedModel(
        [say("Hi."), call("search_kb"), speak("Wi-Fi ", gate, "is down."), speak("It", ModelUnavailable("cut"))]
    )
    await model.reply(PROMPT, heard.append)
    await model.reply(PROMPT, heard.append)
    assert heard == ["Hi."]
    held = asyncio.create_task(model.reply(PROMPT, heard.append))
    await asyncio.sleep(0)
    assert heard == ["Hi.", "Wi-Fi "]
    gate.set()
    assert await held == say("Wi-Fi is down.")
    with pytest.raises(ModelUnavailable, match="cut"):
        await model.reply(PROMPT, heard.append)
    assert heard == ["Hi.", "Wi-Fi ", "is down.", "It"]
