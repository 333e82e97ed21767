"""OpenAI's Responses API as a Model: stateless (`store=false`), so our log is the only history."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from openai import AsyncOpenAI

from bot.core.exchange import Prompt, Reply, Usage
from bot.errors import ModelUnavailable
from bot.model import failures, values
from bot.model.lighter import Lighter, Taste
from bot.model.port import Hear, unheard
from bot.model.request import in_time, post
from bot.model.responses_answer import read
from bot.model.responses_items import reply_of, request_body, usage_of
from bot.model.speech import Speech


class ResponsesModel:
    """The model called `name` at the server `client` talks to.

    `include` is not sent: reasoning comes back encrypted by default (ReasoningItem in OpenAI's specification of August
    2026), and other models are asked for nothing they lack.
    """

    def __init__(self, client: AsyncOpenAI, name: str) -> None:
        self.name = name
        self._client = client
        self._lighter = Lighter({})

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        """One reply; an empty one is returned as it is. Raises ModelUnavailable or ModelRejected."""
        speech, spent = Speech(hear), list[Usage]()
        reply = await in_time(self._lighter.ask(prompt, partial(self._post, speech, spent), speech))
        speech.end(reply)
        return replace(reply, usage=values.total(spent))

    async def _post(self, speech: Speech, spent: list[Usage], prompt: Prompt, _: Taste) -> Reply:
        response = await post(self._client, "/responses", request_body(self.name, prompt), partial(read, speech))
        if not isinstance(response, Mapping) or not isinstance(response.get("output", []), list):
            raise ModelUnavailable("The model provider's answer is not a response.")
        spent.append(usage_of(response))
        if failure := failures.of_response(response):
            raise failure
        return reply_of(self.name, response)
