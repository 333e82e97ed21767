"""The JSON plan: what the model is told, what is taken for a plan, and what is sent back."""

import json
from typing import Any

import pytest

from bot.core.exchange import CallPart, OpaquePart, Prompt, Said, TextPart, Usage
from bot.model.plan import CUT, MAX_NOTE
from tests.fakes import chunks
from tests.model.dialects import NAME, PLAN
from tests.model.provider import PROMPT, SAID, SEARCH
from tests.model.server import Sent, failed

FINISH = {"action": "finish", "note": "It is down."}
CALL = {"action": "call_tool", "tool": "search_kb", "arguments": {"query": "wifi"}}
THINK = {"action": "think", "thought": "Is it the wifi?"}
DOWN = (TextPart("It is down."),)
CALLED = (CallPart("search_kb", '{"query": "wifi"}'),)


def said(text: str, finish: str = "stop") -> Sent:
    return Sent((chunks.sse(chunks.chunks(chunks.completion(text, finish=finish))),))


def plan(*steps: object) -> Sent:
    return said(json.dumps({"steps": steps}))


def shown(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(part for part in parts if not isinstance(part, OpaquePart))


async def test_the_request_shows_tools_calls_and_observations_as_text() -> None:
    async with PLAN.model(plan(FINISH)) as (model, server):
        await model.reply(PROMPT)
    body = server.bodies[0]
    system, *messages = body.pop("messages")
    assert system["role"] == "system"
    assert system["content"].startswith("Help.\n\n")
    assert json.loads(system["content"].splitlines()[-1]) == {
        "tool": "search_kb",
        "description": "Search.",
        "arguments": SEARCH.parameters,
    }
    assert messages == [
        {"role": "user", "content": SAID},
        {"role": "assistant", "content": json.dumps({"steps": [CALL]})},
        {"role": "user", "content": "[observation: output of search_kb, call c2]\n[]"},
        {"role": "assistant", "content": json.dumps({"steps": [FINISH | {"note": "Nothing found."}]})},
        {"role": "user", "content": "Again."},
    ]
    schema = body.pop("response_format")["json_schema"]
    assert schema["strict"] is True
    kinds = schema["schema"]["properties"]["steps"]["items"]["anyOf"]
    assert [kind["properties"]["action"]["enum"] for kind in kinds] == [["think"], ["call_tool"], ["finish"]]
    assert body == {
        "model": NAME,
        "stream": True,
        "stream_options": {"include_usage": True},
        "safety_identifier": PROMPT.safety_identifier,
        "prompt_cache_key": PROMPT.cache_key,
        "temperature": 0,
    }


@pytest.mark.parametrize("field", ["response_format", "temperature"])
async def test_what_the_model_or_its_server_does_not_take_is_left_out_once_and_for_all(field: str) -> None:
    async with PLAN.model(failed(400, message=f"'{field}' is not supported with this model."), plan(FINISH)) as (
        model,
        server,
    ):
        for _ in range(2):
            assert (await model.reply(PROMPT)).parts == DOWN
    assert server.bodies[0].keys() - server.bodies[1].keys() == {field}
    assert server.bodies[2] == server.bodies[1]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"steps": [FINISH]}),
        json.dumps(FINISH),
        f"Here it is:\n```json\n{json.dumps(FINISH)}\n```\nBye {{}}",
        f"{{oops {{ {json.dumps(FINISH)}",
        json.dumps({"steps": [FINISH | {"thought": "Sure."}, CALL]}).replace(json.dumps(CALL), json.dumps(FINISH)),
    ],
)
async def test_the_first_object_in_the_text_is_the_plan(text: str) -> None:
    async with PLAN.model(said(text)) as (model, server):
        assert shown((await model.reply(PROMPT)).parts) == DOWN
    assert len(server.bodies) == 1


async def test_thoughts_are_kept_for_debugging_and_neither_heard_nor_sent_back() -> None:
    heard: list[str] = []
    async with PLAN.model(plan(THINK, CALL | {"thought": "Look it up."})) as (model, _):
        reply = await model.reply(PROMPT, heard.append)
    first, second, call = reply.parts
    assert (first, second) == tuple(
        OpaquePart({"type": "plan.thought", "text": text}) for text in ("Is it the wifi?", "Look it up.")
    )
    assert call == CALLED[0]
    assert heard == []


