"""Drives a subject as Slack would: signed events in, and how long until the answer is posted."""

import asyncio
import itertools
import json
import subprocess
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import psutil
from slack_sdk.signature import SignatureVerifier

from tests.bench.fakes import BOT, CHANNEL, QUESTION, SIGNING_SECRET, TEAM, Fakes

#: a turn that takes longer has failed, seconds
TOO_LONG = 30.0

_numbers = itertools.count(1)


def people(count: int) -> list[str]:
    """The ids of as many people who never wrote before; one person may ask 30 times an hour."""
    return [f"U{next(_numbers):07}" for _ in range(count)]


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of a message: its thread, seconds to the answer's post, and whether that was the model's answer."""

    thread: str
    seconds: float
    posted_at: float
    right: bool

    @property
    def sent_at(self) -> float:
        """When the message was sent (`time.monotonic`)."""
        return self.posted_at - self.seconds


@dataclass
class Subject:
    """A bot in a process of its own."""

    name: str
    address: str
    process: psutil.Process
    http: aiohttp.ClientSession
    fakes: Fakes
    #: it hears in threads only what mentions it
    to_be_called: bool = False
    _signer: SignatureVerifier = field(default_factory=lambda: SignatureVerifier(SIGNING_SECRET))

    async def turn(self, user: str, thread: str | None = None) -> Turn:
        """Ask in a new thread, or again in `thread`."""
        ts = f"{time.time():.0f}.{next(_numbers):06}"
        answered = self.fakes.post_in(thread or ts)
        body = json.dumps(event(user, ts, thread, called=self.to_be_called or not thread))
        started = time.monotonic()
        try:
            async with asyncio.timeout(TOO_LONG):
                await self.deliver(body)
                posted_at, right = await answered
        except (aiohttp.ClientError, TimeoutError):
            posted_at, right = time.monotonic(), False
        return Turn(thread or ts, posted_at - started, posted_at, right)

    async def deliver(self, body: str, path: str = "/slack/events", kind: str = "application/json") -> None:
        """Send what Slack would."""
        headers = self._signed(body) | {"Content-Type": kind}
        async with self.http.post(f"{self.address}{path}", data=body, headers=headers) as taken:
            taken.raise_for_status()

    async def at_once(self, users: Iterable[str], turns: int) -> tuple[float, list[Turn]]:
        """All users at once, each asks so many times, in a new thread when the last is answered; the seconds in all."""
        started = time.monotonic()
        done = await asyncio.gather(*(self._one_after_another(user, turns) for user in users))
        return time.monotonic() - started, [turn for each in done for turn in each]

    async def _one_after_another(self, user: str, turns: int) -> list[Turn]:
        return [await self.turn(user) for _ in range(turns)]

    async def thread(self, users: list[str], turns: int) -> list[Turn]:
        """One thread in which the users ask in turn."""
        done: list[Turn] = []
        for user in itertools.islice(itertools.cycle(users), turns):
            done.append(await self.turn(user, done[0].thread if done else None))
        return done

    async def ask(self, path: str) -> Any:
        """The JSON at a path of the subject's own."""
        async with self.http.get(f"{self.address}{path}") as response:
            return await response.json()

    def megabytes(self) -> float:
        """Resident memory, as `ps` and `docker stats` count it: 1 MB = 1,048,576 bytes."""
        return float(self.process.memory_info().rss) / 2**20

    def cpu(self) -> float:
        """Seconds of processor time that it took so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def _signed(self, body: str) -> dict[str, str]:
        timestamp = str(int(time.time()))
        signature = self._signer.generate_signature(timestamp=timestamp, body=body)
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature or ""}


@asynccontextmanager
async def subject(
    name: str, command: Sequence[str], http: aiohttp.ClientSession, fakes: Fakes
) -> AsyncIterator[Subject]:
    """The command's process, which prints its port, until the block ends."""
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert process.stdout
    try:
        async with asyncio.timeout(TOO_LONG):
            port = int(await process.stdout.readline())
        yield Subject(name, f"http://127.0.0.1:{port}", psutil.Process(process.pid), http, fakes)
    finally:
        process.terminate()
        await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Not every bot ends while something of it hangs."""
    try:
        await asyncio.wait_for(process.wait(), TOO_LONG)
    except TimeoutError:
        process.kill()
        await process.wait()


def event(user: str, ts: str, thread: str | None, *, called: bool) -> dict[str, Any]:
    """What Slack sends of a message."""
    said = {"user": user, "ts": ts, "event_ts": ts, "channel": CHANNEL, "team": TEAM}
    if thread:
        said["thread_ts"] = thread
    if called:
        said |= {"type": "app_mention", "text": f"<@{BOT}> {QUESTION}"}
    else:
        said |= {"type": "message", "channel_type": "channel", "text": QUESTION}
    return {
        "type": "event_callback",
        "team_id": TEAM,
        "api_app_id": "A0BENCH",
        "event_id": f"Ev{ts}",
        "event_time": int(float(ts)),
        "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
        "event": said,
    }
