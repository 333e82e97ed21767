"""OpenAI's Responses API as a Model: stateless (`store=false`), so our log is the only history.

Promises one reply or one of our two errors within TOTAL_S seconds, whatever the server does.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import httpx2
from openai import APIError, AsyncOpenAI, DefaultAioHttpClient, Timeout
from pydantic import SecretStr
from pydantic_core import PydanticSerializationError, to_json

from bot.core.exchange import Opaque, Picture, Prompt, Reply
from bot.errors import ModelRejected, ModelUnavailable
from bot.model import failures
from bot.model.port import Hear, unheard
from bot.model.responses_answer import read
from bot.model.responses_items import reply_of, request_body
from bot.model.speech import Speech

OPENAI_URL = "https://api.openai.com/v1"
#: seconds to a connection
CONNECT_S = 5.0
#: seconds to the first event of an answer
FIRST_S = 60.0
#: seconds one reply may take in all, its one repetition included
TOTAL_S = 90.0


def openai_client(api_key: SecretStr, base_url: str | None) -> AsyncOpenAI:
    """The one client all models share; belongs to one event loop, the caller closes it.

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


class ResponsesModel:
    """The model called `name` at the server `client` talks to.

    It posts plain JSON: `client.responses.create` walks every input item through its type hints, 74 ms against 2 ms
    for a thread of 40 turns (openai 3.52), and reads the answer's events itself: 0.9 ms for a request and 60 of them
    against 1.2 ms with the SDK's `AsyncStream`, which knows no bound. `include` is not sent: reasoning comes back
    encrypted by default (ReasoningItem in OpenAI's specification of August 2026), and other models are asked for
    nothing they lack.
    """

    def __init__(self, client: AsyncOpenAI, name: str) -> None:
        self.name = name
        self._client = client

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        """One reply; an empty one is returned as it is. Raises ModelUnavailable or ModelRejected."""
        speech = Speech(hear)
        try:
            async with asyncio.timeout(TOTAL_S):
                reply = await self._reply(prompt, speech)
        except APIError as error:
            raise failures.of_exception(error) from None
        except TimeoutError:
            raise ModelUnavailable(f"The model provider took longer than {TOTAL_S:.0f} seconds.") from None
        speech.end(reply)
        return reply

    async def _reply(self, prompt: Prompt, speech: Speech) -> Reply:
        try:
            return await self._post(prompt, speech)
        except (APIError, ModelRejected) as error:
            lighter = _lighter(prompt, error)
            if lighter is None or speech.begun:
                raise
        # nothing was heard yet: the refused request got no answer that could be read
        return await self._post(lighter, speech)

    async def _post(self, prompt: Prompt, speech: Speech) -> Reply:
        try:
            body = to_json(request_body(self.name, prompt))
        except PydanticSerializationError:
            raise ModelRejected("The prompt holds half a surrogate pair, which no request can carry.") from None
        response = await self._ask(body, speech)
        if not isinstance(response, Mapping) or not isinstance(response.get("output", []), list):
            raise ModelUnavailable("The model provider's answer is not a response.")
        if failure := failures.of_response(response):
            raise failure
        return reply_of(self.name, response)

    async def _ask(self, body: bytes, speech: Speech) -> object:
        try:
            async with asyncio.timeout(FIRST_S) as silence:
                answer = await self._client.post("/responses", content=body, cast_to=httpx2.Response, stream=True)
                return await read(answer, silence, speech)
        except TimeoutError:
            raise ModelUnavailable("The model provider fell silent.") from None


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
