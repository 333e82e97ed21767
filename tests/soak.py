"""`make soak MINUTES=30`: the bot works at a steady pace on each database, and must not grow while it does.

A tenth of the questions ask for a new password, which is approved. Memory, open files, threads and connections are
looked at all the time; those of the last quarter are compared with those of the second one, when everything is warm.
Linux only.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import create_engine, text

from tests.postgres import own_database
from tests.rig import CHANNEL
from tests.world import World, a_world, card

#: seconds between two questions, and of them how many to one that asks for an approval
PACE, ONE_IN = 0.5, 10

#: what may be more at the end than in the second quarter: MB and a share of it, files, threads, connections
GROWTH_MB, GROWTH_SHARE, MORE = 4.0, 0.05, 2

PEOPLE = ("U0ALEX", "U0MARIA", "U0SAM", "U0INGRID", "U0PETER")


@dataclass(frozen=True)
class Sample:
    """How the process is."""

    megabytes: float
    files: int
    threads: int
    connections: int


def sample(pid: int, url: str) -> Sample:
    said = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Sample(int(said["VmRSS"].split()[0]) / 1024, files, int(said["Threads"]), _connections(url))


def _connections(url: str) -> int:
    if not url.startswith("postgresql"):
        return 0
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            return int(connection.scalar(text(mine)) or 0) - 1
    finally:
        engine.dispose()


async def soaked(kind: str, minutes: float) -> list[str]:
    """What grew, a sentence each."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'helpdesk.db'}"
        if kind == "postgresql":
            url = stack.enter_context(own_database()).replace("postgresql+psycopg", "postgresql")
        async with a_world(folder) as world:
            world.environment["DATABASE_URL"] = url
            world.environment["HELPDESK_BUDGETS"] = "user 1000000turns/hour"
            process = await world.run()
            try:
                samples = await _asking(world, process.pid, url.replace("postgresql:", "postgresql+psycopg:"), minutes)
            finally:
                process.terminate()
                await process.communicate()
    return _grown(kind, samples)


async def _asking(world: World, pid: int, url: str, minutes: float) -> list[Sample]:
    samples, began, number = list[Sample](), time.monotonic(), 0
    while (passed := time.monotonic() - began) < minutes * 60:
        await _ask(world, number)
        number += 1
        if number % 20 == 0:
            samples.append(await asyncio.to_thread(sample, pid, url))
            print(f"{passed:6.0f} s  {number:6} questions  {samples[-1]}", flush=True)
        await asyncio.sleep(PACE)
    return samples


async def _ask(world: World, number: int) -> None:
    """One question, and its answer."""
    wanted = "reset the password of U-456" if number % ONE_IN == 0 else "my wifi is down"
    thread = await world.slack.say(PEOPLE[number % len(PEOPLE)], CHANNEL, f"<@U0BOT> {wanted}")
    await world.slack.wait_for(lambda: len(world.slack.thread(CHANNEL, thread)) > 1, 20)
    if shown := card(world.slack, thread):
        await world.slack.click("U0DANA", CHANNEL, shown.ts, "approval.approve")
        await world.slack.wait_for(lambda: len(world.slack.thread(CHANNEL, thread)) > 2, 20)


def _grown(kind: str, samples: list[Sample]) -> list[str]:
    quarter = len(samples) // 4
    before, after = (
        Sample(*(median(column) for column in zip(*map(astuple, some), strict=True)))
        for some in (samples[quarter : 2 * quarter], samples[3 * quarter :])
    )
    print(f"{kind}: {before} became {after}")
    grown = []
    if after.megabytes > before.megabytes * (1 + GROWTH_SHARE) + GROWTH_MB:
        grown.append(f"{kind}: {before.megabytes:.0f} MB became {after.megabytes:.0f} MB")
    counted = [(name, getattr(before, name), getattr(after, name)) for name in ("files", "threads", "connections")]
    return [*grown, *(f"{kind}: {old:g} {name} became {new:g}" for name, old, new in counted if new > old + MORE)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30, help="on each database (%(default)s)")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    options = parser.parse_args()
    kinds = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    grown = [each for kind in kinds for each in asyncio.run(soaked(kind, options.minutes))]
    print("\n".join(grown) or "Nothing grew.")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
