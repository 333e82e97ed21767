"""What is measured of the bot in one process, on SQLite, and what is wanted of it (issue 2, Speed)."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.slack.streams import AFTER, LONG
from tests.bench.driver import Subject, people
from tests.bench.fakes import Fakes
from tests.bench.figure import Figure, median, milliseconds, p95
from tests.bench.scale import REST, SPEAKERS, Scale
from tests.bench.spoken import APART, PAUSE

#: threads at once, turns of each, seconds the model takes, and the share of the floor's rate that is wanted
CROWDS = ((50, 4, 0.0, 0.55), (50, 4, 0.3, None), (200, 2, 0.0, None), (200, 2, 0.3, 0.7))


@dataclass(frozen=True, slots=True)
class Bench:
    """Both subjects and what they talk to."""

    ours: Subject
    floor: Subject
    fakes: Fakes
    scale: Scale

    async def figures(self) -> AsyncIterator[Figure]:
        """All figures, in the order of the table."""
        yield Figure("memory before the first turn", "MB", self.ours.megabytes(), self.floor.megabytes())
        for measure in (self._alone, self._words, self._counts, self._long_thread, self._at_once):
            for figure in await measure():
                yield figure

    async def _alone(self) -> list[Figure]:
        """One turn at a time, each subject in turn, people it has seen before."""
        asking = people(max(1, self.scale.alone // 10))
        times: dict[str, list[float]] = {"ours": [], "floor": []}
        signs: list[float] = []
        before = self.ours.cpu(), self.floor.cpu()
        self.fakes.reset()
        for number in range(self.scale.warm_up + self.scale.alone):
            for subject in (self.ours, self.floor):
                turn = await subject.turn(asking[number % len(asking)])
                times[subject.name].append(milliseconds(turn))
                await asyncio.sleep(REST)
                if signed_at := self.fakes.signs.get(turn.thread):
                    signs.append(1_000 * (signed_at - turn.sent_at))
        turns = len(times["ours"])
        used, other = 1_000 * (self.ours.cpu() - before[0]) / turns, 1_000 * (self.floor.cpu() - before[1]) / turns
        ours, floor = (times[name][self.scale.warm_up :] for name in ("ours", "floor"))
        return [
            Figure("one turn with one tool call, median", "ms", median(ours), median(floor), at_most=1.5),
            Figure("one turn with one tool call, p95", "ms", p95(ours), p95(floor)),
            Figure("processor time of a turn", "ms", used, other),
            Figure("event is sent → first sign in Slack, median", "ms", median(signs), at_most=100),
        ]

    async def _words(self) -> list[Figure]:
        """One long answer at a time: from the model's words to Slack, over real connections on both sides."""
        asking, speech = people(max(1, self.scale.spoken // 10)), self.fakes.speech
        long, first = list[float](), list[float]()
        self.fakes.speaks = True
        for number in range(self.scale.spoken):
            turn = await self.ours.turn(asking[number % len(asking)])
            assert 0 < speech.first < speech.long < speech.shown, "it was not shown while it came"
            long.append(1_000 * (speech.shown - speech.long))
            first.append(1_000 * (speech.shown - speech.first))
            await asyncio.sleep(APART - milliseconds(turn) / 1_000)
        self.fakes.speaks = False
        crossing = f"model's {LONG}th character → first words in Slack"
        note = f"shown from {AFTER:.0f} s and {LONG} characters on; a word each {1_000 * PAUSE:.0f} ms"
        return [
            Figure(f"{crossing}, median", "ms", median(long), at_most=50),
            Figure(f"{crossing}, p95", "ms", p95(long), at_most=50),
            Figure("model's very first word → first words in Slack, median", "ms", median(first), note=note),
        ]

    async def _counts(self) -> list[Figure]:
        """What one turn costs others: the first one of a person, of whom Slack is asked, and the next one."""
        (person,) = people(1)
        first, commits, transactions = await self._cost(person)
        calls, _, _ = await self._cost(person)
        return [
            Figure("Slack calls for a short answer", "", calls, at_most=3),
            Figure("Slack calls for a short answer, a new person", "", first),
            Figure("commits before an answer", "", commits, at_most=5),
            Figure("transactions before an answer, reads too", "", transactions),
        ]

    async def _cost(self, person: str) -> tuple[int, int, int]:
        """Calls of Slack, the last of which comes behind the answer; commits and transactions before it."""
        self.fakes.reset()
        started = time.monotonic()
        turn = await self.ours.turn(person)
        await asyncio.sleep(0.1)
        times = await self.ours.ask("/bench/commits")
        within = [sum(started <= at <= turn.posted_at for at in times[kind]) for kind in ("writes", "transactions")]
        return self.fakes.calls.total(), within[0], within[1]

    async def _long_thread(self) -> list[Figure]:
        """40 turns in one thread."""
        early, late = [], []
        for _ in range(self.scale.long_threads):
            speakers = people(SPEAKERS)
            for each in speakers:
                await self.ours.turn(each)
            self.fakes.reset()
            times = [milliseconds(turn) for turn in await self.ours.thread(speakers, 41)]
            early += times[1:4]
            late += times[38:41]
        return [Figure("the 40th turn of a thread, against the 2nd", "ms", median(late), median(early), at_most=1.3)]

    async def _at_once(self) -> list[Figure]:
        figures, failed = list[Figure](), 0
        for threads, turns, latency, at_least in CROWDS:
            self.fakes.latency = latency
            ours, floor, wrong = await self._rates(threads, turns)
            slow = f", model takes {1_000 * latency:.0f} ms" if latency else ""
            figures.append(Figure(f"{threads} threads at once{slow}", "turns/s", ours, floor, at_least=at_least))
            failed += wrong
        self.fakes.latency = 0.0
        return [
            *figures,
            Figure("of all these, failed", "turns", failed, at_most=0),
            Figure("memory after that", "MB", self.ours.megabytes(), at_most=110),
            Figure("memory after that, floor", "MB", self.floor.megabytes()),
        ]

    async def _rates(self, threads: int, turns: int) -> tuple[float, float, int]:
        """Right answers a second of ours and of the floor, and how many of ours were none."""
        rates: dict[str, list[float]] = {"ours": [], "floor": []}
        failed = 0
        for _ in range(self.scale.rounds):
            for subject in (self.ours, self.floor):
                seconds, done = await subject.at_once(people(threads), turns)
                rates[subject.name].append(sum(turn.right for turn in done) / seconds)
                failed += sum(not turn.right for turn in done) if subject is self.ours else 0
                await asyncio.sleep(10 * REST)
        return median(rates["ours"]), median(rates["floor"]), failed
