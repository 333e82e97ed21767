"""Answering whoever asked: at once, after a wait, or as a stream of events."""

import asyncio
from collections.abc import AsyncIterator

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response, StreamingResponse

from bot.api import events
from bot.api.reading import Reading
from bot.api.shapes import Answer, Problem, Reason, Refusal, Status
from bot.api.state import Told
from bot.api.waits import Gone, Waits
from bot.core.items import Entry

#: seconds of silence in a stream after which a comment says that it is still there
HEARTBEAT = 15.0

#: nothing here is for anybody else
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

#: how soon a caller who was not waited for should look again, seconds
LOOK_AGAIN = "2"

AWAY = Problem(503, "unavailable", "Something this needs is away just now. Please try again.", Retry_After="5")

log = structlog.get_logger()


def refused(problem: Problem) -> Response:
    """The refusal."""
    return JSONResponse(problem.refusal.model_dump(), problem.status, HEADERS | problem.headers)


def answered(answer: Answer) -> Response:
    """How things stand; 202 while somebody works on it."""
    working = answer.status == "working"
    headers = HEADERS | ({"Retry-After": LOOK_AGAIN} if working else {})
    return JSONResponse(answer.model_dump(mode="json"), 202 if working else 200, headers)


async def after(waits: Waits, reading: Reading, seconds: float, until: frozenset[Status], gone: Gone) -> Response:
    """The answer once it is none of `until`, or as it is then."""
    with waits.one() as free:
        async for _ in waits.news(reading, seconds if free else 0, gone):
            if reading.now.status not in until:
                break
    return answered(reading.now)


def streamed(
    waits: Waits, reading: Reading, seconds: float, until: frozenset[Status], gone: Gone, last: int
) -> Response:
    """What happens, from behind event `last` on, until the status is none of `until`."""
    stream = _Stream(waits, reading, until, last)
    return StreamingResponse(stream.run(seconds, gone), media_type="text/event-stream", headers=HEADERS)


class _Stream:
    """The events of one question."""

    def __init__(self, waits: Waits, reading: Reading, until: frozenset[Status], last: int) -> None:
        self._waits = waits
        self._reading = reading
        self._until = until
        self._last = last
        self._told: Told | None = None
        self._status: Status | None = None

    async def run(self, seconds: float, gone: Gone) -> AsyncIterator[str]:
        """The stream; it ends with how things stand, or with why that is not known."""
        try:
            with self._waits.one() as free:
                async for events_ in self._events(seconds if free else 0, gone):
                    yield events_
            yield events.written("done", self._reading.now, self._reading.head or None)
        except SQLAlchemyError as error:
            log.warning("a stream of the API was ended", error=type(error).__name__)
            yield events.written("error", AWAY.refusal)
        except Problem as problem:
            yield events.written("error", problem.refusal)

    async def _events(self, seconds: float, gone: Gone) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        told_at = loop.time()
        async for new in self._waits.news(self._reading, seconds, gone):
            if found := "".join([*self._of(new)]):
                told_at = loop.time()
                yield found
            elif loop.time() - told_at >= HEARTBEAT:
                told_at = loop.time()
                yield ": still here\n\n"
            if self._status not in self._until:
                return

    def _of(self, new: list[Entry]) -> list[str]:
        found: list[str] = []
        turn = self._reading.turn
        if turn and self._told is None:
            self._told = Told(turn)
        for entry in new if self._told else ():
            assert self._told
            if entry.seq > self._last:
                found += events.of(self._told, entry, self._reading.thread)
            self._told = self._told.after(entry)
        now = self._reading.now
        if now.status != self._status:
            self._status = now.status
            found.append(events.status(now))
        return found


def unforeseen(error: Exception) -> Response:
    """An error of ours, told without what led to it."""
    if isinstance(error, SQLAlchemyError):
        log.warning("the API cannot be used", error=type(error).__name__)
        return refused(AWAY)
    log.error("a request of the API failed", error=type(error).__name__)
    failed = Refusal(error=Reason(code="failed", message="This did not work because of a problem on our side."))
    return JSONResponse(failed.model_dump(), 500, HEADERS)
