"""An answer of the Responses API as it comes in: text is heard at once, what counts is the response it ends with.

Promises the final response object, or one of our two errors; the connection is given back either way.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

import httpx2

from bot.errors import ModelUnavailable
from bot.model import failures
from bot.model.speech import Place, Speech

#: bytes of one event, or of an answer that is no stream
MAX_BYTES = 4 * 2**20
#: seconds to the next event while the model speaks, and while it may be thinking, which many servers do in silence
SPEAKING_S, THINKING_S = 30.0, 60.0
#: seconds for what may follow the last event; a connection that was read to its end can be used again
REST_S = 0.1

_STREAM = "text/event-stream"
_WORDS = {"response.output_text.delta", "response.refusal.delta"}
_LAST = {"response.completed", "response.incomplete", "response.failed"}
#: `message` is what an event without a name is called; the others repeat the whole request or go nowhere: not parsed
_PARSED = _WORDS | _LAST | {"error", "message"}
_NOTHING = ("", "[DONE]")


async def read(answer: httpx2.Response, silence: asyncio.Timeout, speech: Speech) -> object:
    """The response in its last state; `silence` is put off with every event.

    Raises ModelUnavailable or ModelRejected, and TimeoutError where `silence` ends it.
    """
    try:
        if answer.headers.get("content-type", "").partition(";")[0].strip().lower() == _STREAM:
            return await _streamed(answer, silence, speech)
        # for an answer that is no stream only the whole time counts
        silence.reschedule(None)
        return json.loads(await _body(answer))
    except (httpx2.RequestError, httpx2.StreamError) as error:
        raise ModelUnavailable(f"The model provider's answer broke off ({type(error).__name__}).") from None
    except (ValueError, RecursionError):
        raise ModelUnavailable("The model provider's answer is not JSON that can be read.") from None
    finally:
        await answer.aclose()


async def _streamed(answer: httpx2.Response, silence: asyncio.Timeout, speech: Speech) -> object:
    events = aiter(httpx2.EventSource(answer, MAX_BYTES))
    async for event in events:
        told = _told(event)
        kind = str(told.get("type"))
        limit = SPEAKING_S if kind.endswith(".delta") else THINKING_S
        silence.reschedule(asyncio.get_running_loop().time() + limit)
        if kind in _WORDS:
            _speak(told, speech)
        elif kind in _LAST:
            await _rest(events)
            return told.get("response")
        elif kind == "error":
            raise failures.of_event(told)
    raise ModelUnavailable("The model provider's answer broke off before its end.")


def _told(event: httpx2.ServerSentEvent) -> Mapping[str, Any]:
    """What the event says; of one that does not matter only its type."""
    if event.event not in _PARSED or event.data in _NOTHING:
        return {"type": event.event}
    told = event.json()
    if not isinstance(told, Mapping):
        raise ModelUnavailable("The model provider's answer has an event that is none.")
    return {"type": event.event, **told}


def _speak(told: Mapping[str, Any], speech: Speech) -> None:
    if isinstance(delta := told.get("delta"), str):
        place: Place = (_number(told.get("output_index")), _number(told.get("content_index")))
        speech.say(place, delta)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


async def _rest(events: AsyncIterator[object]) -> None:
    with suppress(TimeoutError, httpx2.RequestError, httpx2.StreamError):
        async with asyncio.timeout(REST_S):
            async for _ in events:
                pass


async def _body(answer: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            raise ModelUnavailable("The model provider's answer is too long.")
    return bytes(body)
