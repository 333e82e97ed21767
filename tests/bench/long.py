"""Whether a turn costs more at the end of a very long conversation than at the beginning of a short one."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from bot.store import log
from bot.store.database import Database
from tests.bench.driver import Subject, Turn, people
from tests.bench.fakes import CHANNEL, TEAM
from tests.bench.figure import Figure, median, milliseconds
from tests.bench.scale import Scale
from tests.bench.stage import Kind, Stage, database
from tests.bench.turns import REST

#: people who take part, so that nobody asks more than 30 times an hour
PARTY = 70

#: turns between two looks at how long the conversation is
BATCH = 20


@dataclass(frozen=True, slots=True)
class Long:
    """One conversation that the bot itself has made so long, in turns of about 8 items."""

    stage: Stage
    scale: Scale

    async def figures(self, kind: Kind) -> AsyncIterator[Figure]:
        """Two lines."""
        async with database(kind, waits=False) as made, self.stage.whole(made) as bot:
            times = await self._times(bot, made)
        for state in ("in memory", "from disk"):
            late, early = (median(times[name, state]) for name in ("long", "short"))
            name = f"a turn at item {self.scale.items:,}, against item 10, {state}, {kind}"
            yield Figure(name, "ms", late, early, at_most=1.2)

    async def _times(self, bot: Subject, made: str) -> dict[tuple[str, str], list[float]]:
        """Of the long conversation, and of others that begin; a worker keeps some conversations in memory."""
        speakers, times = itertools.cycle(people(PARTY)), defaultdict[tuple[str, str], list[float]](list)
        long = await _grown(bot, speakers, made, self.scale.items)
        for _ in range(self.scale.long_samples):
            short, new = [await _turn(bot, speakers, None) for _ in range(2)]
            # what is remembered is the newest, and less than the long one alone has
            for name, state, thread in (
                ("short", "in memory", new),
                ("long", "from disk", long),
                ("long", "in memory", long),
                ("short", "from disk", short),
            ):
                times[name, state].append(milliseconds(await _turn(bot, speakers, thread.thread)))
        return times


async def _grown(bot: Subject, speakers: Iterator[str], made: str, items: int) -> Turn:
    """A turn of a conversation that has at least so many items."""
    turn, opened = await _turn(bot, speakers, None), Database(made, existing=True)
    try:
        while await opened.run(lambda connection: log.head(connection, f"{TEAM}:{CHANNEL}:{turn.thread}")) < items:
            for _ in range(BATCH):
                milliseconds(await bot.turn(next(speakers), turn.thread))
    finally:
        opened.close()
    return turn


async def _turn(bot: Subject, speakers: Iterator[str], thread: str | None) -> Turn:
    turn = await bot.turn(next(speakers), thread)
    await asyncio.sleep(REST)
    return turn
