"""Chat Completions as a Model: the common tongue of servers (vLLM, Ollama, Anthropic's and Google's endpoints).

Stateless: every request holds the whole conversation, so our log is the only history.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from openai import AsyncOpenAI

from bot.core.exchange import Prompt, Reply
from bot.model.chat_answer import Completion, Say, read
from bot.model.chat_items import ADDITIONS, OPTIONS, reply_of, request_body
from bot.model.lighter import Lighter, Taste
from bot.model.port import Hear, unheard
from bot.model.request import in_time, post
from bot.model.speech import Speech


class Completions:
    """What one server answers, whatever its answers are made into."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client
        #: its answers begin in the middle of a thought
        self._thinking = False

    async def ask(self, body: Mapping[str, Any], say: Say) -> Completion:
        """One completion. Raises ModelUnavailable, ModelRejected or what the SDK raises."""
        completion = await post(self._client, "/chat/completions", body, partial(read, say, thinking=self._thinking))
        self._thinking = self._thinking or completion.headless
        return completion


class ChatModel:
    """The model called `name` at the server `client` talks to; fields its server refuses are left out from then on."""

    def __init__(self, client: AsyncOpenAI, name: str) -> None:
        self.name = name
        self._completions = Completions(client)
        self._lighter = Lighter(OPTIONS, ADDITIONS)

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        """One reply; an empty one is returned as it is. Raises ModelUnavailable or ModelRejected."""
        speech = Speech(hear)
        completion = await in_time(self._lighter.ask(prompt, partial(self._post, speech.say), speech))
        reply = reply_of(self.name, completion)
        speech.end(reply)
        return reply

    async def _post(self, say: Say, prompt: Prompt, taste: Taste) -> Completion:
        return await self._completions.ask(request_body(self.name, prompt, taste), say)
