"""An answer of the Responses API as it comes in: text is heard at once, what counts is the response it ends with."""

from collections.abc import Mapping
from typing import Any

import httpx2

from bot.model import failures, request
from bot.model.request import Answer, broken_off, told
from bot.model.speech import Speech

_WORDS = {"response.output_text.delta", "response.refusal.delta"}
_LAST = {"response.completed", "response.incomplete", "response.failed"}
#: `message` is what an event without a name is called; the others repeat the whole request or go nowhere: not parsed
_PARSED = _WORDS | _LAST | {"error", "message"}
_NOTHING = ("", "[DONE]")


async def read(speech: Speech, answer: Answer) -> object:
    """The response in its last state. Raises ModelUnavailable or ModelRejected."""
    if not answer.streamed:
        return await answer.whole()
    async for event in answer.events:
        said = _said(event)
        kind = str(said.get("type"))
        answer.expect(request.SPEAKING_S if kind.endswith(".delta") else request.THINKING_S)
        if kind in _WORDS:
            _speak(said, speech)
        elif kind in _LAST:
            await answer.rest()
            return said.get("response")
        elif kind == "error":
            raise failures.of_event(said)
    raise broken_off()


def _said(event: httpx2.ServerSentEvent) -> Mapping[str, Any]:
    """What the event says; of one that does not matter only its type."""
    if event.event not in _PARSED or event.data in _NOTHING:
        return {"type": event.event}
    return {"type": event.event, **told(event)}


def _speak(said: Mapping[str, Any], speech: Speech) -> None:
    if isinstance(delta := said.get("delta"), str):
        speech.say((_number(said.get("output_index")), _number(said.get("content_index"))), delta)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
