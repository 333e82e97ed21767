"""A tool whose breaker is open: what is not started, what fails at once and is not unknown, what is put off."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from bot.core import items
from bot.core.steps import Run
from bot.run.breakers import CALLS, OPEN_S
from bot.run.calls import held_back
from tests.core.story import NOON, Story
from tests.fakes.model import Scripted, ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk
from tests.run.growing import at_work
from tests.slack.edge import Clock
from tests.waiting import until
from tools.spec import Risk, Tool, ToolFailed, tool


class Fax:
    """Cannot be repeated; does what a test says."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.failure: Exception | None = ToolFailed("The line is dead.")
        self.go = asyncio.Event()
        self.go.set()

    @property
    def tool(self) -> Tool:
        async def fax(text: str) -> str:
            """Send a fax."""
            self.sent.append(text)
            await self.go.wait()
            if self.failure:
                raise self.failure
            return "sent"

        return tool(risk=Risk.LOW)(fax)


def script(times: int) -> list[Scripted]:
    return [each for n in range(times) for each in (call("fax", text=str(n)), say("That is all."))]


async def opened(desk: Helpdesk) -> None:
    """Five faxes fail, each in a thread of its own."""
    for _ in range(CALLS):
        await desk.say("U0ALEX", "send it")
        await desk.settle()


async def ended(desk: Helpdesk, thread: str) -> list[items.Item]:
    await desk.settle()
    found = await desk.items(thread)
    return [each for each in found if isinstance(each, items.Refused | items.ToolResult | items.ToolUnknown)]


async def test_what_cannot_be_repeated_is_not_even_started(tmp_path: Path) -> None:
    fax, clock = Fax(), Clock()
    async with helpdesk(
        tmp_path, ScriptedModel(script(CALLS + 2)), tools=(fax.tool,), now=clock, monotonic=clock.monotonic
    ) as desk:
        await opened(desk)
        thread = await desk.say("U0ALEX", "send it")
        (refused,) = await ended(desk, thread)
        assert isinstance(refused, items.Refused)
        assert "fax has not worked lately; try again in " in refused.reason
        assert "tool_start" not in await desk.kinds(thread)
        assert len(fax.sent) == CALLS

        fax.failure = None
        clock.pass_(OPEN_S)
        thread = await desk.say("U0ALEX", "send it")
        (done,) = await ended(desk, thread)
        assert isinstance(done, items.ToolResult)
        assert done.outcome == "done"


async def test_a_clock_that_is_set_back_keeps_nothing_shut(tmp_path: Path) -> None:
    fax, clock, watch = Fax(), Clock(), Clock()
    model = ScriptedModel(script(CALLS + 1))
    async with helpdesk(tmp_path, model, tools=(fax.tool,), now=clock, monotonic=watch.monotonic) as desk:
        await opened(desk)
        fax.failure = None
        clock.pass_(-3_600)
        watch.pass_(OPEN_S)
        thread = await desk.say("U0ALEX", "send it")
        (done,) = await ended(desk, thread)
        assert isinstance(done, items.ToolResult)
        assert done.outcome == "done"


async def test_what_was_turned_away_after_its_start_failed_and_is_not_unknown(tmp_path: Path) -> None:
    """One tries whether the line works again; whoever comes meanwhile is turned away, and was never connected."""
    fax, clock = Fax(), Clock()
    both = [call("fax", text="one"), call("fax", text="other"), say("That is all."), say("That is all.")]
    model = ScriptedModel([*script(CALLS), *both])
    async with helpdesk(tmp_path, model, tools=(fax.tool,), now=clock, monotonic=clock.monotonic) as desk:
        await opened(desk)
        clock.pass_(OPEN_S)
        fax.go.clear()
        await desk.say("U0ALEX", "send it")
        await until(lambda: len(fax.sent) == CALLS + 1)
        other = await desk.say("U0DANA", "send it")
        await until(lambda: len(desk.transcript(other)) == 2)
        found = [each for each in await desk.items(other) if isinstance(each, items.ToolResult | items.ToolUnknown)]
        assert [each.outcome for each in found if isinstance(each, items.ToolResult)] == ["failed"]
        assert len(found) == 1
        assert len(fax.sent) == CALLS + 1
        fax.failure = None
        fax.go.set()
        await desk.settle()


async def _broken() -> object:
    raise ToolFailed("away")


async def test_what_the_clock_ends_is_put_off_and_what_can_be_repeated_starts(tmp_path: Path) -> None:
    async with at_work(tmp_path) as kit:
        story = Story()
        turn = story.turn()
        (note,) = story.calls(turn, ("note_down", '{"text":"a"}'))
        take = '{"user_id":"U-456","group":"reports"}'
        due = items.Call(origin="clock", turn=turn, tool="take", arguments=take, of=note, due=NOON)
        clock = story.add(due)
        assert held_back(kit, story.thread, Run((clock,))) == []
        for name in ("take", "note_down"):
            for _ in range(CALLS):
                with suppress(ToolFailed):
                    await kit.breakers.call(name, _broken)
        until_then = kit.now() + timedelta(seconds=OPEN_S)
        (postponed,) = held_back(kit, story.thread, Run((clock,)))
        assert isinstance(postponed, items.Postponed)
        assert postponed.until <= until_then + timedelta(seconds=OPEN_S)
        assert held_back(kit, story.thread, Run((note,))) == []
