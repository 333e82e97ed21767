"""Events on their way to the app, repeated until the app takes them.

An event is kept until it is answered or given up; with a journal it outlives the process.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import httpx2

from bot.playground import events
from bot.playground.messages import Json
from bot.playground.workspace import Workspace, new_id

#: what is sent, in Socket Mode's words
Kind = Literal["events_api", "interactive", "slash_commands"]


@dataclass(frozen=True)
class Repeat:
    """An attempt after the first: its number, from 1, and why the one before failed."""

    number: int
    reason: str


@dataclass(frozen=True)
class Answer:
    """What the app said: an HTTP status (an acknowledgement by socket is 200) and a payload, which may be empty."""

    status: int
    payload: Json
    #: the app wants no further attempt
    final: bool = False

    @property
    def taken(self) -> bool:
        """The app has it."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's success


class NoAnswer(Exception):
    """The app did not answer in time, or could not be reached; the text is Slack's reason for the next attempt."""


class Endpoint(Protocol):
    """Where the app is reached: its request URL, or the connections it opened."""

    #: the request URL; for Socket Mode where connections begin
    url: str
    #: seconds; Slack gives an app three
    answer_within: float

    def start(self, transport: httpx2.AsyncBaseTransport | None, /) -> None:
        """Begin; `transport` leads to an app in this process."""

    async def stop(self) -> None:
        """Close the connections."""

    async def reachable(self) -> None:
        """Return when an attempt makes sense."""

    async def send(self, kind: Kind, payload: Json, repeat: Repeat | None = None) -> Answer:
        """The app's answer. Raises NoAnswer."""


class Outbox:
    """Events on their way to the app, in the order they happened, each with its own retries."""

    def __init__(self, workspace: Workspace, endpoint: Endpoint, retry_delays: Sequence[float]) -> None:
        self._workspace = workspace
        self._endpoint = endpoint
        self._delays = retry_delays
        self._running = False
        self._tasks: set[asyncio.Task[None]] = set()
        #: event id → envelope, not yet acknowledged
        self.pending: dict[str, Json] = dict(workspace.journal.load("event"))
        #: event ids that were given up after the last retry
        self.given_up: list[str] = []

    def enqueue(self, event: Json) -> None:
        """Promise an event to the app; sent as soon as the outbox runs."""
        event_id = new_id("Ev")
        channel = self._workspace.channels.get(event.get("channel", ""))
        shared = channel is not None and channel.is_ext_shared
        body = events.envelope(event, event_id, self._workspace.team_time(), shared=shared)
        body = self._workspace.team.labelled(body)
        self._workspace.keep("event", event_id, body, self.pending)
        if self._running:
            self._begin(event_id)

    def start(self) -> None:
        """Send what is pending, and from now on at once."""
        self._running = True
        for event_id in list(self.pending):
            self._begin(event_id)

    async def stop(self) -> None:
        """Leave what is pending to the journal."""
        self._running = False
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, event_id: str) -> None:
        task = asyncio.create_task(self._deliver(event_id), name=f"event {event_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, event_id: str) -> None:
        repeat: Repeat | None = None
        for number, delay in enumerate((*self._delays, None), start=1):
            await self._endpoint.reachable()
            reason = await self._attempt(self.pending[event_id], repeat)
            if reason is None:
                break
            if delay is None:
                self.given_up.append(event_id)
                break
            await asyncio.sleep(delay)
            repeat = Repeat(number, reason)
        self.pending.pop(event_id, None)
        self._workspace.journal.drop("event", event_id)
        self._workspace.changed()

    async def _attempt(self, body: Json, repeat: Repeat | None) -> str | None:
        """Nothing if the app took it (or asks for no retry), else Slack's reason for the next attempt."""
        try:
            answer = await self._endpoint.send("events_api", body, repeat)
        except NoAnswer as missing:
            return str(missing)
        except Exception:  # noqa: BLE001 - an in-process app may raise anything; over HTTP that is a 500
            return "http_error"
        return None if answer.taken or answer.final else "http_error"
