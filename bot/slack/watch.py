"""Who looks on at what is between us and Slack: every call and what came of it, waits, signs, streams.

Promise: looking on changes nothing. A watcher neither waits nor raises.
"""

import asyncio
import re
from datetime import datetime
from http import HTTPStatus
from types import SimpleNamespace
from typing import Literal

import aiohttp

from bot.core.thread import Thread
from bot.store.deliveries import Delivery

#: what came of a call: `refused` by Slack for a reason that it names, `limited` (429), `failed` (another status), or
#: `unanswered`
Outcome = Literal["ok", "refused", "limited", "failed", "unanswered"]

#: what came of a stream: `left_out` where Slack, or we, wanted none
Streamed = Literal["begun", "left_out", "uncertain"]

#: an answer of Slack that says no; text that people wrote has its quotes escaped there
_NO = re.compile(rb'"ok"\s*:\s*false')


class SlackWatch:
    """One that looks on; this one does not care."""

    def called(self, method: str, outcome: Outcome, seconds: float) -> None:
        """Slack was asked; `method` is the last part of the address."""

    def waited(self, method: str, seconds: float) -> None:
        """A call that Slack, or we, made wait was made, so long after it could have been."""

    def signed(self, thread: Thread, at: datetime) -> None:
        """People see that work on the newest turn begins."""

    def streamed(self, outcome: Streamed) -> None:
        """A stream was wanted."""

    def grew(self, conversation: str, at: datetime, *, words: bool) -> None:
        """People see what a stream shows, with words or without any yet."""

    def given_up(self, delivery: Delivery) -> None:
        """Slack will never show it."""


def trace(watch: SlackWatch) -> aiohttp.TraceConfig:
    """Tells of every call that a pool makes, whoever makes it."""
    made = aiohttp.TraceConfig()

    def tell(call: SimpleNamespace, method: str, outcome: Outcome) -> None:
        if not hasattr(call, "told"):
            call.told = True
            watch.called(method, outcome, _time() - call.began)

    async def began(_: object, call: SimpleNamespace, __: object) -> None:
        call.began = _time()

    async def answered(_: object, call: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
        status = end.response.status
        if status != HTTPStatus.OK:
            tell(call, end.url.name, "limited" if status == HTTPStatus.TOO_MANY_REQUESTS else "failed")

    async def read(_: object, call: SimpleNamespace, part: aiohttp.TraceResponseChunkReceivedParams) -> None:
        tell(call, part.url.name, "refused" if _NO.search(part.chunk) else "ok")

    async def broke(_: object, call: SimpleNamespace, end: aiohttp.TraceRequestExceptionParams) -> None:
        tell(call, end.url.name, "unanswered")

    made.on_request_start.append(began)
    made.on_request_end.append(answered)
    made.on_response_chunk_received.append(read)
    made.on_request_exception.append(broke)
    return made


def _time() -> float:
    return asyncio.get_running_loop().time()
