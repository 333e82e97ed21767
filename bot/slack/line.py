"""A line before a limit: one has the turn, and when it ends, the first of the highest rank gets it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count


class Rank(IntEnum):
    """What a call is for; what comes first goes first. Streams are not here: they do not wait."""

    #: a card, what was decided on it, and a word to whoever pressed a button of it
    CARD = 0
    ANSWER = 1
    STATUS = 2


class Line:
    """Those who wait for the same limit."""

    def __init__(self) -> None:
        #: Slack refused somebody who had the turn
        self.refused = False
        self._taken = False
        self._waiting: list[tuple[Rank, int, asyncio.Future[None]]] = []
        self._number = count()

    @property
    def is_over(self) -> bool:
        """Nobody has the turn, so nobody waits."""
        return not self._taken

    @asynccontextmanager
    async def turn(self, rank: Rank) -> AsyncIterator[None]:
        """Wait for one's turn, and have it."""
        if self._taken:
            await self._called(rank)
        self._taken = True
        try:
            yield
        finally:
            self._call_next()

    async def _called(self, rank: Rank) -> None:
        call = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (rank, next(self._number), call))
        try:
            await call
        except asyncio.CancelledError:
            if not call.cancelled():
                # called and cut off in the same moment
                self._call_next()
            raise

    def _call_next(self) -> None:
        while self._waiting:
            *_, call = heappop(self._waiting)
            if not call.done():
                call.set_result(None)
                return
        self._taken = False
