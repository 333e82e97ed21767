"""How long what a dead process had in its hands lies there."""

import asyncio
import time
from collections.abc import Callable

from tests.chaos.people import Crowd, Told
from tests.chaos.process import Process
from tests.chaos.record import at_rest
from tests.chaos.world import COLLEAGUES

#: conversations in work at once
MANY = 30

#: how long is waited for something that does not come, seconds
ENOUGH = 60.0


async def _at_work(crowd: Crowd) -> list[Told]:
    """Conversations that all wait for the model, which says nothing."""
    model = crowd.world.model
    model.holds = True
    said = [await crowd.say(COLLEAGUES[number % len(COLLEAGUES)], "hello") for number in range(MANY)]
    await _until(lambda: all(model.asked[told.word] for told in said))
    return said


async def _until(come: Callable[[], bool]) -> None:
    async with asyncio.timeout(ENOUGH):
        while not come():
            await asyncio.sleep(0.05)


async def after_a_restart(crowd: Crowd, process: Process) -> str:
    """Embedded: from when the process is ready again until all that was undone goes on."""
    model = crowd.world.model
    said = await _at_work(crowd)
    killed_at = time.monotonic()
    process.kill()
    await process.ready()
    await _until(lambda: all(len(model.asked[told.word]) > 1 for told in said))
    last = max(model.asked[told.word][-1] for told in said)
    took, since = max(0.0, last - process.ready_at), last - killed_at
    model.holds = False
    left = await at_rest(crowd.world)
    went_on = f"{MANY} conversations went on {took:.1f} s after the process was ready (at most 3)"
    return f"restart: {went_on}, {since:.1f} s after the kill{_at(left)}"


async def elsewhere(crowd: Crowd) -> str:
    """Distributed: from the kill of a worker until each conversation it had goes on elsewhere."""
    model, victim = crowd.world.model, crowd.world.workers[0]
    said = await _at_work(crowd)
    before, killed_at = len(model.left), time.monotonic()
    await victim.leave()
    await asyncio.sleep(1)
    had = model.left[before:]
    await _until(lambda: all(len(model.asked[word]) > 1 for word in had))
    took = max((model.asked[word][-1] - killed_at for word in had), default=0.0)
    model.holds = False
    left = await at_rest(crowd.world)
    went_on = f"its {len(had)} of {len(said)} conversations went on elsewhere after {took:.1f} s (at most 30)"
    return f"kill -9 of a worker: {went_on}{_at(left)}"


def _at(left: list[str]) -> str:
    return f"; not at rest: {left[:3]}" if left else ""
