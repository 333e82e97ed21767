"""How the Responses adapter fails: always one of our two errors, told without a word anybody said."""

import asyncio
import logging

import httpx2
import pytest

from bot.core.exchange import Prompt, Said, TextPart
from bot.errors import ModelRejected, ModelUnavailable
from bot.model import request
from tests.model.provider import KEY, PROMPT, SAID, Provider, failed, message, model_at, plain, response


async def test_undecryptable_reasoning_is_left_out_on_one_repetition() -> None:
    provider = Provider([failed(400, "invalid_encrypted_content"), response(message("Hi."))])
    async with model_at(provider) as model:
        reply = await model.reply(PROMPT)
    assert reply.parts == (TextPart("Hi."),)
    assert [item["type"] for item in provider.bodies[1]["input"]].count("reasoning") == 0


@pytest.mark.parametrize("prompt", [PROMPT, Prompt(instructions="", items=(Said("x"),), functions=())])
async def test_encrypted_content_refused_for_good_is_a_rejection(prompt: Prompt) -> None:
    async with model_at(Provider([failed(400, "invalid_encrypted_content")] * 2)) as model:
        with pytest.raises(ModelRejected):
            await model.reply(prompt)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
async def test_a_refused_request_is_rejected(status: int) -> None:
    async with model_at(Provider([failed(status)])) as model:
        with pytest.raises(ModelRejected, match=str(status)):
            await model.reply(PROMPT)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
async def test_a_passing_failure_is_unavailability_and_not_repeated_by_the_client(status: int) -> None:
    provider = Provider([failed(status)])
    async with model_at(provider) as model:
        with pytest.raises(ModelUnavailable):
            await model.reply(PROMPT)
    assert len(provider.requests) == 1


async def test_an_account_without_quota_is_rejected_though_it_says_429() -> None:
    async with model_at(Provider([failed(429, "insufficient_quota", {"retry-after": "5"})])) as model:
        with pytest.raises(ModelRejected, match="quota"):
            await model.reply(PROMPT)


DATED = {"date": "Sat, 21 Nov 2026 10:00:00 GMT", "retry-after": "Sat, 21 Nov 2026 10:00:30 GMT"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        (DATED, 30.0),
        ({"retry-after": DATED["date"]}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-3"}, None),
        ({}, None),
    ],
)
async def test_retry_after_is_in_seconds(headers: dict[str, str], seconds: float | None) -> None:
    async with model_at(Provider([failed(429, "rate_limit_exceeded", headers)])) as model:
        with pytest.raises(ModelUnavailable) as raised:
            await model.reply(PROMPT)
    assert raised.value.retry_after == seconds


@pytest.mark.parametrize(
    "trouble", [httpx2.ConnectError("refused"), httpx2.ReadTimeout("slow"), httpx2.RemoteProtocolError("cut")]
)
async def test_a_broken_connection_is_unavailability(trouble: Exception) -> None:
    async with model_at(Provider([trouble])) as model:
        with pytest.raises(ModelUnavailable):
            await model.reply(PROMPT)


async def test_a_server_that_trickles_for_ever_is_left_after_the_total_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(request, "TOTAL_S", 0.01)
    async with model_at(never) as model:
        with pytest.raises(ModelUnavailable, match="longer than"):
            await model.reply(PROMPT)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": "server_error", "message": SAID}, ModelUnavailable),
        ({"code": "rate_limit_exceeded", "message": SAID}, ModelUnavailable),
        (None, ModelUnavailable),
        ({"code": {}}, ModelRejected),
        ({"code": "invalid_prompt", "message": SAID}, ModelRejected),
    ],
)
async def test_a_failed_response_is_an_error(error: object, expected: type[Exception]) -> None:
    async with model_at(Provider([response(status="failed", error=error)])) as model:
        with pytest.raises(expected):
            await model.reply(PROMPT)


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(200, text="<html>Sign in to the wifi</html>"),
        httpx2.Response(200, content=b"{", headers={"content-type": "application/json"}),
        httpx2.Response(200, json=[1]),
        httpx2.Response(200, json={"output": "text"}),
        plain(status="in_progress"),
    ],
)
async def test_an_answer_that_is_no_response_is_unavailability(answer: httpx2.Response) -> None:
    async with model_at(Provider([answer])) as model:
        with pytest.raises(ModelUnavailable):
            await model.reply(PROMPT)


async def test_text_that_cannot_be_encoded_is_rejected() -> None:
    async with model_at(Provider([])) as model:
        with pytest.raises(ModelRejected, match="surrogate"):
            await model.reply(Prompt(instructions="", items=(Said("\ud800"),), functions=()))


@pytest.mark.parametrize("answer", [failed(400, "bad"), failed(500), response(status="failed", error={"code": SAID})])
async def test_neither_errors_nor_logs_quote_people_or_the_key(
    answer: httpx2.Response, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with model_at(Provider([answer])) as model:
        with pytest.raises((ModelRejected, ModelUnavailable)) as raised:
            await model.reply(PROMPT)
    for secret in (SAID, KEY):
        assert secret not in f"{raised.value}{raised.getrepr(chain=True)!s}{caplog.text}"
