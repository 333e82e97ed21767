"""A model that says what a test told it to, and remembers what it was asked."""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.core.exchange import CallPart, Prompt, Reply, TextPart, Usage
from bot.model.port import Hear, unheard
from bot.model.speech import text_of


@dataclass(frozen=True, slots=True)
class Spoken:
    """An answer that comes in pieces; make it with `speak`."""

    pieces: tuple[str | asyncio.Event | Exception, ...]


Scripted = Reply | Spoken | Exception | Callable[[Prompt], Reply]


class ScriptedModel:
    """Gives `replies` in their order; an exception among them is raised, a function is asked with the prompt.

    The text of a reply is heard at once. One that `speak` made is heard piece by piece: the model waits at each event
    among the pieces until the test sets it, and an exception among them breaks the answer off.

    `prompts` are the prompts it was given, oldest first. One call more than there are replies fails the test.
    """

    name = "scripted"

    def __init__(self, replies: Iterable[Scripted] = ()) -> None:
        self.replies = list(replies)
        self.prompts: list[Prompt] = []

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        self.prompts.append(prompt)
        if not self.replies:
            raise AssertionError(f"the script is over, and the model was called again (call {len(self.prompts)})")
        scripted = self.replies.pop(0)
        if isinstance(scripted, Exception):
            raise scripted
        if isinstance(scripted, Spoken):
            return await _spoken(scripted, hear)
        reply = scripted if isinstance(scripted, Reply) else scripted(prompt)
        if text := text_of(reply):
            hear(text)
        return reply


class Notes:
    """A model that sums up: whatever it is asked, it says the same, or raises it, or never answers (an event)."""

    name = "notes"

    def __init__(self, answer: str | Exception | asyncio.Event = "") -> None:
        self.answer = answer
        self.prompts: list[Prompt] = []

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:  # noqa: ARG002 -- nobody listens
        self.prompts.append(prompt)
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, asyncio.Event):
            await self.answer.wait()
        text = self.answer if isinstance(self.answer, str) else "too late"
        usage = Usage(input=1_000, cached=600, output=50)
        return Reply(model=self.name, parts=(TextPart(text),) if text else (), usage=usage)


async def _spoken(answer: Spoken, hear: Hear) -> Reply:
    for piece in answer.pieces:
        match piece:
            case str():
                hear(piece)
            case asyncio.Event():
                await piece.wait()
            case Exception():
                raise piece
    return say("".join(piece for piece in answer.pieces if isinstance(piece, str)))


def say(text: str) -> Reply:
    """A final answer."""
    return Reply(model=ScriptedModel.name, parts=(TextPart(text),))


def speak(*pieces: str | asyncio.Event | Exception) -> Spoken:
    """A final answer that is heard piece by piece: `speak("Wi-Fi ", gate, "is down.")`, and later `gate.set()`."""
    return Spoken(pieces)


def call(tool: str, /, **arguments: object) -> Reply:
    """One tool call."""
    return calls(part(tool, **arguments))


def calls(*parts: CallPart) -> Reply:
    """Several tool calls in one reply; make each with `part`."""
    return Reply(model=ScriptedModel.name, parts=parts)


def part(tool: str, /, **arguments: object) -> CallPart:
    """A call with its arguments as JSON."""
    return CallPart(tool, json.dumps(arguments))
