"""Access lasts no longer than was granted and is for the group that was approved, however often it is attempted."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Connection, text, update

from bot.playground import LocalSlack
from bot.store import inbox
from bot.store.arrivals import PersonGone
from tests.attacks.rest import rest
from tests.fakes.model import ScriptedModel, say
from tests.rig import Helpdesk, helpdesk, kill
from tests.run.test_endings import OTHER, Clock, grants, groups
from tools.backends.access import Access, Granted
from tools.backends.tables import people_groups
from tools.spec import ToolFailed


class Flaky:
    """The access system, at whose first grant something happens; `acts`: after the grant, else before."""

    def __init__(self, real: Access, first: Callable[[], Awaitable[None]], acts: bool) -> None:
        self._real = real
        self._first = first
        self._acts = acts
        self._grants = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def grant(self, *asked: Any) -> Granted:
        self._grants += 1
        if self._grants == 1:
            if self._acts:
                await self._real.grant(*asked)
            await self._first()
        return await self._real.grant(*asked)


def access(desk: Helpdesk) -> Access:
    return cast("Access", desk.bot.kit.backends[Access])


def at_the_first_grant(desk: Helpdesk, first: Callable[[], Awaitable[None]], *, acts: bool = False) -> None:
    """`first` happens when the access system is first asked to grant, after it did so (`acts`) or before."""
    cast("dict[type, object]", desk.bot.kit.backends)[Access] = Flaky(access(desk), first, acts)


async def asked(desk: Helpdesk) -> str:
    """Alex asked for two hours, and the card is up; the thread."""
    thread = await desk.say("U0ALEX", "I need it for two hours")
    await desk.settle()
    return thread


def interrupt(connection: Connection) -> None:
    """What was under way when the bot died is looked at now instead of after the claim is over."""
    connection.execute(text("UPDATE conversations SET wake_at = 0 WHERE id LIKE '%C0IT%'"))


async def grant_that_dies_with_the_bot(folder: Path, clock: Clock, acts: bool) -> tuple[LocalSlack, str]:
    """Slack as the dead bot left it, and the thread; `acts`: the grant took effect before."""
    started, never = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        started.set()
        await never.wait()

    async with helpdesk(folder, grants(OTHER), now=clock) as desk:
        at_the_first_grant(desk, hang, acts=acts)
        thread = await asked(desk)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await asyncio.wait_for(started.wait(), 60)
        kill()
        return desk.slack, thread


@pytest.mark.parametrize("acts", [False, True])
async def test_a_grant_that_died_with_the_bot_is_not_repeated_without_its_approver_and_never_lasts(
    tmp_path: Path, acts: bool
) -> None:
    """The approver leaves the group while the bot is down; `acts`: the grant took effect before the bot died."""
    clock = Clock()
    slack, thread = await grant_that_dies_with_the_bot(tmp_path, clock, acts)
    group = slack.workspace.usergroups["S0ITADM"]
    slack.workspace.usergroups["S0ITADM"] = group.model_copy(update={"users": ("U0OMAR",)})
    clock.ahead = timedelta(seconds=30)
    async with helpdesk(tmp_path, ScriptedModel([say("Ok.")] * 3), slack=slack, now=clock) as desk:
        await desk.bot.database.run(interrupt)
        await rest(desk, clock)
        assert any("please check by hand" in line for line in desk.transcript(thread))
        assert (OTHER in await groups(desk)) == acts
        clock.ahead = timedelta(hours=3)
        await rest(desk, clock)
        assert OTHER not in await groups(desk)


async def test_somebody_who_leaves_between_two_attempts_of_a_grant_does_not_keep_it(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, grants(OTHER), now=clock) as desk:
        conversations: list[str] = []

        def leave(connection: Connection) -> None:
            now = clock().timestamp()
            gone = PersonGone(record="U-123")
            inbox.put(connection, "left:1", conversations[0], gone, sent_at=now, received_at=now)

        async def fail() -> None:
            await desk.bot.database.run(leave)
            raise ToolFailed("not now")

        at_the_first_grant(desk, fail)
        thread = await asked(desk)
        conversations.append(f"T0DEMO:C0IT:{thread}")
        await desk.click("U0DANA", desk.card(thread), "approve")
        await rest(desk, clock)
        clock.ahead = timedelta(days=300)
        await rest(desk, clock)
        assert OTHER not in await groups(desk)


def swap_names(connection: Connection) -> None:
    """The group that was approved and a privileged one exchange their names."""
    for old, new in ((OTHER, "tmp"), ("admin-db", OTHER), ("tmp", "admin-db")):
        connection.execute(update(people_groups).where(people_groups.c.name == old).values(name=new))


async def held(desk: Helpdesk) -> Sequence[str]:
    """The ids of Alex's groups."""
    return [each.group.id for each in await access(desk).of("U-123")]


async def test_the_second_attempt_grants_the_approved_group_or_nothing(tmp_path: Path) -> None:
    """Approved was finance-reports, G-008; between the attempts another group gets this name."""
    async with helpdesk(tmp_path, grants(OTHER)) as desk:

        async def fail() -> None:
            await desk.bot.database.run(swap_names)
            raise ToolFailed("not now")

        at_the_first_grant(desk, fail)
        thread = await asked(desk)
        before = await held(desk)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await rest(desk)
        assert {*await held(desk)} - {*before} <= {"G-008"}
