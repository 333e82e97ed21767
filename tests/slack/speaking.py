"""A model that speaks piece by piece, held where a test wants it held."""

import asyncio
from collections.abc import Iterable

from bot.core.exchange import Prompt, Reply
from bot.model.port import Hear, unheard
from tests.fakes.model import say

#: what is heard; an event is waited for; an exception is raised
Piece = str | asyncio.Event | Exception


class SpeakingModel:
    """Gives `replies` in their order: a reply at once, or the pieces of an answer."""

    name = "speaking"

    def __init__(self, *replies: Reply | Iterable[Piece]) -> None:
        self._replies = list(replies)

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        """The next one."""
        assert self._replies, f"asked once too often: {prompt.items[-1]}"
        pieces = self._replies.pop(0)
        if isinstance(pieces, Reply):
            return pieces
        said = ""
        for piece in pieces:
            match piece:
                case str():
                    hear(piece)
                    said += piece
                case asyncio.Event():
                    await piece.wait()
                case error:
                    raise error
        return say(said)
