"""What Slack lets us call: after a 429 nothing that Slack counts together with it is called before Retry-After is over.

Promise: other methods, teams and channels go on; other workers learn of the pause; when it ends, those who waited here
go one after another, the highest rank first, and where Slack refuses again, at the pace it is known to take. While
nothing is paused nothing is asked or written for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar

import structlog
from slack_sdk.errors import SlackApiError

from bot.errors import HelpdeskError
from bot.slack.line import Line, Rank
from bot.slack.refusals import MAX_WAIT, http_status, retry_after
from bot.slack.watch import SlackWatch
from bot.store import pauses
from bot.store.database import Database
from bot.store.pauses import Limit

#: wait after a 429 that names no time, seconds
UNNAMED = 1.0

#: those who waited for the same moment are spread over this time, seconds
SPREAD = 0.2

#: between two calls where Slack refuses what comes sooner, seconds: it takes about one message a second in a channel,
#: and 50 calls a minute of most methods; whoever goes on to ask for more may lose the app
#: (https://docs.slack.dev/apis/web-api/rate-limits)
PACE = 1.0

log = structlog.get_logger()

T = TypeVar("T")


class Closing(HelpdeskError):
    """The process stops, so nobody waits any longer; what was to be sent stays due."""


class _Limited(Exception):
    """Slack did not take the call; the pause is noted."""


class Budget:
    """The pauses this process knows of, and who waits for their ends."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        watch: SlackWatch | None = None,
    ) -> None:
        """`jitter` gives numbers between 0 and 1."""
        #: who looks on at what is between us and Slack
        self.watch = watch or SlackWatch()
        self._database = database
        self._now = now
        self._jitter = jitter
        self._closing = asyncio.Event()
        #: the ends of pauses, seconds since the epoch; one stays here until Slack took a call after it
        self._until: dict[Limit, float] = {}
        #: where somebody waits; one is forgotten, and that Slack refused there, when nobody stands in it any more
        self._lines: dict[Limit, Line] = {}

    def learn(self, found: Mapping[Limit, float]) -> None:
        """Take up pauses that are in force, as they were read from the database."""
        latest = self._now().timestamp() + MAX_WAIT
        for limit, until in found.items():
            self._until[limit] = max(self._until.get(limit, 0.0), min(until, latest))

    async def call(self, limit: Limit, make: Callable[[], Awaitable[T]], *, rank: Rank = Rank.ANSWER) -> T:
        """What `make` gives; it is made again after each 429. Of those who wait, the highest rank goes first.

        Raises what `make` raises otherwise, and Closing.
        """
        if limit not in self._until and limit not in self._lines:
            with suppress(_Limited):
                return await self._attempt(limit, make)
        line, began = self._lines.setdefault(limit, Line()), self._epoch()
        try:
            async with line.turn(rank):
                made = await self._first(limit, line, make)
            self.watch.waited(limit.method, self._epoch() - began)
            return made
        finally:
            # said, and not left to references: errors of Slack's client hold themselves and what they came through
            if line.is_over and self._lines.get(limit) is line:
                del self._lines[limit]

    async def spare(self, limit: Limit, make: Callable[[], Awaitable[T]]) -> T | None:
        """What `make` gives, or None where Slack wants a pause: for what is worth nothing later.

        Raises what `make` raises otherwise.
        """
        with suppress(_Limited):
            if self._until.get(limit, 0.0) <= self._epoch() and limit not in self._lines:
                return await self._attempt(limit, make)
        return None

    async def rest(self, seconds: float) -> None:
        """Let the time pass. Raises Closing."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        if self._closing.is_set():
            raise Closing

    def stop(self) -> None:
        """Nobody waits any longer."""
        self._closing.set()

    async def _first(self, limit: Limit, line: Line, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` gives to whoever has the turn."""
        while True:
            await self._pass(limit, line)
            with suppress(_Limited):
                return await self._attempt(limit, make)
            line.refused = True

    async def _pass(self, limit: Limit, line: Line) -> None:
        """Return when whoever has the turn may call."""
        if limit in self._until:
            await self._over(limit)
        else:
            await self.rest(PACE if line.refused else self._jitter() * SPREAD)

    async def _over(self, limit: Limit) -> None:
        """Return when the pause is over, also one that another worker was told of meanwhile."""
        while (left := self._until.get(limit, 0.0) - self._now().timestamp()) > 0:
            await self.rest(left + self._jitter() * SPREAD)
            self.learn(await self._database.run(lambda connection: pauses.in_force(connection, self._epoch())))

    def _epoch(self) -> float:
        return self._now().timestamp()

    async def _attempt(self, limit: Limit, make: Callable[[], Awaitable[T]]) -> T:
        try:
            made = await make()
        except SlackApiError as error:
            if http_status(error) != HTTPStatus.TOO_MANY_REQUESTS:
                raise
            await self._pause(limit, retry_after(error, UNNAMED))
            raise _Limited from None
        if self._until.get(limit, float("inf")) <= self._epoch():
            # a call that was under way when the pause began says nothing about its end
            del self._until[limit]
        return made

    async def _pause(self, limit: Limit, seconds: float) -> None:
        log.warning("Slack wants a pause", method=limit.method, channel=limit.channel, seconds=seconds)
        now = self._epoch()
        until = now + seconds
        self.learn({limit: until})
        await self._database.run(lambda connection: pauses.note(connection, limit, until, now))
