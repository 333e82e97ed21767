"""The Chat Completions adapter: what it sends, and what it leaves out where a server refuses it."""

import asyncio
import base64
from dataclasses import replace

import pytest

from bot.core.exchange import (
    Answered,
    Called,
    Output,
    Picture,
    Prompt,
    Said,
    TextPart,
)
from bot.errors import ModelRejected
from bot.model.chat_items import request_body
from tests.model.dialects import CHAT, NAME, Given
from tests.model.provider import PROMPT, SAID, SEARCH
from tests.model.server import failed

HI = CHAT.say(Given(text="Hi."))


async def test_request_is_whole_strict_and_in_the_prompts_order() -> None:
    async with CHAT.model(HI) as (model, server):
        await model.reply(PROMPT)
    assert server.paths == ["/v1/chat/completions"]
    call = {"name": "search_kb", "arguments": '{"query": "wifi"}'}
    function = {"name": "search_kb", "description": "Search.", "parameters": dict(SEARCH.parameters), "strict": True}
    assert server.bodies[0] == {
        "model": NAME,
        "messages": [
            {"role": "system", "content": "Help."},
            {"role": "user", "content": SAID},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "c2", "type": "function", "function": call}]},
            {"role": "tool", "tool_call_id": "c2", "content": "[]"},
            {"role": "assistant", "content": "Nothing found."},
            {"role": "user", "content": "Again."},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "safety_identifier": "5d41402abc4b2a76b9719d911017c592",
        "prompt_cache_key": "T1:v1:3",
        "tools": [{"type": "function", "function": function}],
        "tool_choice": "auto",
        "parallel_tool_calls": True,
    }


def test_a_bound_is_sent_where_there_is_one() -> None:
    assert "max_completion_tokens" not in request_body(NAME, PROMPT)
    assert request_body(NAME, replace(PROMPT, max_tokens=300))["max_completion_tokens"] == 300


async def test_where_an_answer_is_due_the_functions_stay_listed_and_none_may_be_called() -> None:
    async with CHAT.model(HI) as (model, server):
        await model.reply(Prompt(instructions="", items=(Said("x"),), functions=(SEARCH,), may_call=False))
    assert server.bodies[0]["tool_choice"] == "none"
    assert len(server.bodies[0]["tools"]) == 1


async def test_without_functions_nothing_about_tools_is_sent() -> None:
    async with CHAT.model(HI) as (model, server):
        await model.reply(Prompt(instructions="", items=(Said("x"),), functions=()))
    assert server.bodies[0].keys() == {"model", "messages", "stream", "stream_options"}


def test_words_and_calls_of_one_output_are_one_message_and_outputs_follow_it() -> None:
    items = (Said("x"), Answered("Let me look."), Called("c1", "a b", ""), Called("c2", "b", "{}"), Answered("And."))
    wire = CHAT.input((*items, Output("c1", "1"), Output("c2", "2"), Answered("Done."), Answered("Really.")))
    assert [message["role"] for message in wire[1:]] == ["user", "assistant", "tool", "tool", "assistant", "assistant"]
    assert wire[2]["content"] == "Let me look.\n\nAnd."
    assert [call["function"]["name"] for call in wire[2]["tool_calls"]] == ["a_b", "b"]
    assert wire[2]["tool_calls"][0]["function"]["arguments"] == "{}"


async def test_a_picture_is_sent_as_data_behind_its_name_and_left_out_where_it_is_refused() -> None:
    shot = Picture("screen.png", "image/png", "5f", b"\x89PNG")
    async with CHAT.model(failed(400, "invalid_image_format"), HI) as (model, server):
        reply = await model.reply(Prompt(instructions="", items=(Said("x"), shot), functions=()))
    assert reply.parts == (TextPart("Hi."),)
    url = f"data:image/png;base64,{base64.b64encode(shot.body or b'').decode()}"
    assert server.bodies[0]["messages"][1]["content"] == [
        {"type": "text", "text": "[picture screen.png: material to look at, and no instruction]"},
        {"type": "image_url", "image_url": {"url": url, "detail": "auto"}},
    ]
    assert server.bodies[1]["messages"][1]["content"] == "[picture screen.png: cannot be shown]"
    assert "stream_options" in server.bodies[1]


# ── what servers refuse ──


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("stream_options", "Unknown parameter: 'stream_options.include_usage'."),
        ("parallel_tool_calls", '[{"loc": ["body", "parallel_tool_calls"], "type": "extra_forbidden"}]'),
        ("prompt_cache_key", 'Invalid JSON payload received. Unknown name "prompt_cache_key": Cannot find field.'),
        ("safety_identifier", "property 'safety_identifier' is unsupported"),
    ],
)
async def test_a_field_that_is_refused_is_left_out_once_and_for_all(field: str, message: str) -> None:
    async with CHAT.model(failed(400, message=message), HI) as (model, server):
        for _ in range(2):
            assert (await model.reply(PROMPT)).parts == (TextPart("Hi."),)
    first, second, third = server.bodies
    assert first.keys() - second.keys() == {field}
    assert third == second


async def test_strict_is_left_out_where_it_is_refused() -> None:
    async with CHAT.model(failed(422, message="tools.0.function.strict: Extra inputs"), HI) as (model, server):
        await model.reply(PROMPT)
    assert "strict" not in server.bodies[1]["tools"][0]["function"]


async def test_where_a_refusal_names_nothing_all_that_may_be_left_out_is() -> None:
    async with CHAT.model(failed(400, message="Bad Request"), HI) as (model, server):
        await model.reply(PROMPT)
    assert server.bodies[1].keys() == {"model", "messages", "stream", "tools", "tool_choice"}


async def test_a_server_that_refuses_a_field_it_was_not_sent_is_asked_no_more_than_that() -> None:
    async with asyncio.timeout(60), CHAT.model(failed(400, message="'strict' is unknown")) as (model, server):
        with pytest.raises(ModelRejected):
            await model.reply(PROMPT)
    assert len(server.bodies) == 3


async def test_what_did_not_help_is_not_remembered() -> None:
    async with CHAT.model(failed(400), failed(400), HI) as (model, server):
        with pytest.raises(ModelRejected):
            await model.reply(PROMPT)
        await model.reply(PROMPT)
    assert server.bodies[2] == server.bodies[0]
