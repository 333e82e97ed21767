"""Out to the app: requests signed as Slack signs them, and events repeated until the app says 2xx.

An event is kept until it is answered or given up; with a journal it outlives the process.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import datetime

import httpx2

from bot.playground import events
from bot.playground.messages import Json
from bot.playground.workspace import Workspace, new_id


class Endpoint:
    """The app's request URL. `answer_within` is in seconds: Slack gives an app three."""

    def __init__(self, url: str, signing_secret: str, now: Callable[[], datetime], answer_within: float) -> None:
        self.url = url
        self.answer_within = answer_within
        self._secret = signing_secret.encode()
        self._now = now
        self._client: httpx2.AsyncClient | None = None

    def start(self, transport: httpx2.AsyncBaseTransport | None) -> None:
        """Open the connections; proxies of the environment are none of ours."""
        self._client = httpx2.AsyncClient(transport=transport, timeout=self.answer_within, trust_env=False)

    async def stop(self) -> None:
        """Close the connections."""
        if self._client:
            await self._client.aclose()
            self._client = None

    def signature(self, body: bytes, timestamp: str) -> str:
        """`v0=` and the HMAC-SHA256 of `v0:timestamp:body`, see "Verifying requests from Slack"."""
        signed = b":".join((b"v0", timestamp.encode(), body))
        return "v0=" + hmac.new(self._secret, signed, hashlib.sha256).hexdigest()

    async def send(self, body: bytes, content_type: str, retry: tuple[int, str] | None = None) -> httpx2.Response:
        """The app's answer; `httpx2.HTTPError` or `TimeoutError` if there is none in time."""
        assert self._client is not None, "LocalSlack.start() comes first"
        timestamp = str(int(self._now().timestamp()))
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": self.signature(body, timestamp),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        async with asyncio.timeout(self.answer_within):
            return await self._client.post(self.url, content=body, headers=headers)


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
        body = events.envelope(event, event_id, self._workspace.team_time())
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
        body = json.dumps(self.pending[event_id]).encode()
        retry: tuple[int, str] | None = None
        for number, delay in enumerate((*self._delays, None), start=1):
            reason = await self._attempt(body, retry)
            if reason is None:
                break
            if delay is None:
                self.given_up.append(event_id)
                break
            await asyncio.sleep(delay)
            retry = (number, reason)
        self.pending.pop(event_id, None)
        self._workspace.journal.drop("event", event_id)
        self._workspace.changed()

    async def _attempt(self, body: bytes, retry: tuple[int, str] | None) -> str | None:
        """Nothing if the app took it (or asks for no retry), else Slack's reason for the next attempt."""
        try:
            answer = await self._endpoint.send(body, "application/json", retry)
        except (TimeoutError, httpx2.TimeoutException):
            return "http_timeout"
        except httpx2.HTTPError:
            return "connection_failed"
        except Exception:  # noqa: BLE001 - an in-process app may raise anything; over HTTP that is a 500
            return "http_error"
        if answer.is_success or answer.headers.get("X-Slack-No-Retry") == "1":
            return None
        return "http_error"
