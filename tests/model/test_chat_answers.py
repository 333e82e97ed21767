"""The Chat Completions adapter: what servers that differ from the book send back."""

import json
from typing import Any

import pytest

from bot.core.exchange import (
    Called,
    CallPart,
    Opaque,
    OpaquePart,
    Output,
    TextPart,
    Usage,
)
from tests.fakes import chunks, events
from tests.fakes.chunks import completion, tool_call
from tests.model.dialects import CHAT, NAME, Given
from tests.model.provider import PROMPT
from tests.model.server import Sent, failed

HI = CHAT.say(Given(text="Hi."))
CALL = (CallPart("search_kb", '{"query": "a"}'), CallPart("search_kb", '{"query": "b"}'))


def sent(*told: Any, end: bytes = b"data: [DONE]\n\n") -> Sent:
    return Sent((chunks.sse(told, end),))


def delta(finish: str | None = None, **said: object) -> events.Json:
    return {"choices": [{"index": 0, "delta": said, "finish_reason": finish}]}


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([[tool_call("search_kb", '{"query": "a"}', "x"), tool_call("search_kb", '{"query": "b"}', "x")]]),
        pytest.param(
            [[tool_call("search_kb", f'{{"query": "{query}"}}', query, index=0)] for query in "ab"], id="all at place 0"
        ),
        pytest.param(
            [[tool_call("search_kb", f'{{"query": "{query}"}}', "")] for query in "ab"], id="neither place nor id"
        ),
        pytest.param(
            [
                [{"index": 0, "id": "x", "function": {"name": "search_kb", "arguments": '{"query"'}}],
                [{"index": 1, "id": "x", "function": {"name": "search_kb", "arguments": '{"query"'}}],
                [{"index": 0, "id": "x", "function": {"name": "search_kb", "arguments": ': "a"}'}}],
                [{"index": 1, "function": {"arguments": ': "b"}'}}],
            ],
            id="interleaved, and said again",
        ),
        pytest.param(
            [
                [{"id": "x", "function": {"name": "search_kb"}}],
                [{"function": {"arguments": '{"query": '}}],
                [{"function": {"arguments": '"a"}'}}, {"id": "y", "function": {"name": "search_kb"}}],
                [{"function": {"arguments": '{"query": "b"}'}}],
            ],
            id="pieces without a place",
        ),
    ],
)
async def test_calls_are_told_apart(told: list[list[Any]]) -> None:
    async with CHAT.model(sent(*(delta(tool_calls=entries) for entries in told), delta("tool_calls"))) as (model, _):
        assert (await model.reply(PROMPT)).parts == CALL


async def test_two_calls_of_one_chunk_are_two_though_nothing_tells_them_apart() -> None:
    twice = delta("tool_calls", tool_calls=[tool_call("list_my_access", "", "")] * 2)
    async with CHAT.model(sent(twice)) as (model, _):
        assert (await model.reply(PROMPT)).parts == (CallPart("list_my_access", ""),) * 2


@pytest.mark.parametrize("finish", ["length", "content_filter", "max_tokens", "nobody knows"])
async def test_an_answer_that_did_not_come_to_its_end_is_incomplete(finish: str) -> None:
    async with CHAT.model(sent(delta(content="Half"), delta(finish))) as (model, _):
        reply = await model.reply(PROMPT)
    assert (reply.status, reply.parts) == ("incomplete", (TextPart("Half"),))


@pytest.mark.parametrize("end", [b"data: [DONE]\n\n", b""])
async def test_usage_counts_once_whether_it_comes_with_each_chunk_or_at_the_end(end: bytes) -> None:
    whole = completion("Hi.")["usage"]
    told = [delta(content="Hi.") | {"usage": whole | {"completion_tokens": 1}}, delta("stop") | {"usage": whole}]
    async with CHAT.model(sent(*told, {"choices": [], "usage": whole}, end=end)) as (model, _):
        assert (await model.reply(PROMPT)).usage == Usage(100, 64, 20)


async def test_a_server_that_holds_the_line_after_the_last_word_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.model.chat_answer.USAGE_S", 0.05)
    held = Sent((chunks.sse([delta(content="Hi."), delta("stop")], b""),), then="stalls")
    async with CHAT.model(held) as (model, _):
        assert (await model.reply(PROMPT)).parts == (TextPart("Hi."),)


async def test_chunks_that_say_nothing_are_passed_over() -> None:
    told = [{"choices": [], "prompt_filter_results": []}, {"choices": [{"index": 1, "delta": {"content": "No."}}]}]
    told += [delta(content=[{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "Hi."}]), delta("stop")]
    async with CHAT.model(Sent((b": waiting\n\ndata:\n\n" + chunks.sse(told),))) as (model, _):
        assert (await model.reply(PROMPT)).parts == (TextPart("Hi."),)


@pytest.mark.parametrize(
    "told",
    [
        [delta(reasoning_content="Hm, the wifi."), delta(content="Hi."), delta("stop")],
        [delta(reasoning="Hm, the wifi."), delta(content="Hi."), delta("stop")],
        [delta(content="<th"), delta(content="ink>Hm, </thi"), delta(content="nk>\n\nHi."), delta("stop")],
        [delta(content="<think>Hm</think><think>the wifi.</think>Hi."), delta("stop")],
    ],
)
async def test_thoughts_are_neither_heard_nor_kept(told: list[Any]) -> None:
    heard: list[str] = []
    async with CHAT.model(sent(*told)) as (model, _):
        reply = await model.reply(PROMPT, heard.append)
    assert "".join(heard) == "Hi."
    assert [part.text.strip() for part in reply.parts if isinstance(part, TextPart)] == ["Hi."]


async def test_a_model_whose_thoughts_have_only_an_end_is_not_heard_thinking_again() -> None:
    headless = sent(delta(content="Hm, "), delta(content="the wifi.</think>"), delta(content="Hi."), delta("stop"))
    heard: list[str] = []
    async with CHAT.model(headless) as (model, _):
        assert (await model.reply(PROMPT)).parts == (TextPart("Hi."),)
        await model.reply(PROMPT, heard.append)
    assert "".join(heard) == "Hi."


async def test_what_a_server_sends_beside_a_call_goes_back_with_it() -> None:
    beside = {"google": {"thought_signature": "c2ln"}}
    signed = delta("tool_calls", tool_calls=[tool_call("search_kb", "{}", "x", index=0, extra_content=beside)])
    async with CHAT.model(sent(signed)) as (model, _):
        opaque, call = (await model.reply(PROMPT)).parts
    assert isinstance(opaque, OpaquePart)
    assert call == CallPart("search_kb", "{}")
    wire = CHAT.input([Opaque(NAME, opaque.item), Called("c5", "search_kb", "{}"), Output("c5", "[]")])
    assert wire[1]["tool_calls"][0]["extra_content"] == beside
    assert "extra_content" not in str(CHAT.input([Opaque("other", opaque.item), Called("c5", "search_kb", "{}")]))


async def test_a_server_that_wants_every_call_signed_gets_what_stands_for_a_call_of_somebody_else() -> None:
    refusal = failed(400, message="Function call is missing a thought_signature in functionCall parts.")
    async with CHAT.model(refusal, HI) as (model, server):
        await model.reply(PROMPT)
    assert "skip_thought_signature_validator" not in json.dumps(server.bodies[0])
    assert "skip_thought_signature_validator" in json.dumps(server.bodies[1]["messages"][2])
    assert "stream_options" in server.bodies[1]