async def test_who_only_thinks_is_asked_again_and_in_the_end_says_nothing() -> None:
    async with PLAN.model(plan(THINK), plan(THINK), plan(FINISH)) as (model, server):
        reply = await model.reply(PROMPT)
        assert shown(reply.parts) == DOWN
        assert len(reply.parts) == 3
        assert reply.usage == Usage(300, 192, 60)
    assert server.raw[1].startswith(server.raw[0].partition(b'],"stream"')[0])
    async with PLAN.model(plan(THINK)) as (model, server):
        assert shown((await model.reply(PROMPT)).parts) == ()
    assert len(server.bodies) == 4


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I think the wifi is down.", "no JSON object"),
        ('{"steps": [{"action": "finish", "note": "It', "no JSON object"),
        ('{"action": "dance"}', "action"),
        ('{"action": "finish"}', "note"),
        ('{"steps": []}', "steps"),
        ('{"steps": 7}', "steps"),
        ('{"a": NaN}', "no JSON object"),
        (json.dumps({"steps": [CALL | {"arguments": {"query": ["x" * 2_001]}}]}), "2000 characters"),
        ('{"action": "call_tool", "tool": "x", "arguments": ' + "[" * 60 + "]" * 60 + "}", "deeply"),
    ],
)
async def test_what_is_no_plan_is_sent_back_once_with_what_was_wrong(text: str, told: str) -> None:
    async with PLAN.model(said(text), plan(FINISH)) as (model, server):
        reply = await model.reply(PROMPT)
    assert reply.parts == DOWN
    assert reply.usage.output == 40
    answer, complaint = server.bodies[1]["messages"][-2:]
    assert answer == {"role": "assistant", "content": text}
    assert complaint["role"] == "user"
    assert told in complaint["content"]
    async with PLAN.model(said(text)) as (model, server):
        assert (await model.reply(PROMPT)).parts == ()
    assert len(server.bodies) == 2


async def test_arguments_of_many_short_strings_are_taken() -> None:
    many = CALL | {"arguments": {"query": ["x" * 2_000] * 3}}
    async with PLAN.model(plan(many)) as (model, server):
        assert len((await model.reply(PROMPT)).parts) == 1
    assert len(server.bodies) == 1


async def test_a_note_that_is_too_long_is_sent_back_once_and_then_cut() -> None:
    long = plan(FINISH | {"note": "x" * (MAX_NOTE + 1)})
    async with PLAN.model(long, plan(FINISH)) as (model, server):
        assert (await model.reply(PROMPT)).parts == DOWN
    async with PLAN.model(long) as (model, server):
        assert (await model.reply(PROMPT)).parts == (TextPart("x" * MAX_NOTE + CUT),)
    assert len(server.bodies) == 2


async def test_where_an_answer_is_due_a_call_is_sent_back_once() -> None:
    due = Prompt(instructions="", items=(Said("x"),), functions=(SEARCH,), may_call=False)
    async with PLAN.model(plan(CALL), plan(FINISH)) as (model, server):
        assert (await model.reply(due)).parts == DOWN
    assert "No tool may be called" in server.bodies[1]["messages"][-1]["content"]
    assert server.bodies[0]["messages"] == server.bodies[1]["messages"][:-2]


async def test_a_note_behind_a_call_tells_what_nobody_has_observed() -> None:
    heard: list[str] = []
    async with PLAN.model(plan(CALL, FINISH)) as (model, _):
        assert (await model.reply(PROMPT, heard.append)).parts == CALLED
    assert heard == []


async def test_of_a_note_that_was_heard_and_sent_back_nothing_more_is_heard() -> None:
    heard: list[str] = []
    async with PLAN.model(said(json.dumps({"steps": [FINISH, {"action": "dance"}]})), plan(FINISH)) as (model, _):
        assert (await model.reply(PROMPT, heard.append)).parts == DOWN
    assert "".join(heard) == "It is down."


async def test_a_tool_whose_schema_refers_to_itself_is_asked_for_without_a_promise() -> None:
    parameters = {"type": "object", "$defs": {"x": {"type": "string"}}, "properties": {"x": {"$ref": "#/$defs/x"}}}
    tree = Prompt(instructions="", items=(Said("x"),), functions=(SEARCH, type(SEARCH)("tree", "", parameters)))
    async with PLAN.model(plan(FINISH)) as (model, server):
        await model.reply(tree)
    plan_format = server.bodies[0]["response_format"]["json_schema"]
    assert plan_format["strict"] is False
    assert "$ref" not in json.dumps(plan_format)
