"""Access given for some hours ends by the clock, whatever happens to the bot or to the system behind it meanwhile."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from sqlalchemy import text

from bot.core import house
from bot.store import arrivals, inbox
from bot.store.arrivals import PersonGone, SwitchArrived, ThreadId
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk
from tools.backends.access import Access

#: the group is Alex's for good; the other one is not theirs
THEIRS, OTHER = "engineering", "finance-reports"


class Clock:
    """A clock that a test can put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def grants(*groups: str) -> ScriptedModel:
    """A model that asks for two hours in each of the groups, one after the other."""
    replies = []
    for group in groups:
        wanted = {"user_id": "U-123", "group": group, "duration_hours": 2, "reason": "month end"}
        replies += [call("grant_access", **wanted), say("You are in.")]
    return ScriptedModel(replies)


async def ask(desk: Helpdesk, group: str = OTHER, thread: str | None = None) -> str:
    """Alex asks, and Dana approves; the thread."""
    thread = await desk.say("U0ALEX", f"I need {group} for two hours", thread)
    await desk.settle()
    waiting = [each for each in desk.slack.thread("C0IT", thread) if "waiting for approval" in each.text]
    await desk.click("U0DANA", waiting[-1], "approve")
    await desk.settle()
    return thread


@asynccontextmanager
async def granted(folder: Path, clock: Clock, group: str = OTHER) -> AsyncIterator[tuple[Helpdesk, str]]:
    """Alex was given two hours in the group."""
    async with helpdesk(folder, grants(group), now=clock) as desk:
        yield desk, await ask(desk, group)


async def groups(desk: Helpdesk) -> list[str]:
    """The groups Alex was put into, as the access system says."""
    access = cast("Access", desk.bot.kit.backends[Access])
    return [held.group.name for held in await access.of("U-123")]


async def endings(desk: Helpdesk, thread: str) -> list[str]:
    """What the clock did so far: kinds of the items about its calls, results by their outcome."""
    log = await desk.items(thread)
    clocks = {seq for seq, item in enumerate(log, 1) if item.kind == "call" and item.origin == "clock"}
    about = [item for item in log if getattr(item, "call", None) in clocks]
    return [item.outcome if item.kind == "tool_result" else item.kind for item in about]


async def until(desk: Helpdesk, thread: str, what: str, times: int = 1) -> None:
    """Wait until the clock did this so often; the scanner looks four times a second."""
    async with asyncio.timeout(60):
        while (await endings(desk, thread)).count(what) < times:
            await asyncio.sleep(0.05)
    await desk.settle()


async def breaks(desk: Helpdesk, *, back: bool = False) -> None:
    """The access system loses a table; `back`: it has it again."""
    old, new = ("gone", "people_memberships") if back else ("people_memberships", "gone")
    await desk.bot.database.run(lambda connection: connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}")))


async def test_access_ends_when_its_hours_are_over_and_not_before(tmp_path: Path) -> None:
    clock = Clock()
    async with granted(tmp_path, clock) as (desk, thread):
        assert OTHER in await groups(desk)
        clock.ahead = timedelta(minutes=119)
        await asyncio.sleep(0.6)  # two looks of the scanner
        assert OTHER in await groups(desk)
        clock.ahead = timedelta(hours=2, seconds=1)
        await until(desk, thread, "done")
        assert OTHER not in await groups(desk)
        assert await endings(desk, thread) == ["tool_start", "done"]


async def test_access_whose_end_came_while_the_bot_was_down_ends_at_its_start(tmp_path: Path) -> None:
    clock = Clock()
    async with granted(tmp_path, clock) as (desk, thread):
        slack = desk.slack
    clock.ahead = timedelta(hours=5)
    async with helpdesk(tmp_path, ScriptedModel(), slack=slack, now=clock) as again:
        await until(again, thread, "done")
        assert OTHER not in await groups(again)


async def test_a_system_that_is_down_then_is_asked_again_until_it_answers_and_people_are_told(tmp_path: Path) -> None:
    clock = Clock()
    async with granted(tmp_path, clock) as (desk, thread):
        await breaks(desk)
        clock.ahead = timedelta(hours=2, seconds=1)
        for times in range(1, 6):
            await until(desk, thread, "passing", times)
            clock.ahead += timedelta(minutes=11)
        await desk.settle()
        told = [line for line in desk.transcript(thread) if re.search("still|again|broken", line)]
        assert len(told) == 1, "once, not at every attempt"
        await breaks(desk, back=True)
        await until(desk, thread, "done")
        assert OTHER not in await groups(desk)


async def test_who_was_a_member_before_loses_nothing(tmp_path: Path) -> None:
    clock = Clock()
    async with granted(tmp_path, clock, THEIRS) as (desk, thread):
        clock.ahead = timedelta(hours=3)
        await until(desk, thread, "done")
        assert THEIRS in await groups(desk)


async def test_what_a_later_grant_still_covers_goes_on(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, grants(OTHER, OTHER), now=clock) as desk:
        first = await ask(desk)
        clock.ahead = timedelta(minutes=50)
        second = await ask(desk)
        clock.ahead = timedelta(hours=2, minutes=1)
        await until(desk, first, "done")
        assert OTHER in await groups(desk)
        clock.ahead = timedelta(hours=3, minutes=1)
        await until(desk, second, "done")
        assert OTHER not in await groups(desk)


async def test_while_everything_stands_still_nothing_ends_and_then_it_does(tmp_path: Path) -> None:
    clock = Clock()
    async with granted(tmp_path, clock) as (desk, thread):
        await switch(desk, "freeze", None)
        clock.ahead = timedelta(hours=2, seconds=1)
        await until(desk, thread, "postponed")
        assert OTHER in await groups(desk)
        for actor in ("U0DANA", "U0OMAR"):
            await switch(desk, "unfreeze", actor)
        await until(desk, thread, "done")
        assert OTHER not in await groups(desk)


async def test_who_leaves_loses_it_at_once(tmp_path: Path) -> None:
    clock = Clock()
    async with granted(tmp_path, clock) as (desk, thread):
        conversation = f"T0DEMO:C0IT:{thread}"
        await put(desk, conversation, "gone", PersonGone(record="U-123"))
        await until(desk, thread, "done")
        assert OTHER not in await groups(desk)


async def switch(desk: Helpdesk, action: str, actor: str | None) -> None:
    """Somebody stops everything, or lets it go on."""
    place = ThreadId(tenant="T0DEMO", channel=house.CHANNEL, thread_ts="0", private=False)
    arrived = SwitchArrived.model_validate({"thread": place, "action": action, "actor": actor})
    await put(desk, place.conversation, f"{action} {actor}", arrived)


async def put(desk: Helpdesk, conversation: str, key: str, arrived: arrivals.Arrived) -> None:
    """As a listener does it; the scanner finds it."""
    now = desk.bot.kit.now().timestamp()
    await desk.bot.database.run(
        lambda connection: inbox.put(connection, key, conversation, arrived, sent_at=now, received_at=now)
    )
    await desk.settle()
