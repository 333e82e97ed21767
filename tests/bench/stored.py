"""Whether a turn takes longer where many conversations are stored."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

from tests.bench import crowd
from tests.bench.driver import Subject, people
from tests.bench.fakes import CHANNEL, TEAM
from tests.bench.figure import Figure, median, milliseconds
from tests.bench.scale import Scale
from tests.bench.stage import Kind, Stage, database
from tests.bench.turns import interleaved


@dataclass(frozen=True, slots=True)
class Stored:
    """Two databases of each kind, that differ only in how much is stored."""

    stage: Stage
    scale: Scale

    async def figures(self, kind: Kind) -> AsyncIterator[Figure]:
        """One line."""
        few, many = self.scale.stored
        async with AsyncExitStack() as stack:
            bots = [await self._filled(kind, count, stack) for count in (many, few)]
            done = await interleaved(bots, self.scale)
        late, early = (median([milliseconds(turn) for turn in turns]) for turns in done)
        yield Figure(f"one turn, {many:,} stored, against {few:,}, {kind}", "ms", late, early, at_most=1.2)

    async def _filled(self, kind: Kind, count: int, stack: AsyncExitStack) -> Subject:
        """A bot with so many conversations stored, all of them copies of its first one."""
        made = await stack.enter_async_context(database(kind))
        async with self.stage.whole(made) as first:
            turn = await first.turn(*people(1))
            milliseconds(turn)
        await crowd.fill(made, await crowd.one(made, f"{TEAM}:{CHANNEL}:{turn.thread}"), count)
        return await stack.enter_async_context(self.stage.whole(made))
