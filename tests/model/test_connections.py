"""The adapter on the connections it really uses: given back after an answer, left when it breaks or nobody listens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from bot.core.exchange import TextPart
from bot.errors import ModelUnavailable
from bot.model import request
from bot.model.request import openai_client
from bot.model.responses import ResponsesModel
from tests.fakes import events
from tests.model.provider import PROMPT, message

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
PIECES = [events.sse([event]) for event in events.events(events.response(message("It is down.")))]
#: so many pieces, and the first words were said
BEGUN = 6

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(serve: Serve) -> AsyncIterator[tuple[ResponsesModel, list[int]]]:
    """A model whose server answers each request so; and how many requests each connection had."""
    requests: list[int] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(0)
        at = len(requests) - 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length))
                requests[at] += 1
                await serve(reader, writer)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server, openai_client(SecretStr("none"), address) as client:
        yield ResponsesModel(client, "gpt-test"), requests


async def send(writer: asyncio.StreamWriter, *pieces: bytes) -> None:
    for piece in pieces:
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()


async def test_one_connection_serves_one_answer_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    async def whole(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        await send(writer, *PIECES)
        # what follows the last event comes in a packet of its own
        await asyncio.sleep(0.02)
        await send(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")

    monkeypatch.setattr(request, "REST_S", 5)
    async with served(whole) as (model, requests):
        for _ in range(3):
            assert (await model.reply(PROMPT)).parts == (TextPart("It is down."),)
        assert requests == [3]


@pytest.mark.parametrize("ended", [b"", b"0\r\n\r\n"], ids=["cut off", "ended too early"])
async def test_a_connection_that_goes_in_the_middle_is_unavailability(ended: bytes) -> None:
    async def half(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        await send(writer, *PIECES[:BEGUN])
        writer.write(ended)
        writer.close()

    heard: list[str] = []
    async with served(half) as (model, _):
        with pytest.raises(ModelUnavailable):
            await model.reply(PROMPT, heard.append)
    assert "It is down.".startswith("".join(heard))


async def test_words_are_heard_before_the_answer_is_over_and_a_stop_ends_it_at_the_server() -> None:
    heard, left = asyncio.Event(), asyncio.Event()

    async def held(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        await send(writer, *PIECES[:BEGUN])
        await reader.read()
        left.set()

    async with served(held) as (model, _), asyncio.timeout(60):
        asked = asyncio.create_task(model.reply(PROMPT, lambda _: heard.set()))
        await heard.wait()
        assert not asked.done()
        asked.cancel()
        await left.wait()
        with pytest.raises(asyncio.CancelledError):
            await asked
