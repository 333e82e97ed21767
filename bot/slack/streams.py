"""Shows in Slack what happens while it happens: the model's words as they come, and tools at work.

Promise: nothing depends on it. A short answer is never streamed; under pressure nothing is; what was begun is completed
or ended by the delivery that takes its place, or by the next process.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from bot.core.items import out_of_slack
from bot.run.live import Live
from bot.slack.background import Background
from bot.slack.budget import Budget
from bot.slack.client import CALL_LIMIT
from bot.slack.stream import Stream, Talk, Task
from bot.slack.stream_wire import Wire

#: a turn is streamed once it took so long, seconds, and so much is heard, characters, or a tool runs for so long
AFTER, LONG, TOOL_AFTER = 1.0, 600, 1.0

#: between two additions: at least, and for each stream that is open, seconds
PAUSE, PAUSE_EACH = 0.5, 0.7

#: Slack ends a stream that nothing is added to after about five minutes; seconds
IDLE = 240.0

#: conversations listened to at once
MAX_TALKS = 1_000

#: a sealed stream that no delivery came for belongs to another worker by now, seconds
UNCLAIMED = 60.0


class Streams(Live):
    """Tells people in Slack."""

    def __init__(self, wire: Wire, budget: Budget, now: Callable[[], datetime]) -> None:
        self.budget = budget
        self._wire = wire
        self._now = now
        self._talks: OrderedDict[str, Talk] = OrderedDict()
        self._streams: dict[str, Stream] = {}
        self._beside = Background()

    # ── what the worker tells ──

    def asked(self, conversation: str, reader: str, links: tuple[str, ...]) -> None:
        """See Live."""
        if out_of_slack(conversation):
            return
        talk = self._talks.get(conversation)
        if talk is None:
            talk = self._talks[conversation] = Talk(conversation, _time(), reader)
            if len(self._talks) > MAX_TALKS:
                self._talks.popitem(last=False)
        talk.reader, talk.links, talk.heard = reader, frozenset(links), ""
        stream = self._streams.get(conversation)
        if stream and stream.sealed.is_set() and _time() - stream.sealed_at > UNCLAIMED:
            del self._streams[conversation]

    def heard(self, conversation: str, text: str) -> None:
        """See Live."""
        if talk := self._talks.get(conversation):
            before = len(talk.heard)
            talk.hear(text)
            if before < LONG <= len(talk.heard):
                self._look_at(talk, talk.since + AFTER)

    def said(self, conversation: str) -> None:
        """See Live."""
        if talk := self._talks.get(conversation):
            talk.heard = ""
        if stream := self._streams.get(conversation):
            stream.seal(_time())

    def started(self, conversation: str, call: int, title: str) -> None:
        """See Live."""
        if talk := self._talks.get(conversation):
            talk.tasks[call] = Task(title, _time())
            self._look_at(talk, _time() + TOOL_AFTER)

    def ended(self, conversation: str, call: int, *, ok: bool) -> None:
        """See Live."""
        talk = self._talks.get(conversation)
        if talk is None or call not in talk.tasks:
            return
        talk.tasks[call].status = "complete" if ok else "error"
        if conversation not in self._streams:
            # what nobody was shown need not be told
            del talk.tasks[call]

    def rested(self, conversation: str) -> None:
        """See Live."""
        self._talks.pop(conversation, None)
        stream = self._streams.get(conversation)
        if stream and not stream.sealed.is_set():
            stream.seal(_time())
            self._beside.start(self._end(conversation), f"deliver end of stream {conversation}")

    # ── what deliveries ask ──

    async def take(self, conversation: str, started_at: float) -> Stream | None:
        """The stream begun then, if it was begun here; from now on the caller ends it. Nothing is under way then."""
        stream = self._streams.get(conversation)
        if stream is None or stream.started_at != started_at:
            return None
        stream.seal(_time())
        if stream.task:
            await asyncio.wait([stream.task], timeout=CALL_LIMIT)
            stream.certain = stream.certain and stream.task.done() and not stream.task.cancelled()
        self._streams.pop(conversation, None)
        if talk := self._talks.get(conversation):
            talk.tasks = {call: task for call, task in talk.tasks.items() if task.status == "in_progress"}
        return stream

    # ── beginnings and ends of the process ──

    def tidy(self) -> None:
        """End what former processes left open and nothing completes, beside other things."""
        self._beside.start(self._end_left(), "deliver ends of streams")

    async def close(self) -> None:
        """Add nothing any more; what is open is completed by the next process."""
        await self._beside.close()

    # ── one stream ──

    def _look_at(self, talk: Talk, at: float) -> None:
        if _time() >= at:
            self._look(talk)
        else:
            # a timer may be a moment early
            asyncio.get_running_loop().call_at(at + 0.01, self._look, talk)

    def _look(self, talk: Talk) -> None:
        """Begin a stream, if it is worth one."""
        now = _time()
        if self._beside.closed or talk.silent or talk.conversation in self._streams or now < talk.since + AFTER:
            return
        if self._talks.get(talk.conversation) is not talk:
            return
        slow = any(task.status == "in_progress" and now >= task.began + TOOL_AFTER for task in talk.tasks.values())
        if len(talk.heard) >= LONG or slow:
            stream = self._streams[talk.conversation] = Stream(self._now().timestamp(), talk)
            stream.task = self._beside.start(self._run(stream), f"deliver stream {talk.conversation}")

    async def _run(self, stream: Stream) -> None:
        talk, begun = stream.talk, False
        try:
            begun = await self._wire.begin(stream)
            self.budget.watch.streamed("begun" if begun else "left_out")
            self.budget.watch.grew(talk.conversation, self._now(), words=bool(stream.text))
            if begun:
                await self._grow(stream)
        except BaseException:
            # whatever it was, Slack may or may not have taken what was under way
            stream.certain = False
            self.budget.watch.streamed("uncertain")
            raise
        finally:
            talk.silent = talk.silent or not begun or not stream.certain
            if not stream.reserved:
                self._streams.pop(talk.conversation, None)

    async def _grow(self, stream: Stream) -> None:
        """Add what is new until it is sealed; that it is, too, where nothing is new for so long that Slack ends it."""
        last = _time()
        while not stream.sealed.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await stream.sealed.wait()
            if not stream.sealed.is_set() and await self._wire.add(stream):
                last = _time()
                self.budget.watch.grew(stream.talk.conversation, self._now(), words=bool(stream.text))
            if _time() - last > IDLE:
                stream.seal(_time())

    def _pause(self) -> float:
        growing = sum(not each.sealed.is_set() for each in self._streams.values())
        return max(PAUSE, PAUSE_EACH * growing)

    # ── ends without a delivery ──

    async def _end_left(self) -> None:
        for conversation in await self._wire.left():
            await self._end(conversation)

    async def _end(self, conversation: str) -> None:
        """End the open stream of the conversation; nothing, where a delivery has taken its place."""
        begun = await self._wire.close(conversation)
        if begun is None:
            return
        stream = self._streams.get(conversation)
        if stream:
            stream = await self.take(conversation, stream.started_at)
        if ts := begun.ts or (stream and stream.ts):
            await self._wire.withdraw(conversation, ts)


def _time() -> float:
    return asyncio.get_running_loop().time()
