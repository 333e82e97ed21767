"""The one door to a language model. Each provider is a small adapter behind it."""

from typing import Protocol

from bot.core.exchange import Prompt, Reply


class Model(Protocol):
    #: the name that goes on record with each reply
    name: str

    async def reply(self, prompt: Prompt) -> Reply:
        """One reply, within a time limit of its own. Raises ModelUnavailable (worth retrying) or ModelRejected."""
