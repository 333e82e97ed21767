"""Looking at what goes into the model and at what comes out.

Promise: text that is looked at is heard by nobody before, and what was flagged goes into no prompt, then or later.
Where nobody can say, what the settings say happens, and a line in the log says so.
"""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog

from bot.core import words
from bot.core.exchange import Answered, Prompt, Reply, Said, TextPart
from bot.errors import NotLooked
from bot.model.harm import Remembered
from bot.model.port import Hear, Model, unheard
from bot.model.speech import text_of

#: characters of an answer that are looked at together, at least, while it grows
RELEASED_AT_ONCE = 120

#: characters in front of them that are looked at again, so that no border hides anything
BEFORE = 200

#: what stands in a prompt instead of flagged words of before; always the same, for the provider's cache
HELD_BACK = "[held back]"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What is looked at, and whether what could not be looked at goes through."""

    into: bool
    out: bool
    fails_open: bool
    #: seconds before each further try to look at an answer that is there
    again_s: tuple[float, ...] = (0.5, 2.0)


class ModeratedModel:
    """The model, with a look at what people write to it and at what it answers."""

    def __init__(self, model: Model, moderation: Remembered, looks: Looks) -> None:
        self.name = model.name
        self._model = model
        self._moderation = moderation
        self._looks = looks

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        """See Model; in place of what is flagged a sentence of ours, as a refusal. Raises NotLooked before it asks."""
        if self._looks.into:
            held = await self._held([item.text for item in prompt.items if isinstance(item, Said)])
            if not held.isdisjoint(_new(prompt)):
                log.warning("moderation held a question back")
                hear(words.FLAGGED_QUESTION)
                return Reply(model="moderation", parts=(TextPart(words.FLAGGED_QUESTION),), status="refused")
            prompt = _without(held, prompt)
        return await (self._looked_at(prompt, hear) if self._looks.out else self._model.reply(prompt, hear))

    async def _looked_at(self, prompt: Prompt, hear: Hear) -> Reply:
        """What is held back has its own model and tokens: it was paid for."""
        gate = _Gate(self, hear)
        releasing = asyncio.create_task(gate.release())
        try:
            reply = await self._model.reply(prompt, gate.take)
        finally:
            releasing.cancel()
        text = text_of(reply)
        if text and await self._holds_back(text):
            log.warning("moderation held an answer back")
            return replace(reply, parts=(TextPart(words.FLAGGED_ANSWER),), status="refused")
        gate.end(text)
        return reply

    async def _holds_back(self, answer: str) -> bool:
        """Also where nobody can say for a while: one more answer would be bought, and not looked at either."""
        for pause in self._looks.again_s:
            with suppress(NotLooked):
                return not await self._clear(answer)
            await asyncio.sleep(pause)
        return not await self.lets_through(answer)

    async def lets_through(self, text: str) -> bool:
        """Whether it may be heard already."""
        try:
            return await self._clear(text)
        except NotLooked as error:
            log.warning("part of an answer could not be looked at", why=str(error))
            return False

    async def _clear(self, text: str) -> bool:
        return not await self._held([text])

    async def _held(self, texts: Sequence[str]) -> set[str]:
        """Those that nobody may hear. Raises NotLooked where nobody can say and nothing may go through."""
        try:
            found = await self._moderation.flags(texts)
        except NotLooked as error:
            if not self._looks.fails_open:
                raise
            log.warning("nothing was moderated", why=str(error))
            found = self._moderation.known(texts)
        unsaid = not self._looks.fails_open
        return {text for text, flagged in zip(texts, found, strict=True) if (unsaid if flagged is None else flagged)}


class _Gate:
    """Holds an answer back while it grows, and lets go of what was looked at."""

    def __init__(self, model: ModeratedModel, hear: Hear) -> None:
        self._model = model
        self._hear = hear
        self._text = ""
        self._released = 0
        self._grown = asyncio.Event()

    def take(self, piece: str) -> None:
        """The next piece of the answer."""
        self._text += piece
        self._grown.set()

    async def release(self) -> None:
        """Let go of sentence after sentence until something is flagged, or it is cancelled."""
        while True:
            await self._grown.wait()
            self._grown.clear()
            while (end := _sentence_end(self._text, self._released + RELEASED_AT_ONCE)) is not None:
                if not await self._model.lets_through(self._text[max(0, self._released - BEFORE) : end]):
                    return
                self._let_go(self._text[self._released : end])

    def end(self, whole: str) -> None:
        """The answer is there, and all of it was looked at."""
        if whole.startswith(self._text[: self._released]):
            self._let_go(whole[self._released :])

    def _let_go(self, piece: str) -> None:
        self._released += len(piece)
        if piece:
            self._hear(piece)


def _sentence_end(text: str, least: int) -> int | None:
    """Where the first sentence or line ends behind so many characters; None: not yet."""
    ends = (at for mark in (". ", "! ", "? ", "\n") if (at := text.find(mark, least)) >= 0)
    found = min(ends, default=None)
    return None if found is None else found + 1


def _new(prompt: Prompt) -> Iterator[str]:
    """What people wrote since the model's last answer, newest first."""
    for item in reversed(prompt.items):
        if isinstance(item, Answered):
            return
        if isinstance(item, Said):
            yield item.text


def _without(held: Collection[str], prompt: Prompt) -> Prompt:
    shown = (
        replace(item, text=HELD_BACK) if isinstance(item, Said) and item.text in held else item for item in prompt.items
    )
    return replace(prompt, items=tuple(shown)) if held else prompt
