"""What people who press Approve wait for, and what a start costs: `helpdesk run` itself, in the playground's Slack."""

import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlalchemy import select

from bot.playground.messages import Message
from bot.store.database import Database
from bot.store.tables import log
from tests.bench.figure import Figure, median, p95
from tests.bench.scale import Scale
from tests.bench.stage import Kind, database
from tests.rig import CHANNEL
from tests.world import World, a_world, card

#: seconds after which something is wrong
TOO_LONG = 60

#: milliseconds to the HTTP answer, to the start of the call, to its result in the thread
Way = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Approvals:
    """One request after the other: Alex asks for a reset of Sam's password, Dana approves it."""

    scale: Scale

    async def figures(self, kind: Kind) -> AsyncIterator[Figure]:
        """The start's figures, then the approvals'."""
        async with database(kind) as made:
            with tempfile.TemporaryDirectory() as folder:
                async with a_world(Path(folder)) as world:
                    world.environment["DATABASE_URL"] = made.replace("postgresql+psycopg", "postgresql")
                    world.environment["HELPDESK_BUDGETS"] = "user 1000000turns/hour"
                    began = time.monotonic()
                    process = psutil.Process((await world.run(within=TOO_LONG)).pid)
                    yield Figure(f"helpdesk run, from its start until ready, {kind}", "ms", _since(began))
                    yield Figure(f"processor time of that, {kind}", "ms", 1_000 * sum(process.cpu_times()[:2]))
                    yield Figure(f"helpdesk run, idle, {kind}", "MB", process.memory_info().rss / 2**20)
                    ways = [await _approved(world, made) for _ in range(self.scale.approvals)]
        for number, end in enumerate(("Slack has its answer", "the call starts", "its result is in the thread")):
            times = [way[number] for way in ways]
            # the local Slack takes its time, too: it checks and shows everything
            yield Figure(f"click → {end}, {kind}, median", "ms", median(times))
            yield Figure(f"click → {end}, {kind}, p95", "ms", p95(times))


async def _approved(world: World, made: str) -> Way:
    slack = world.slack
    thread = await slack.say("U0ALEX", CHANNEL, "<@U0BOT> reset the password of U-456")
    shown: Message | None = await slack.wait_for(lambda: card(slack, thread), TOO_LONG)
    assert shown
    before, wall, began = len(slack.thread(CHANNEL, thread)), time.time(), time.monotonic()
    await slack.click("U0DANA", CHANNEL, shown.ts, "approval.approve")
    answered = _since(began)
    await slack.wait_for(lambda: len(slack.thread(CHANNEL, thread)) > before, TOO_LONG)
    posted = _since(began)
    return answered, 1_000 * (await _started(made, thread) - wall), posted


def _since(began: float) -> float:
    return 1_000 * (time.monotonic() - began)


async def _started(made: str, thread: str) -> float:
    """When the call was noted as started, by the clock on the wall."""
    opened, wanted = Database(made, existing=True), log.c.conversation == f"T0DEMO:{CHANNEL}:{thread}"
    statement = select(log.c.at).where(wanted, log.c.kind == "tool_start").order_by(log.c.seq.desc())
    try:
        found: float = await opened.run(lambda connection: connection.execute(statement).scalars().first() or 0.0)
        return found
    finally:
        opened.close()
