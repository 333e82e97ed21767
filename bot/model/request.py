"""One request to a model's server and its answer as it comes in, whichever API the server speaks.

Promises what the caller reads of the answer, or one of our two errors, within TOTAL_S seconds, whatever the server
does; the connection is given back either way.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import httpx2
from openai import APIError, AsyncOpenAI, DefaultAioHttpClient, Timeout
from pydantic import SecretStr
from pydantic_core import PydanticSerializationError, to_json

from bot.errors import ModelRejected, ModelUnavailable
from bot.model import failures

T = TypeVar("T")

OPENAI_URL = "https://api.openai.com/v1"
#: seconds to a connection
CONNECT_S = 5.0
#: seconds to the first event of an answer
FIRST_S = 60.0
#: seconds to the next event while the model speaks, and while it may be thinking, which many servers do in silence
SPEAKING_S, THINKING_S = 30.0, 60.0
#: seconds one reply may take in all, its repetitions included
TOTAL_S = 90.0
#: seconds for what may follow the last event; a connection that was read to its end can be used again
REST_S = 0.1
#: bytes of one event, or of an answer that is no stream
MAX_BYTES = 4 * 2**20

#: the end of the line: what a server may do there does not matter
_GONE = (TimeoutError, httpx2.RequestError, httpx2.StreamError)
_STREAM = "text/event-stream"


def openai_client(api_key: SecretStr, base_url: str | None) -> AsyncOpenAI:
    """The one client all models of a server share; belongs to one event loop, the caller closes it.

    Retries are 0: the log decides about them. Without `base_url` it is OpenAI's own address, whatever the
    environment says.
    """
    return AsyncOpenAI(
        # a server of one's own may need no key, the SDK always does
        api_key=api_key.get_secret_value() or "none",
        base_url=base_url or OPENAI_URL,
        max_retries=0,
        timeout=Timeout(TOTAL_S, connect=CONNECT_S),
        # a quarter less CPU under load than the default transport (50 threads at once)
        http_client=DefaultAioHttpClient(),
    )


class Answer:
    """An answer as it comes in; `silence` ends it where nothing comes for too long."""

    def __init__(self, response: httpx2.Response, silence: asyncio.Timeout) -> None:
        self._response = response
        self._silence = silence
        kind = response.headers.get("content-type", "")
        self.streamed = kind.partition(";")[0].strip().lower() == _STREAM
        #: each event once, whoever reads them
        self.events: AsyncIterator[httpx2.ServerSentEvent] = aiter(httpx2.EventSource(response, MAX_BYTES))

    def expect(self, seconds: float) -> None:
        """The next event is there within that time, or a hundredth less."""
        until = asyncio.get_running_loop().time() + seconds
        # many events come at once, and a timer costs as much as reading one of them
        if not 0 <= until - (self._silence.when() or 0.0) <= seconds / 100:
            self._silence.reschedule(until)

    async def after(self, seconds: float) -> AsyncIterator[httpx2.ServerSentEvent]:
        """What may follow when all that counts is there: until the end, a failure, or so many seconds of silence."""
        self._silence.reschedule(None)
        with suppress(*_GONE):
            while True:
                async with asyncio.timeout(seconds):
                    event = await anext(self.events, None)
                if event is None:
                    return
                yield event

    async def rest(self) -> None:
        """Read what is left, if it comes at once."""
        with suppress(*_GONE):
            async with asyncio.timeout(REST_S):
                async for _ in self.events:
                    pass

    async def whole(self) -> object:
        """The JSON of an answer that is no stream; only the whole time counts."""
        self._silence.reschedule(None)
        body = bytearray()
        async for chunk in self._response.aiter_bytes():
            body += chunk
            if len(body) > MAX_BYTES:
                raise ModelUnavailable("The model provider's answer is too long.")
        return json.loads(body)


async def post(client: AsyncOpenAI, path: str, body: Mapping[str, Any], read: Callable[[Answer], Awaitable[T]]) -> T:
    """What `read` makes of the answer to this request. Raises ModelUnavailable, ModelRejected or what the SDK raises.

    It posts plain JSON: the SDK's own methods walk every item of a request through its type hints, 74 ms against 2 ms
    for a thread of 40 turns (openai 3.52), and its streams know no bound.
    """
    try:
        content = to_json(body)
    except PydanticSerializationError:
        raise ModelRejected("The prompt holds half a surrogate pair, which no request can carry.") from None
    try:
        async with asyncio.timeout(FIRST_S) as silence:
            response = await client.post(path, content=content, cast_to=httpx2.Response, stream=True)
            return await _read(response, Answer(response, silence), read)
    except TimeoutError:
        raise ModelUnavailable("The model provider fell silent.") from None


async def _read(response: httpx2.Response, answer: Answer, read: Callable[[Answer], Awaitable[T]]) -> T:
    try:
        return await read(answer)
    except (httpx2.RequestError, httpx2.StreamError) as error:
        raise ModelUnavailable(f"The model provider's answer broke off ({type(error).__name__}).") from None
    except (ValueError, RecursionError):
        raise ModelUnavailable("The model provider's answer is not JSON that can be read.") from None
    finally:
        await response.aclose()


async def in_time(asked: Awaitable[T]) -> T:
    """What was asked for, within the total time. Raises ModelUnavailable or ModelRejected."""
    try:
        async with asyncio.timeout(TOTAL_S):
            return await asked
    except APIError as error:
        raise failures.of_exception(error) from None
    except TimeoutError:
        raise ModelUnavailable(f"The model provider took longer than {TOTAL_S:.0f} seconds.") from None


def told(event: httpx2.ServerSentEvent) -> Mapping[str, Any]:
    """The object in the event. Raises ValueError, and ModelUnavailable for any other JSON."""
    found = event.json()
    if not isinstance(found, Mapping):
        raise ModelUnavailable("The model provider's answer has an event that is none.")
    return found


def broken_off() -> ModelUnavailable:
    """The stream ended before what it has to end with."""
    return ModelUnavailable("The model provider's answer broke off before its end.")
