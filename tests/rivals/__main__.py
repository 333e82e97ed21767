"""Prints one table with a column for each bot, and writes rivals.json."""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path

from tests.bench.driver import Subject, subject
from tests.bench.machine import machine
from tests.bench.scale import FULL, QUICK, Scale
from tests.bench.stage import Stage, database, stage
from tests.rivals import venv
from tests.rivals.checks import Checks
from tests.rivals.compared import Compared, Row

#: where the figures are kept; not in git
KEPT = Path("rivals.json")

#: the rival's two ways to answer
WAYS = ("whole", "streams")


async def main(scale: Scale) -> None:
    """Measure, print each line as it comes, keep all."""
    python = await asyncio.to_thread(venv.python)
    rows, facts = list[Row](), list[tuple[str, str]]()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = await stack.enter_async_context(stage())
        file = await stack.enter_async_context(database("SQLite"))
        bots = [await stack.enter_async_context(each) for each in (made.floor(), made.bot(file))]
        bots += [await _rival(made, stack, python, folder, way) for way in WAYS]
        for each in (bots[0], *bots[2:]):
            each.to_be_called = True
        print(f"{'':46}" + "".join(f"{each.name:>15}" for each in bots))
        async for row in Compared(bots, made.fakes, scale).rows():
            rows.append(row)
            print(_line(row), flush=True)
        print("\nagno, not streaming")
        async for fact in Checks(bots[2], folder / WAYS[0] / "ran").facts():
            facts.append(fact)
            print(f"{fact[0]:60}{fact[1]}", flush=True)
    _keep([each.name for each in bots], rows, facts)


async def _rival(made: Stage, stack: AsyncExitStack, python: Path, folder: Path, way: str) -> Subject:
    (folder / way).mkdir()
    command = [str(python), "tests/rivals/agno_bot.py", made.address, way, str(folder / way)]
    return await stack.enter_async_context(subject(f"agno, {way}", command, made.http, made.fakes))


def _line(row: Row) -> str:
    name = f"{row.name}{', ' if row.unit else ''}{row.unit}"
    return f"{name:46}" + "".join(f"{_number(each):>15}" for each in row.values)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _keep(names: Sequence[str], rows: Sequence[Row], facts: Sequence[tuple[str, str]]) -> None:
    kept = {
        "machine": machine(),
        "rival": venv.AGNO,
        "bots": names,
        "rows": [asdict(each) for each in rows],
        "checks": dict(facts),
    }
    KEPT.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.rivals", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer turns: a look, not a measurement")
    asyncio.run(main(QUICK if parser.parse_args().quick else FULL))
