"""What goes wrong when: drawn from the seed before it begins, told, and then done."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.chaos.process import Process
from tests.chaos.world import World

#: seconds: longer than a worker's heartbeat may be old (15), so that others take over what a paused one had
LONG_PAUSE = 18.0
#: embedded nobody takes over
SHORT_PAUSE = 5.0

#: how much worse it is in a burst, and for how long, seconds
BURST, BURST_LASTS = 6.0, 5.0


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong `at` so many seconds after the beginning; `which` process, where it is one."""

    at: float
    what: str
    which: int = 0

    def __str__(self) -> str:
        return f"{self.at:6.1f} s  {self.what} {self.which}"


#: how often of a hundred times
EMBEDDED: Mapping[str, int] = {
    "kill worker": 40,
    "stop worker": 15,
    "pause worker": 15,
    "slack burst": 15,
    "model burst": 15,
}
SHARED: Mapping[str, int] = {
    "kill worker": 24,
    "kill web": 12,
    "pause worker": 18,
    "pause web": 6,
    "stop worker": 8,
    "stop web": 4,
    "slack burst": 8,
    "model burst": 8,
    "restart database": 6,
    "crash database": 6,
}


def drawn(chance: random.Random, odds: Mapping[str, int], lasts: float, gap: tuple[float, float]) -> list[Fault]:
    """The faults of so many seconds, `gap` seconds between two; each kind comes at least once where there is time."""

    def faults() -> Iterator[Fault]:
        first = list(odds)
        chance.shuffle(first)
        first.sort(key=lambda what: "pause" in what)  # those that last longest are taken first, from the end
        at = chance.uniform(*gap)
        while at < lasts:
            what = first.pop() if first else chance.choices(list(odds), list(odds.values()))[0]
            yield Fault(at, what, chance.randint(0, 5))
            at += chance.uniform(*gap)

    return list(faults())


def odds_of(world: World) -> Mapping[str, int]:
    """What can go wrong in this world."""
    if world.database_url.startswith("sqlite"):
        return EMBEDDED
    return SHARED if world.server else {name: odd for name, odd in SHARED.items() if "database" not in name}


async def carry_out(world: World, plan: list[Fault], lasts: float, tell: Callable[[str], None]) -> None:
    """Bad weather and the faults of the plan, for so many seconds; then it is calm, and everything runs."""
    world.sky.slack = world.sky.model = 1.0
    begin = asyncio.get_running_loop().time()
    running = [asyncio.create_task(_at(world, begin, fault, tell)) for fault in plan]
    await asyncio.sleep(max(0.0, begin + lasts - asyncio.get_running_loop().time()))
    world.sky.slack = world.sky.model = 0.0
    await asyncio.gather(*running)
    world.sky.slack = world.sky.model = 0.0
    await asyncio.gather(*(process.ready() for process in world.processes))


async def _at(world: World, begin: float, fault: Fault, tell: Callable[[str], None]) -> None:
    await asyncio.sleep(max(0.0, begin + fault.at - asyncio.get_running_loop().time()))
    tell(str(fault))
    await _FAULTS[fault.what](world, fault.which)


# ── the faults ──


async def _kill_worker(world: World, which: int) -> None:
    (await _up(world.workers, which)).kill()


async def _kill_web(world: World, which: int) -> None:
    (await _up(world.webs, which)).kill()


async def _stop_worker(world: World, which: int) -> None:
    (await _up(world.workers, which)).stop_politely()


async def _stop_web(world: World, which: int) -> None:
    (await _up(world.webs, which)).stop_politely()


async def _up(processes: list[Process], which: int) -> Process:
    """The process, once it is up: on a busy machine it would else be killed for ever before it can do anything."""
    process = processes[which % len(processes)]
    await process.ready()
    return process


async def _pause_worker(world: World, which: int) -> None:
    paused = world.workers[which % len(world.workers)]
    paused.pause()
    await asyncio.sleep(SHORT_PAUSE if paused in world.webs else LONG_PAUSE)
    paused.resume()


async def _pause_web(world: World, which: int) -> None:
    paused = world.webs[which % len(world.webs)]
    paused.pause()
    await asyncio.sleep(LONG_PAUSE)
    paused.resume()


async def _slack_burst(world: World, _: int) -> None:
    world.sky.slack = BURST
    await asyncio.sleep(BURST_LASTS)
    world.sky.slack = min(world.sky.slack, 1.0)


async def _model_burst(world: World, _: int) -> None:
    world.sky.model = BURST
    await asyncio.sleep(BURST_LASTS)
    world.sky.model = min(world.sky.model, 1.0)


async def _restart_database(world: World, _: int) -> None:
    await _database(world, "fast")


async def _crash_database(world: World, _: int) -> None:
    await _database(world, "immediate")


async def _database(world: World, mode: str) -> None:
    assert world.server
    async with world.mending:
        await asyncio.to_thread(world.server.stop, mode)
        await asyncio.sleep(1)
        await asyncio.to_thread(world.server.start)


_FAULTS: Mapping[str, Callable[[World, int], Coroutine[Any, Any, None]]] = {
    "kill worker": _kill_worker,
    "kill web": _kill_web,
    "stop worker": _stop_worker,
    "stop web": _stop_web,
    "pause worker": _pause_worker,
    "pause web": _pause_web,
    "slack burst": _slack_burst,
    "model burst": _model_burst,
    "restart database": _restart_database,
    "crash database": _crash_database,
}
