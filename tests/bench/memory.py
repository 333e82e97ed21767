"""Whether a worker's memory grows with the turns it has done."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from tests.bench.driver import Subject, people
from tests.bench.figure import Figure
from tests.bench.scale import Scale
from tests.bench.stage import Stage, database

#: how many ask at the same time
AT_ONCE = 25


@dataclass(frozen=True, slots=True)
class Memory:
    """A web process and one worker; everybody in the company asks again and again, each time in a new thread."""

    stage: Stage
    scale: Scale

    async def figures(self) -> AsyncIterator[Figure]:
        """The growth of each process, and at what rate that was."""
        company, measured = people(self.scale.company), self.scale.memory * self.scale.company
        async with database("PostgreSQL", waits=False) as made, self.stage.pair(made) as pair:
            for _ in range(self.scale.memory_warm_up):
                await _everybody(pair[0], company)
            before = [each.megabytes() for each in pair]
            seconds = sum([await _everybody(pair[0], company) for _ in range(self.scale.memory)])
            after = [each.megabytes() for each in pair]
        yield Figure(f"worker's memory after {measured:,} turns more", "MB", after[1], before[1], at_most=1.05)
        yield Figure(f"web's memory after {measured:,} turns more", "MB", after[0], before[0], at_most=1.05)
        yield Figure("turns meanwhile, without waiting for the disk", "turns/s", measured / seconds)


async def _everybody(web: Subject, company: list[str]) -> float:
    """Everybody asks once; the seconds it took."""
    taken = 0.0
    for first in range(0, len(company), AT_ONCE):
        seconds, done = await web.at_once(company[first : first + AT_ONCE], 1)
        assert all(turn.right for turn in done), "no answer, or not the model's"
        taken += seconds
    return taken
