"""The one door to a language model. Each provider is a small adapter behind it."""

from collections.abc import Callable
from typing import Protocol

from bot.core.exchange import Prompt, Reply

#: is given the answer's text piece by piece, in order; returns at once and never raises
Hear = Callable[[str], None]


def unheard(_: str) -> None:
    """Nobody listens."""


class Model(Protocol):
    #: the name that goes on record with each reply
    name: str

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        """One reply, within a time limit of its own. Raises ModelUnavailable (worth retrying) or ModelRejected.

        What `hear` was given, joined, begins the text that ModelOutput keeps of this reply, and is all of it when the
        reply is returned: neither reasoning nor calls. Only where a provider takes back what it said is more or other
        text in the reply; whoever showed what was heard compares. Before an error any beginning may have been heard.
        """
