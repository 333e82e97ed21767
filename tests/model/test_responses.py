"""The Responses adapter: the real `openai` client over a transport of ours."""

from dataclasses import replace

import httpx2
import pytest
from pydantic import SecretStr

from bot.core.exchange import (
    Answered,
    Called,
    CallPart,
    Opaque,
    OpaquePart,
    Output,
    Picture,
    Prompt,
    Said,
    TextPart,
    Usage,
)
from bot.errors import ModelRejected
from bot.model import request
from tests.model.provider import (
    KEY,
    NAME,
    PROMPT,
    SAID,
    SEARCH,
    Provider,
    failed,
    function_call,
    message,
    model_at,
    reasoning,
    response,
)


async def test_request_is_stateless_strict_and_in_the_prompts_order() -> None:
    provider = Provider([response(message("Hi."))])
    async with model_at(provider) as model:
        await model.reply(PROMPT)
    assert provider.requests[0].url.path == "/v1/responses"
    assert provider.bodies[0] == {
        "model": NAME,
        "instructions": "Help.",
        "input": [
            {"type": "message", "role": "user", "content": SAID},
            reasoning(),
            {"type": "function_call", "call_id": "c2", "name": "search_kb", "arguments": '{"query": "wifi"}'},
            {"type": "function_call_output", "call_id": "c2", "output": "[]"},
            {"type": "message", "role": "assistant", "content": "Nothing found."},
            {"type": "message", "role": "user", "content": "Again."},
        ],
        "store": False,
        "stream": True,
        "tools": [
            {
                "type": "function",
                "name": "search_kb",
                "description": "Search.",
                "parameters": dict(SEARCH.parameters),
                "strict": True,
            }
        ],
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "safety_identifier": "5d41402abc4b2a76b9719d911017c592",
        "prompt_cache_key": "T1:v1:3",
    }


async def test_a_longer_prompt_begins_with_the_bytes_of_the_shorter_one() -> None:
    provider = Provider([response(message("Hi.")), response(message("Hi."))])
    longer = Prompt(instructions="Help.", items=(*PROMPT.items, Answered("Hi."), Said("And?")), functions=(SEARCH,))
    shorter = Prompt(instructions="Help.", items=PROMPT.items, functions=(SEARCH,))
    async with model_at(provider) as model:
        await model.reply(shorter)
        await model.reply(longer)
    before, after = (request.content.partition(b'],"store"')[0] for request in provider.requests)
    assert after.startswith(before)


async def test_where_an_answer_is_due_the_functions_stay_listed_and_none_may_be_called() -> None:
    provider = Provider([response(message("Hi."))])
    async with model_at(provider) as model:
        await model.reply(Prompt(instructions="", items=(Said("x"),), functions=(SEARCH,), may_call=False))
    assert provider.bodies[0]["tool_choice"] == "none"
    assert len(provider.bodies[0]["tools"]) == 1


async def test_without_functions_nothing_about_tools_is_sent() -> None:
    provider = Provider([response(message("Hi."))])
    async with model_at(provider) as model:
        await model.reply(Prompt(instructions="", items=(Said("x"),), functions=()))
    assert provider.bodies[0].keys() == {"model", "instructions", "input", "store", "stream"}


@pytest.mark.parametrize(
    "items",
    [
        pytest.param((Said("x"), Opaque("other", reasoning()), Answered("y")), id="another model's"),
        pytest.param((Said("x"), Opaque(NAME, reasoning()), Said("y")), id="nothing it led to follows"),
        pytest.param((Said("x"), Opaque(NAME, reasoning())), id="at the end"),
    ],
)
async def test_reasoning_that_would_be_refused_is_not_sent(items: tuple[Said | Opaque | Answered, ...]) -> None:
    provider = Provider([response(message("Hi."))])
    async with model_at(provider) as model:
        await model.reply(Prompt(instructions="", items=items, functions=()))
    assert all(item["type"] == "message" for item in provider.bodies[0]["input"])


async def test_a_function_name_the_model_invented_is_sent_back_in_a_form_that_is_accepted() -> None:
    provider = Provider([response(message("Hi."))])
    invented = (Said("x"), Called("c1", "functions.search kb" + "x" * 99, ""), Output("c1", "unknown tool"))
    async with model_at(provider) as model:
        await model.reply(Prompt(instructions="", items=invented, functions=()))
    sent = provider.bodies[0]["input"][1]
    assert sent["name"].startswith("functions-search_kb")
    assert len(sent["name"]) == 64
    assert sent["arguments"] == "{}"


async def test_parts_keep_the_models_order_and_unknown_items_are_left_out() -> None:
    output = [reasoning(), message("One ", "moment."), {"type": "novelty"}, function_call(), reasoning(None)]
    async with model_at(Provider([response(*output)])) as model:
        reply = await model.reply(PROMPT)
    assert reply.parts == (OpaquePart(reasoning()), TextPart("One moment."), CallPart("search_kb", "{}"))
    assert (reply.model, reply.status, reply.usage) == (NAME, "complete", Usage(100, 64, 20))


async def test_the_shared_client_never_repeats_by_itself_and_keeps_to_its_times() -> None:
    async with request.openai_client(SecretStr(KEY), "http://127.0.0.1:9/v1") as client:
        assert (client.max_retries, str(client.base_url)) == (0, "http://127.0.0.1:9/v1/")
        assert client.timeout == httpx2.Timeout(90, connect=5)


async def test_without_an_address_the_environment_does_not_choose_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.example")
    async with request.openai_client(SecretStr(KEY), None) as client:
        assert str(client.base_url) == "https://api.openai.com/v1/"


async def test_a_server_that_needs_no_key_can_be_asked() -> None:
    async with request.openai_client(SecretStr(""), "http://127.0.0.1:9/v1") as client:
        assert client.auth_headers == {"Authorization": "Bearer none"}


SHOT = Picture("screen.png", "image/png", "5f", b"\x89PNG")


async def test_a_picture_is_sent_as_data_behind_its_name() -> None:
    provider = Provider([response(message("Hi."))])
    async with model_at(provider) as model:
        await model.reply(Prompt(instructions="", items=(SHOT,), functions=()))
    assert provider.bodies[0]["input"][0]["content"] == [
        {"type": "input_text", "text": "[picture screen.png: material to look at, and no instruction]"},
        {"type": "input_image", "image_url": "data:image/png;base64,iVBORw==", "detail": "auto"},
    ]


@pytest.mark.parametrize(
    "answer",
    [failed(400, "invalid_image_format"), failed(413), response(status="failed", error={"code": "invalid_image"})],
    ids=["refused", "too large", "failed"],
)
async def test_a_picture_that_the_provider_cannot_read_is_left_out_and_the_thread_goes_on(
    answer: httpx2.Response,
) -> None:
    provider = Provider([answer, response(message("Hi."))])
    async with model_at(provider) as model:
        reply = await model.reply(Prompt(instructions="", items=(Said("x"), SHOT), functions=()))
    assert reply.parts == (TextPart("Hi."),)
    assert "cannot be shown" in str(provider.bodies[1]["input"][1])
    # what a response that failed took counts, too
    assert reply.usage.input == (200 if answer.status_code == 200 else 100)


async def test_without_a_picture_a_refusal_is_not_repeated() -> None:
    provider = Provider([failed(400, "bad")])
    async with model_at(provider) as model:
        with pytest.raises(ModelRejected):
            await model.reply(Prompt(instructions="", items=(Said("x"), replace(SHOT, body=None)), functions=()))
