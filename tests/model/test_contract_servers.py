"""What each adapter of a real model promises whatever its server does: a whole reply in time, or one of two errors."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.core.exchange import TextPart
from bot.errors import ModelRejected, ModelUnavailable
from bot.model import request
from tests.model.dialects import JSON, PLAN, Dialect
from tests.model.server import Sent, failed
from tests.model.test_contract import PROMPT, SAID, each_api, everywhere, failing, parts


@each_api
async def test_too_many_requests_are_told_with_the_time_to_wait(dialect: Dialect) -> None:
    error = await failing(dialect, failed(429, "rate_limit_exceeded", retry_after="7"))
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after == 7


@each_api
@pytest.mark.parametrize("status", [408, 500, 502, 503, 529])
async def test_a_passing_failure_is_unavailability_and_not_repeated(dialect: Dialect, status: int) -> None:
    async with dialect.model(failed(status)) as (model, server):
        with pytest.raises(ModelUnavailable):
            await model.reply(PROMPT)
    assert len(server.bodies) == 1


@each_api
@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
async def test_a_refused_request_is_rejected(dialect: Dialect, status: int) -> None:
    assert isinstance(await failing(dialect, failed(status)), ModelRejected)


@each_api
async def test_a_thread_that_is_too_long_is_rejected_at_once(dialect: Dialect) -> None:
    async with dialect.model(failed(400, "context_length_exceeded")) as (model, server):
        with pytest.raises(ModelRejected):
            await model.reply(PROMPT)
    assert len(server.bodies) == 1


@everywhere
async def test_a_server_that_says_nothing_is_left(dialect: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request, "FIRST_S", 0.05)
    assert "silent" in str(await failing(dialect, Sent(then="stalls", silent=True)))


@each_api
@pytest.mark.parametrize("pieces", [1, 3, 8])
async def test_a_server_that_falls_silent_in_the_middle_is_left(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch, pieces: int
) -> None:
    monkeypatch.setattr(request, "SPEAKING_S", 0.05)
    monkeypatch.setattr(request, "THINKING_S", 0.05)
    begun = replace(dialect.say(SAID), pieces=dialect.say(SAID).pieces[:pieces], then="stalls")
    assert "silent" in str(await failing(dialect, begun))


@everywhere
async def test_a_server_that_takes_too_long_in_all_is_left(dialect: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request, "TOTAL_S", 0.1)
    assert "longer than" in str(await failing(dialect, Sent(then="stalls", silent=True)))


def broken(dialect: Dialect) -> Iterator[Sent]:
    """The answer, broken off at every place before what it has to end with."""
    whole = dialect.say(SAID).pieces
    # the last chunks of a completion say its tokens and that this was all: without them it is whole
    needed = len(whole) - (1 if dialect.name == "responses" else 2)
    for pieces in (0, 1, 2, needed // 2, needed - 1):
        for then in ("disconnects", None):
            yield Sent(whole[:pieces], then=then)
    yield Sent(then="disconnects", silent=True)


@each_api
async def test_a_connection_that_goes_in_the_middle_is_unavailability(dialect: Dialect) -> None:
    for answer in broken(dialect):
        assert isinstance(await failing(dialect, answer), ModelUnavailable)


@each_api
@pytest.mark.parametrize(
    "answer",
    [
        Sent((b"<html>Sign in to the wifi</html>",), kind="text/html"),
        Sent((b"{",), kind=JSON),
        Sent((b"[1]",), kind=JSON),
        Sent((b'{"output": 7, "choices": 7}',), kind=JSON),
        Sent((b"data: {oops\n\n",)),
        Sent((b"data: [1]\n\n",)),
        Sent((b"data: " + b"[" * 100_000 + b"\n\n",)),
        Sent((b'data: {"error": {"code": "server_error", "message": "Oops."}}\n\n',)),
        Sent((b'data: {"type": "error", "error": {"code": "server_error", "message": "Oops."}}\n\n',)),
    ],
)
async def test_what_is_no_answer_is_unavailability(dialect: Dialect, answer: Sent) -> None:
    assert isinstance(await failing(dialect, answer), ModelUnavailable)


@everywhere
async def test_words_are_heard_as_they_come_and_a_stop_ends_it_at_the_server(dialect: Dialect) -> None:
    whole = dialect.say(SAID)
    if len(whole.pieces) < 5 or dialect.name == "plan, in prose":
        pytest.skip("these servers say all at once, or what cannot be told from thoughts before its end")
    heard = asyncio.Event()
    begun = replace(whole, pieces=whole.pieces[: -len(whole.pieces) // 4], then="stalls")
    async with asyncio.timeout(60), dialect.model(begun) as (model, server):
        asked = asyncio.create_task(model.reply(PROMPT, lambda _: heard.set()))
        await heard.wait()
        asked.cancel()
        await server.left.wait()
        with pytest.raises(asyncio.CancelledError):
            await asked


@each_api
async def test_one_connection_serves_one_answer_after_another(dialect: Dialect) -> None:
    async with dialect.model(dialect.say(SAID)) as (model, server):
        for _ in range(3):
            assert parts(await model.reply(PROMPT)) == (TextPart(SAID.text),)
    assert len(server.bodies) == 3


async def test_a_plan_asks_for_nothing_that_only_functions_need() -> None:
    async with PLAN.model(PLAN.say(SAID)) as (model, server):
        await model.reply(PROMPT)
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & server.bodies[0].keys()
