"""The same question once more: a model that gives its last answer again to the same person who asks the very same.

Promise: only a whole reply is given again, only where everything the model would see is the same byte for byte, the
person included, and never one that would change something: asking for that twice is the model's to judge.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.exchange import CallPart, Prompt, Reply, TextPart, Usage
from bot.model.port import Hear, Model, unheard
from bot.model.speech import text_of

#: replies that are kept, and characters that one of them may have
MAX_REPLIES, MAX_CHARS = 500, 20_000


class RepeatingModel:
    """Asks `model`, unless it has just said it."""

    def __init__(self, model: Model, seconds: float, harmless: Collection[str], now: Callable[[], datetime]) -> None:
        self.name = model.name
        self._model = model
        self._while = timedelta(seconds=seconds)
        #: tools that only read
        self._harmless = harmless
        self._now = now
        self._kept: OrderedDict[str, tuple[Reply, datetime]] = OrderedDict()

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        """See Model; what is given again took no tokens."""
        key = _key(prompt)
        reply, until = self._kept.get(key, (None, self._now()))
        if reply and self._now() < until:
            if text := text_of(reply):
                hear(text)
            return replace(reply, usage=Usage(), repeated=True)
        reply = await self._model.reply(prompt, hear)
        if prompt.safety_identifier and self._keeps(reply):
            self._kept[key] = (reply, self._now() + self._while)
            self._kept.move_to_end(key)
        while len(self._kept) > MAX_REPLIES:
            self._kept.popitem(last=False)
        return reply

    def _keeps(self, reply: Reply) -> bool:
        said = sum(len(part.text) for part in reply.parts if isinstance(part, TextPart))
        calls = [part.tool for part in reply.parts if isinstance(part, CallPart)]
        full = bool(said or calls) and len(repr(reply.parts)) <= MAX_CHARS
        return reply.status == "complete" and full and all(tool in self._harmless for tool in calls)


def _key(prompt: Prompt) -> str:
    # all of it but for the key of the provider's cache, which says nothing; of pictures their digests
    return hashlib.sha256(repr(replace(prompt, cache_key="")).encode("utf-8", "backslashreplace")).hexdigest()
