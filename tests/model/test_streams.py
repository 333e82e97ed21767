"""How answers come in, and how they fail while they do: a whole reply in time, or one of our two errors."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from bot.core.exchange import TextPart
from bot.errors import ModelError, ModelRejected, ModelUnavailable
from bot.model import request
from tests.fakes import events
from tests.model.provider import PROMPT, SAID, Provider, failed, message, model_at, response, stream

WHOLE = events.response(message("It is down."))
TOLD = list(events.events(WHOLE))


def wire(*more: bytes, told: int | None = None) -> httpx2.Response:
    """The first events of an answer, and then these bytes."""
    return stream(events.sse(TOLD[:told]) + b"".join(more))


async def failing(answer: httpx2.Response) -> ModelError:
    async with model_at(Provider([answer])) as model:
        with pytest.raises(ModelError) as raised:
            await model.reply(PROMPT)
    assert SAID not in str(raised.value)
    assert answer.is_closed
    return raised.value


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(events.streamed(WHOLE) + b"data: [DONE]\n\n", id="a last line that is no event"),
        pytest.param(events.streamed(WHOLE).replace(b"\n", b"\r\n"), id="other ends of lines"),
        pytest.param(b": waiting\n\nretry: 10\n\n" + events.streamed(WHOLE), id="comments and other fields"),
        pytest.param(b"event: response.novelty\ndata: oops\n\n" + events.streamed(WHOLE), id="an unknown event"),
        pytest.param(events.sse(TOLD[-1:]), id="nothing but the last event"),
        pytest.param(b"".join(b for b in events.streamed(WHOLE).splitlines(True) if b[:5] != b"event"), id="no names"),
        pytest.param(events.streamed(WHOLE) + events.sse([{"type": "error", "code": None}]), id="the last word counts"),
    ],
)
async def test_a_stream_that_differs_a_little_is_read(content: bytes) -> None:
    heard: list[str] = []
    async with model_at(Provider([stream(content)])) as model:
        reply = await model.reply(PROMPT, heard.append)
    assert reply.parts == (TextPart("It is down."),)
    assert "".join(heard) == "It is down."


async def test_a_stream_that_comes_byte_by_byte_is_read() -> None:
    async def trickle() -> AsyncIterator[bytes]:
        for byte in events.streamed(WHOLE):
            yield bytes([byte])

    async with model_at(Provider([stream(trickle())])) as model:
        assert (await model.reply(PROMPT)).parts == (TextPart("It is down."),)


@pytest.mark.parametrize("told", range(len(TOLD)))
async def test_a_stream_that_ends_too_early_is_unavailability(told: int) -> None:
    assert isinstance(await failing(wire(told=told)), ModelUnavailable)


@pytest.mark.parametrize(
    "content",
    [
        b"event: response.completed\ndata: {oops\n\n",
        b"event: response.completed\ndata: " + b"[" * 100_000 + b"\n\n",
        b"event: response.completed\ndata: [1]\n\n",
        b'event: response.completed\ndata: {"response": 7}\n\n',
        b'event: response.completed\ndata: {"response": {"status": "in_progress"}}\n\n',
        b'data: {"type": []}\n\n',
        b"data: [DONE]\n\n",
        b"data: " + b"x" * (request.MAX_BYTES + 1),
    ],
)
async def test_events_that_cannot_be_read_are_unavailability(content: bytes) -> None:
    assert isinstance(await failing(wire(content, told=3)), ModelUnavailable)


async def test_an_answer_that_is_too_long_is_unavailability() -> None:
    answer = httpx2.Response(200, json={"output": "x" * request.MAX_BYTES})
    assert "too long" in str(await failing(answer))


async def test_a_connection_that_breaks_in_the_middle_is_unavailability() -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield events.sse(TOLD[:5])
        raise httpx2.ReadError("reset")

    assert "ReadError" in str(await failing(stream(cut())))


@pytest.mark.parametrize(
    ("error", "expected", "word"),
    [
        ({"code": "server_error", "message": SAID, "param": None}, ModelUnavailable, "server_error"),
        ({"code": None, "message": SAID, "param": None}, ModelUnavailable, "no code"),
        ({"error": {"type": "too_many_requests", "message": SAID}}, ModelUnavailable, "too_many_requests"),
        ({"error": {"code": "insufficient_quota", "message": SAID}}, ModelRejected, "insufficient_quota"),
        ({"code": "context_length_exceeded", "message": SAID}, ModelRejected, "context_length_exceeded"),
        ({"code": SAID}, ModelUnavailable, "no code"),
        ({"code": {}, "error": []}, ModelUnavailable, "no code"),
    ],
)
async def test_an_error_in_the_middle_of_an_answer_is_told(
    error: dict[str, object], expected: type[Exception], word: str
) -> None:
    raised = await failing(wire(events.sse([{"type": "error", **error}]), told=5))
    assert isinstance(raised, expected)
    assert word in str(raised)


async def test_a_response_that_failed_in_the_middle_of_an_answer_is_an_error() -> None:
    broken = events.response(message("It"), status="failed", error={"code": "server_error", "message": SAID})
    assert "server_error" in str(await failing(response(*broken["output"], status="failed", error=broken["error"])))


async def test_nothing_is_heard_of_a_request_that_is_repeated_without_reasoning() -> None:
    heard: list[str] = []
    async with model_at(Provider([failed(400, "invalid_encrypted_content"), response(message("Hi."))])) as model:
        await model.reply(PROMPT, heard.append)
    assert "".join(heard) == "Hi."


async def silent_after(told: int, more: bytes = b"") -> AsyncIterator[bytes]:
    yield events.sse(TOLD[:told]) + more
    await asyncio.Event().wait()


DELTA = next(at for at, event in enumerate(TOLD) if event["type"] == "response.output_text.delta") + 1


@pytest.mark.parametrize(
    ("limit", "told"),
    [("FIRST_S", 0), ("THINKING_S", 2), ("SPEAKING_S", DELTA)],
)
async def test_a_server_that_falls_silent_is_left(monkeypatch: pytest.MonkeyPatch, limit: str, told: int) -> None:
    monkeypatch.setattr(request, limit, 0.2)  # enough for what is said
    async with asyncio.timeout(60):
        assert "silent" in str(await failing(stream(silent_after(told))))


async def test_an_answer_that_cannot_be_read_is_left_at_once() -> None:
    async with asyncio.timeout(60):
        await failing(stream(silent_after(3, b"event: response.completed\ndata: {oops\n\n")))


async def test_a_server_that_speaks_for_ever_is_left_after_the_total_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def chatter() -> AsyncIterator[bytes]:
        while True:
            yield events.sse([TOLD[DELTA - 1]])
            await asyncio.sleep(0)

    monkeypatch.setattr(request, "TOTAL_S", 0.05)
    assert "longer than" in str(await failing(stream(chatter())))


async def test_a_server_that_keeps_the_line_open_after_the_last_event_is_not_waited_for() -> None:
    answer = stream(silent_after(len(TOLD)))
    async with model_at(Provider([answer])) as model:
        assert (await model.reply(PROMPT)).parts == (TextPart("It is down."),)
    assert answer.is_closed


async def test_who_stops_listening_gives_the_connection_back() -> None:
    answer, heard = stream(silent_after(DELTA)), asyncio.Event()
    async with model_at(Provider([answer])) as model:
        asked = asyncio.create_task(model.reply(PROMPT, lambda _: heard.set()))
        await heard.wait()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    assert answer.is_closed
