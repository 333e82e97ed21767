"""Usage: what the tables say is what the log says, written once and in any order of commits."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from bot.core import items
from bot.core.exchange import Reply, TextPart, Usage
from bot.core.items import Entry
from bot.errors import ModelUnavailable
from bot.prompts import shipped
from bot.run.kit import utc_now
from bot.store import log, schema
from bot.store.database import Database
from bot.store.tables import conversations, tool_usage, usage
from tests.fakes.model import ScriptedModel, calls, part, say
from tests.rig import Helpdesk, helpdesk
from tests.run.growing import write
from tests.run.spenders import MORNING, PRICES, Clock
from tests.slack import edge
from tools.spec import OnFailure, Risk, ToolFailed, tool

DEAR = Reply(model="dear", parts=(TextPart("yes"),), usage=Usage(600_000, 100_000, 50_000))
EMPTY = Reply(model="dear", parts=(), usage=Usage(10, 0, 5))
UNPRICED = Reply(model="other", parts=(TextPart("yes"),), usage=Usage(7, 7, 7))


@tool(risk=Risk.LOW, read_only=True, on_failure=OnFailure.RETRY)
async def away(text: str) -> str:
    """Is down."""
    raise ToolFailed(text)


def rows(connection: Connection) -> list[list[dict[str, Any]]]:
    """Both tables but for how long things took."""
    found = [connection.execute(select(each)).mappings() for each in (usage, tool_usage)]
    return [sorted(({**row, "ms": 0} for row in each), key=str) for each in found]


async def kept(desk: Helpdesk) -> dict[str, list[Entry]]:
    """The whole log."""

    def read(connection: Connection) -> dict[str, list[Entry]]:
        return {name: log.read(connection, name) for name in connection.scalars(select(conversations.c.id))}

    return await desk.bot.database.run(read)


async def dialogs(desk: Helpdesk) -> None:
    """Two people, tools that work and that do not, a model that is away, one that says nothing."""
    thread = await desk.say("U0ALEX", "what is 6*7, and look")
    await desk.slack.wait_for(lambda: desk.transcript(thread)[1:], 60)
    await desk.say("U0SAM", "me too", thread)
    await desk.slack.wait_for(lambda: len(desk.transcript(thread)) == 4, 60)
    await desk.say("U0ALEX", "another thread")
    await desk.settle(20)


def script() -> ScriptedModel:
    return ScriptedModel(
        [calls(part("calculator", expression="6*7"), part("away", text="x")), DEAR, ModelUnavailable("503"), UNPRICED,
         EMPTY, say("fine")]
    )  # fmt: skip


async def test_the_tables_are_what_the_log_says_however_it_was_committed(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, script(), prices=PRICES, tools=[away]) as desk:
        await dialogs(desk)
        written, entries = await desk.bot.database.run(rows), await kept(desk)
    for number, step in enumerate((1, 4, 1_000)):
        again = Database(f"sqlite:///{tmp_path / f'again{number}.db'}")
        await again.run(schema.upgrade)
        for name, each in entries.items():
            await again.run(lambda connection, each=each, name=name: write(connection, each, name, step))  # type: ignore[misc]  # noqa: B023
        assert await again.run(rows) == written
        again.close()


async def test_each_request_and_each_attempt_counts_once_for_who_asked(tmp_path: Path) -> None:
    clock = edge.Clock(MORNING - utc_now())
    async with helpdesk(tmp_path, script(), prices=PRICES, tools=[away], now=clock) as desk:
        await dialogs(desk)
        asked, ran = await desk.bot.database.run(rows)
    zero = dict.fromkeys(
        ("failed", "repeated", "tokens_in", "tokens_cached", "tokens_out", "cost", "unpriced", "ms"), 0
    )
    here = zero | {"tenant": "T0DEMO", "day": "2026-11-21", "prompt": shipped().version}
    other = {"calls": 1, "tokens_in": 7, "tokens_cached": 7, "tokens_out": 7, "unpriced": 1}
    empty = {"prompt": "", "calls": 1, "failed": 1, "tokens_in": 10, "tokens_out": 5, "cost": 15}
    dear = {"calls": 1, "tokens_in": 600_000, "tokens_cached": 100_000, "tokens_out": 50_000, "cost": 550_000}
    assert asked == [
        here | {"principal": "U0ALEX", "model": "dear"} | empty,
        here | {"principal": "U0ALEX", "model": "dear"} | dear,
        here | {"principal": "U0ALEX", "model": "scripted", "calls": 2},
        here | {"principal": "U0SAM", "model": "other"} | other,
        here | {"principal": "U0SAM", "model": "scripted", "prompt": "", "calls": 1, "failed": 1},
    ]
    alex = {"tenant": "T0DEMO", "day": "2026-11-21", "principal": "U0ALEX", "unknown": 0, "cached": 0, "ms": 0}
    assert ran == [
        alex | {"tool": "away", "calls": 3, "failed": 3},
        alex | {"tool": "calculator", "calls": 1, "failed": 0},
    ]


async def test_a_request_is_measured_by_the_clock_that_is_handed_in(tmp_path: Path) -> None:
    clock = Clock()

    def slowly(_: object) -> Reply:
        clock.go(seconds=1.5)
        return DEAR

    async with helpdesk(tmp_path, ScriptedModel([slowly]), prices=PRICES, now=clock) as desk:
        thread = await desk.say("U0ALEX", "hello")
        await desk.settle()
        (output,) = [item for item in await desk.items(thread) if isinstance(item, items.ModelOutput)]
        assert (output.ms, output.first_ms, output.cost) == (1_500, 1_500, 550_000)
