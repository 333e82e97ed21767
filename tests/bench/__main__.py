"""Runs the bench: prints one table, writes bench.json."""

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from tests.bench import sizes
from tests.bench.approvals import Approvals
from tests.bench.articles import Articles
from tests.bench.disk import Disk
from tests.bench.distributed import Distributed
from tests.bench.figure import Figure
from tests.bench.figures import Bench
from tests.bench.long import Long
from tests.bench.machine import machine
from tests.bench.memory import Memory
from tests.bench.scale import FULL, QUICK, Scale
from tests.bench.stage import KINDS, NoPostgres, Stage, database, stage
from tests.bench.stored import Stored

#: where the figures are kept for comparisons; not in git
KEPT = Path("bench.json")


async def main(scale: Scale) -> None:
    """Measure, print each line as it comes, keep all."""
    figures, began = list[Figure](), time.monotonic()
    try:
        async with stage() as made:
            async for figure in _figures(made, scale):
                figures.append(figure)
                print(_line(figure), flush=True)
    except NoPostgres as error:
        print(f"\nThe rest is left out: {error}.")
    finally:
        _keep(figures, time.monotonic() - began)


async def _figures(made: Stage, scale: Scale) -> AsyncIterator[Figure]:
    """What needs no PostgreSQL comes first."""
    _head("SQLite, one process", "floor")
    async with database("SQLite") as file, made.floor() as floor, made.bot(file) as ours:
        async for figure in Bench(ours, floor, made.fakes, scale).figures():
            yield figure
    _head("requests to the model", "")
    async for figure in sizes.figures():
        yield figure
    for kind in KINDS:
        _head(f"approvals and growth, {kind}", "before")
        for measured in (Approvals(scale), Stored(made, scale), Disk(made, scale), Long(made, scale), Articles(scale)):
            async for figure in measured.figures(kind):
                yield figure
    async for figure in Memory(made, scale).figures():
        yield figure
    _head("PostgreSQL, web and worker processes", "against")
    async for figure in Distributed(made, scale).figures():
        yield figure


def _head(name: str, other: str) -> None:
    """The columns change here."""
    print(f"\n{name:62}{'ours':>10}{other:>10}{'ratio' if other else '':>8}  target".rstrip())


def _keep(figures: Sequence[Figure], seconds: float) -> None:
    measured = [asdict(figure) | {"ratio": figure.ratio, "met": figure.met} for figure in figures]
    kept = {"machine": machine(), "seconds": round(seconds), "figures": measured}
    KEPT.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def _line(figure: Figure) -> str:
    floor = "" if figure.floor is None else _number(figure.floor)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    name = f"{figure.name}{', ' if figure.unit else ''}{figure.unit}"
    return f"{name:62}{_number(figure.ours):>10}{floor:>10}{ratio:>8}  {_target(figure)}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _target(figure: Figure) -> str:
    if figure.met is None:
        return figure.note
    wanted = f"≤ {figure.at_most}" if figure.at_most is not None else f"≥ {figure.at_least}"
    return f"{wanted} {'reached' if figure.met else 'MISSED'}"


def _scale() -> Scale:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the bot against a bare floor.")
    parser.add_argument("--quick", action="store_true", help="fewer turns: a look, not a measurement")
    parser.add_argument("--memory", type=int, metavar="TURNS", help="watch memory for so many, such as 20000")
    asked = parser.parse_args()
    scale = QUICK if asked.quick else FULL
    return replace(scale, memory=-(-asked.memory // scale.company)) if asked.memory else scale


if __name__ == "__main__":
    asyncio.run(main(_scale()))
