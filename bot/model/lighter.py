"""A request that a server cannot work with is asked again without what it refuses, and the server's taste remembered.

Promise: each repetition differs from all before by one thing more, so they end; none follows once something was heard.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from openai import APIError

from bot.core.exchange import Opaque, Picture, Prompt
from bot.errors import ModelRejected
from bot.model import failures
from bot.model.speech import Speech

T = TypeVar("T")

#: names of what is done differently for a server: what is left out of a request, or added to it
Taste = frozenset[str]


class Lighter:
    """Asks one server, and learns its taste.

    `options` are fields a request may leave out, `additions` what some servers alone want; each with a pattern of
    what a refusal may call it. A refusal that names nothing may mean any option, but no addition.
    """

    def __init__(self, options: Mapping[str, str], additions: Mapping[str, str] | None = None) -> None:
        self._options = frozenset(options)
        patterns = {**options, **(additions or {})}
        self._named = {name: re.compile(rf"\b({words})\b", re.IGNORECASE) for name, words in patterns.items()}
        #: what it did its work with
        self._taste: Taste = frozenset()

    async def ask(self, prompt: Prompt, post: Callable[[Prompt, Taste], Awaitable[T]], speech: Speech) -> T:
        """What `post` gives for the prompt, or for as much of it as the server takes. Raises what `post` does."""
        taste = self._taste
        while True:
            try:
                answer = await post(prompt, taste)
            except (APIError, ModelRejected) as error:
                other = self._other(prompt, taste, error)
                if other is None or speech.begun:
                    raise
                prompt, taste = other
            else:
                self._taste |= taste
                return answer

    def _other(self, prompt: Prompt, taste: Taste, error: APIError | ModelRejected) -> tuple[Prompt, Taste] | None:
        """What to ask instead: without the options it names, without what it cannot read, without any option."""
        refused = isinstance(error, APIError) and failures.is_malformed(error)
        says = failures.words(error) if isinstance(error, APIError) and refused else ""
        if named := {name for name, words in self._named.items() if words.search(says)} - taste:
            return prompt, taste | named
        if lighter := _lighter(prompt, error):
            return lighter, taste
        return (prompt, taste | self._options) if refused and self._options - taste else None


def _lighter(prompt: Prompt, error: APIError | ModelRejected) -> Prompt | None:
    """The prompt without what the provider cannot work with, if there is such a thing in it; every later request of
    the thread would show it again, so that one bad picture would end the thread."""
    undecipherable = isinstance(error, APIError) and failures.is_invalid_encryption(error)
    unfit = isinstance(error, ModelRejected) or failures.is_refused(error)
    if undecipherable and any(isinstance(item, Opaque) for item in prompt.items):
        return replace(prompt, items=tuple(item for item in prompt.items if not isinstance(item, Opaque)))
    if unfit and any(isinstance(item, Picture) and item.body for item in prompt.items):
        blind = (replace(item, body=None) if isinstance(item, Picture) else item for item in prompt.items)
        return replace(prompt, items=tuple(blind))
    return None
