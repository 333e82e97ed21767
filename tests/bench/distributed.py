"""What is measured of web and worker processes on PostgreSQL, and what is wanted of it (issue 4)."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

from tests.bench.driver import Subject, Turn, people
from tests.bench.fakes import CHANNEL, TEAM
from tests.bench.figure import Figure, median, milliseconds, p95
from tests.bench.scale import Scale
from tests.bench.stage import Stage, database
from tests.bench.turns import interleaved

#: numbers of workers that are compared
WORKERS = (1, 2, 4)

SHARED = f"{os.cpu_count()} cores for fakes, PostgreSQL, web and workers"


@dataclass(frozen=True, slots=True)
class Distributed:
    """A database on PostgreSQL, beside one in a file."""

    stage: Stage
    scale: Scale

    async def figures(self) -> AsyncIterator[Figure]:
        """All figures, in the order of the table."""
        async with database("PostgreSQL") as made:
            async with (
                self.stage.pair(made) as (web, worker),
                database("SQLite") as file,
                self.stage.bot(file) as alone,
            ):
                for figure in [*await self._alone(web, worker, alone), *await _counts(web, worker)]:
                    yield figure
            for figure in await self._at_once(made):
                yield figure

    async def _alone(self, web: Subject, worker: Subject, alone: Subject) -> list[Figure]:
        """One turn at a time, each in turn; the clock is the same for all processes of a machine."""
        ours, other = await interleaved([web, alone], self.scale)
        read = (await worker.ask("/bench/commits"))["starts"]
        starts = [1_000 * (read[f"{TEAM}:{CHANNEL}:{turn.thread}"] - turn.sent_at) for turn in ours]
        times, others = ([milliseconds(turn) for turn in turns] for turns in (ours, other))
        return [
            Figure("event is sent → worker starts, median", "ms", median(starts), at_most=15),
            Figure("event is sent → worker starts, p95", "ms", p95(starts)),
            Figure("one turn, web and 1 worker, against SQLite", "ms", median(times), median(others)),
            Figure("one turn, web and 1 worker, p95", "ms", p95(times), p95(others)),
        ]

    async def _at_once(self, made: str) -> list[Figure]:
        rates: dict[int, list[float]] = {number: [] for number in WORKERS}
        failed = 0
        for _ in range(self.scale.rounds):
            async with AsyncExitStack() as stack:
                web = await stack.enter_async_context(self.stage.bot(made, "web"))
                working = 0
                for number in WORKERS:
                    while working < number:
                        await stack.enter_async_context(self.stage.bot(made, "worker"))
                        working += 1
                    # who starts is warm by then: each process has seen Slack and made its connections
                    await web.at_once(people(10 * number), 1)
                    seconds, done = await web.at_once(people(50), 4)
                    rates[number].append(sum(turn.right for turn in done) / seconds)
                    failed += sum(not turn.right for turn in done)
        one = median(rates[1])
        return [
            Figure("50 threads at once, 1 worker", "turns/s", one, note=SHARED),
            *(Figure(f"50 threads at once, {n} workers", "turns/s", median(rates[n]), one) for n in WORKERS[1:]),
            Figure("50 threads at once, failed", "turns", failed, at_most=0),
        ]


async def _counts(web: Subject, worker: Subject) -> list[Figure]:
    """What one turn of a new person asks of the database, scans and heartbeats included."""
    turn = await web.turn(*people(1))
    await asyncio.sleep(0.1)
    seen = [await each.ask("/bench/commits") for each in (web, worker)]
    return [
        Figure(f"{kind} before an answer", "", _within(turn, [each[key] for each in seen]))
        for kind, key in (("commits", "writes"), ("transactions", "transactions"), ("statements", "statements"))
    ]


def _within(turn: Turn, times: list[list[float]]) -> int:
    return sum(turn.sent_at <= at <= turn.posted_at for each in times for at in each)
