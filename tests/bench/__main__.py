"""Runs the bench: prints one table, writes bench.json."""

import argparse
import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import aiohttp

from bot.ops.database import upgrade
from tests.bench.driver import subject
from tests.bench.fakes import Fakes
from tests.bench.figures import FULL, QUICK, Bench, Figure, Scale
from tests.bench.wire import answering

#: where the figures are kept for comparisons; not in git
KEPT = Path("bench.json")


async def main(scale: Scale) -> None:
    """Measure, print each line as it comes, keep all."""
    print(f"{'':46}{'ours':>10}{'floor':>10}{'ratio':>8}  target")
    figures = []
    async with _bench(scale) as bench:
        async for figure in bench.figures():
            figures.append(figure)
            print(_line(figure), flush=True)
    _keep(figures)


def _keep(figures: Sequence[Figure]) -> None:
    kept = [asdict(figure) | {"ratio": figure.ratio, "met": figure.met} for figure in figures]
    KEPT.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


@asynccontextmanager
async def _bench(scale: Scale) -> AsyncIterator[Bench]:
    fakes = Fakes()
    # uvicorn closes a connection that was idle for 5 s, which must not happen while an event is on its way
    pool = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=2))
    with tempfile.TemporaryDirectory() as folder:
        async with answering(fakes.answer) as address, pool as http:
            database = f"sqlite:///{folder}/helpdesk.db"
            # a usual start finds its schema; only the very first one loads Alembic, 8 MB
            await upgrade(database)
            async with (
                subject("floor", [address], http, fakes) as floor,
                subject("ours", [address, database], http, fakes) as ours,
            ):
                yield Bench(ours, floor, fakes, scale)


def _line(figure: Figure) -> str:
    floor = "" if figure.floor is None else _number(figure.floor)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    name = f"{figure.name}{', ' if figure.unit else ''}{figure.unit}"
    return f"{name:46}{_number(figure.ours):>10}{floor:>10}{ratio:>8}  {_target(figure)}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _target(figure: Figure) -> str:
    if figure.met is None:
        return ""
    wanted = f"≤ {figure.at_most}" if figure.at_most is not None else f"≥ {figure.at_least}"
    return f"{wanted} {'reached' if figure.met else 'MISSED'}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the bot against a bare floor.")
    parser.add_argument("--quick", action="store_true", help="fewer turns: a look, not a measurement")
    asyncio.run(main(QUICK if parser.parse_args().quick else FULL))
