"""What is measured of each bot: the same turns on the same fakes, each bot in turn."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from tests.bench.driver import Subject, people
from tests.bench.fakes import Fakes
from tests.bench.figure import median, milliseconds, p95
from tests.bench.scale import Scale
from tests.bench.turns import interleaved

#: threads at once, turns of each, seconds the model takes
CROWDS = ((50, 4, 0.0), (50, 4, 0.3), (200, 2, 0.0), (200, 2, 0.3))

#: turns of a thread at which the model's first request is weighed
TURNS = (1, 5, 10, 20)

#: seconds after which whatever follows an answer is over
AFTERWARDS = 0.3


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of each bot."""

    name: str
    unit: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Bots, and what they all talk to."""

    bots: Sequence[Subject]
    fakes: Fakes
    scale: Scale

    async def rows(self) -> AsyncIterator[Row]:
        """All rows, in the order of the table."""
        yield Row("memory before the first turn", "MB", tuple(each.megabytes() for each in self.bots))
        for measure in (self._alone, self._costs, self._thread):
            for row in await measure():
                yield row
        failed = [0] * len(self.bots)
        for threads, turns, latency in CROWDS:
            yield await self._crowd(threads, turns, latency, failed)
        yield Row("of all these, failed", "turns", tuple(failed))
        yield Row("memory after all that", "MB", tuple(each.megabytes() for each in self.bots))

    async def _alone(self) -> list[Row]:
        before = [each.cpu() for each in self.bots]
        done = await interleaved(self.bots, self.scale)
        used = [each.cpu() - was for each, was in zip(self.bots, before, strict=True)]
        times = [[milliseconds(turn) for turn in turns] for turns in done]
        turns = self.scale.warm_up + self.scale.alone
        return [
            Row("one turn with one tool call, median", "ms", tuple(map(median, times))),
            Row("one turn with one tool call, p95", "ms", tuple(map(p95, times))),
            Row("processor time of a turn", "ms", tuple(1_000 * each / turns for each in used)),
        ]

    async def _costs(self) -> list[Row]:
        calls, requests = list[float](), list[float]()
        for bot in self.bots:
            (person,) = people(1)
            for _ in range(2):  # the second turn of a person is the usual one
                self.fakes.reset()
                await bot.turn(person)
                await asyncio.sleep(AFTERWARDS)
            calls.append(self.fakes.calls.total())
            requests.append(len(self.fakes.requests))
        return [Row("Slack calls a turn", "", tuple(calls)), Row("model calls a turn", "", tuple(requests))]

    async def _thread(self) -> list[Row]:
        """One thread of one person: what another one writes in it is looked at in checks."""
        sizes, ratios = list[list[int]](), list[float]()
        for bot in self.bots:
            (person,), thread, weighed, times = people(1), None, list[int](), list[float]()
            for _ in range(TURNS[-1]):
                self.fakes.reset()
                turn = await bot.turn(person, thread)
                thread = turn.thread
                times.append(milliseconds(turn))
                weighed.append(self.fakes.requests[0])
                await asyncio.sleep(AFTERWARDS / 3)
            sizes.append(weighed)
            ratios.append(median(times[-5:]) / median(times[1:6]))
        rows = [
            Row(f"first request at turn {turn}", "bytes", tuple(each[turn - 1] for each in sizes)) for turn in TURNS
        ]
        return [*rows, Row("turns 16 to 20, against turns 2 to 6", "times", tuple(ratios))]

    async def _crowd(self, threads: int, turns: int, latency: float, failed: list[int]) -> Row:
        rates: list[list[float]] = [[] for _ in self.bots]
        self.fakes.latency = latency
        for _ in range(self.scale.rounds):
            for number, bot in enumerate(self.bots):
                seconds, done = await bot.at_once(people(threads), turns)
                right = sum(turn.right for turn in done)
                rates[number].append(right / seconds)
                failed[number] += len(done) - right
                await asyncio.sleep(AFTERWARDS)
        self.fakes.latency = 0.0
        slow = f", model takes {1_000 * latency:.0f} ms" if latency else ""
        return Row(f"{threads} threads at once{slow}", "turns/s", tuple(map(median, rates)))
