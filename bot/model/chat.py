"""Chat Completions as a Model: the common tongue of servers (vLLM, Ollama, Anthropic's and Google's endpoints).

Stateless: every request holds the whole conversation, so our log is the only history.
"""

from functools import partial

from openai import AsyncOpenAI

from bot.core.exchange import Prompt, Reply
from bot.model.chat_answer import Completion, Say, read
from bot.model.chat_items import ADDITIONS, OPTIONS, reply_of, request_body
from bot.model.lighter import Lighter, Taste
from bot.model.port import Hear, unheard
from bot.model.request import in_time, post
from bot.model.speech import Speech

PATH = "/chat/completions"


class ChatModel:
    """The model called `name` at the server `client` talks to; fields its server refuses are left out from then on."""

    def __init__(self, client: AsyncOpenAI, name: str) -> None:
        self.name = name
        self._client = client
        self._lighter = Lighter(OPTIONS, ADDITIONS)
        #: its answers begin in the middle of a thought
        self._thinking = False

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        """One reply; an empty one is returned as it is. Raises ModelUnavailable or ModelRejected."""
        speech = Speech(hear)
        completion = await in_time(self._lighter.ask(prompt, partial(self._post, speech.say), speech))
        self._thinking = self._thinking or completion.headless
        reply = reply_of(self.name, completion)
        speech.end(reply)
        return reply

    async def _post(self, say: Say, prompt: Prompt, taste: Taste) -> Completion:
        body = request_body(self.name, prompt, taste)
        return await post(self._client, PATH, body, partial(read, say, thinking=self._thinking))
