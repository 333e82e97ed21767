"""One run: a world, people in it, everything that goes wrong, and what was not true at the end."""

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import measures, plan
from tests.chaos.people import Crowd
from tests.chaos.plays import talk
from tests.chaos.process import START
from tests.chaos.record import Record, at_rest, collected
from tests.chaos.truth import lost_presses, violations
from tests.chaos.world import World, a_world
from tests.postgres import _BINARIES, OwnServer, own_database

#: after the storm, until everybody has what they came for, seconds
PATIENCE = 60.0

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Scale:
    """How much: threads, and seconds of bad weather; `measured`: how long undone work lies, too."""

    threads: int
    lasts: float
    measured: bool = True
    #: between two faults, seconds
    gap: tuple[float, float] = (2.0, 6.0)


#: what CI runs
SHORT = Scale(threads=20, lasts=12, measured=False, gap=(1.0, 2.5))


async def run(kind: str, seed: int, scale: Scale, folder: Path, tell: Tell) -> list[str]:
    """What was not true at the end; tells what it does."""
    chance = random.Random(seed)  # noqa: S311 -- to be repeated, not to be secret
    async with _where(kind, folder) as (url, server), a_world(folder, url, chance, server=server) as world:
        tell(f"{kind}: seed {seed}, {scale.threads} threads, {scale.lasts:.0f} s of storm; logs in {folder}")
        crowd = Crowd(world, chance)
        faults = plan.drawn(chance, plan.odds_of(world), scale.lasts, scale.gap)
        left = await _weathered(crowd, faults, scale, tell)
        unrest = await at_rest(world)
        record = await collected(crowd, unrest)
        _summed_up(world, record, tell)
        if scale.measured and not unrest:
            tell(await _measured(crowd, kind))
        return [*left, *violations(record)]


async def _weathered(crowd: Crowd, faults: list[plan.Fault], scale: Scale, tell: Tell) -> list[str]:
    """The storm, with everybody in it; what did not come to its end."""
    for fault in faults:
        tell(f"  planned {fault}")
    talking = asyncio.create_task(talk(crowd, scale.threads, scale.lasts * 0.9))
    try:
        await plan.carry_out(crowd.world, faults, scale.lasts, lambda said: tell(f"  now     {said}"))
        tell("  it is calm")
        async with asyncio.timeout(PATIENCE):
            await talking
    except TimeoutError:
        late = [process.name for process in crowd.world.processes if not process.is_ready]
        return [f"{each} is not ready {START:.0f} s after its start" for each in late] or [
            f"somebody still waits {PATIENCE:.0f} s after the storm"
        ]
    finally:
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
    return []


async def _measured(crowd: Crowd, kind: str) -> str:
    try:
        if kind == "sqlite":
            return await measures.after_a_restart(crowd, crowd.world.workers[0])
        return await measures.elsewhere(crowd)
    except TimeoutError:
        return f"what was undone does not go on within {measures.ENOUGH:.0f} s"


def _summed_up(world: World, record: Record, tell: Tell) -> None:
    kinds = Counter(line.kind for line in record.items("turn_over", "tool_unknown", "interrupted", "click", "request"))
    starts = {process.name: process.starts for process in world.processes}
    tell(
        f"  {len(record.told)} messages in {len(record.log)} conversations, {sum(map(len, record.log.values()))} items"
    )
    tell(f"  log: {dict(kinds)}; rings: {sum(record.rings.values())}; posts: {len(record.posts)}")
    tell(f"  lives: {starts}; weather: {dict(world.weather.met)}")
    tell(f"  presses: {dict(Counter(f'{each.action} {each.status}' for each in record.presses))}")
    told, lost = len(record.not_stored), len(lost_presses(record))
    tell(f"  presses that were not stored: {told} told, {lost} lost without a word")
    for surprise in (each for process in world.processes for each in process.surprises):
        tell(f"  unordered end: {surprise}")


@asynccontextmanager
async def _where(kind: str, folder: Path) -> AsyncIterator[tuple[str, OwnServer | None]]:
    """A new database, and its server where it may be stopped."""
    async with AsyncExitStack() as stack:
        if kind == "sqlite":
            yield f"sqlite:///{folder / 'helpdesk.db'}", None
        elif _BINARIES:
            # not in `folder`: the server may run as somebody else, who may not look into it
            server = await asyncio.to_thread(OwnServer, Path(tempfile.mkdtemp(prefix="helpdesk-postgres-")))
            stack.callback(server.remove)
            await asyncio.to_thread(server.start)
            yield server.url.render_as_string(hide_password=False), server
        else:
            yield stack.enter_context(own_database()), None
