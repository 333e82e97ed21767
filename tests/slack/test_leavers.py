"""People who leave: what they asked for, what proves who they are, and what is remembered of them goes with them."""

import asyncio
from pathlib import Path
from typing import cast

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from bot.core.items import Close
from bot.model.demo import DemoModel
from bot.playground import events
from bot.run import leaving
from bot.run.leaving import forgetting
from bot.store import authenticators
from bot.store.tables import leavers
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import KEY, Helpdesk, helpdesk
from tests.slack.cases import read
from tests.slack.dialogs import asking, carded
from tests.slack.edge import door_of
from tools.backends.memories import Memories, Owner
from tools.spec import ToolFailed

ALEX = Owner("T0DEMO", "U0ALEX")


async def leaves(desk: Helpdesk, user: str, event: str = "Ev1", retry: int = 0) -> int:
    """Slack says that the user was deactivated; what we answer."""
    gone = desk.slack.workspace.users[user].model_copy(update={"deleted": True})
    desk.slack.workspace.users[user] = gone
    (said,) = events.user_changed(gone, "1.2")
    async with door_of(desk) as door:
        return await door.event(said, event, retry=retry)


async def remembered(desk: Helpdesk) -> int:
    return len(await cast("Memories", desk.bot.kit.backends[Memories]).of(ALEX))


async def waiting(desk: Helpdesk) -> int:
    count = select(func.count()).select_from(leavers)
    return await desk.bot.database.run(lambda c: c.scalar(count)) or 0


async def test_what_they_asked_for_is_void_and_nobody_can_approve_it_any_more(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking("It waits.", "Too late.")) as desk:
        thread = await carded(desk)
        assert await leaves(desk, "U0ALEX") == 200
        await desk.settle()
        (close,) = [each for each in await desk.items(thread) if isinstance(each, Close)]
        assert (close.verdict, close.reason) == ("void", leaving.ASKED)
        assert leaving.ASKED in read(desk.card(thread).blocks or [])
        assert "approval.approve" not in str(desk.card(thread).blocks)


async def test_what_others_asked_for_about_them_goes_on(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([call("wipe_device", device_id="D-1001"), say("It waits.")])) as desk:
        thread = await desk.say("U0MARIA", "please wipe the device of Alex")
        await desk.settle()
        await leaves(desk, "U0ALEX")
        await desk.settle()
        assert "close" not in await desk.kinds(thread)


async def test_their_authenticator_goes_at_once(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        seal, seed = authenticators.seal_of(KEY), SecretStr("JBSWY3DPEHPK3PXP")
        for user in ("U0DANA", "U0OMAR"):
            await desk.bot.database.run(lambda c, user=user: authenticators.enroll(c, user, seed, seal, 1.0))  # type: ignore[misc]
        await leaves(desk, "U0DANA")
        assert await desk.bot.database.run(lambda c: authenticators.of_user(c, "U0DANA")) is None
        assert await desk.bot.database.run(lambda c: authenticators.of_user(c, "U0OMAR"))


async def test_memories_go_though_their_system_is_away_longer_than_slack_tells_it(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        await desk.say("U0ALEX", "remember that I use a Mac", channel=desk.slack.dm("U0ALEX"))
        await desk.settle()
        run = desk.bot.database.run
        await run(lambda c: c.execute(text("alter table memories rename to lost")))
        assert await leaves(desk, "U0ALEX") == 500
        with pytest.raises((SQLAlchemyError, ToolFailed)):
            await leaving.forget(desk.bot.kit, "T0DEMO", "U0ALEX")
        assert await waiting(desk) == 1
        async with forgetting(desk.bot.kit, again=0.01):
            await run(lambda c: c.execute(text("alter table lost rename to memories")))
            async with asyncio.timeout(60):
                while await waiting(desk):
                    await asyncio.sleep(0.01)
        assert await remembered(desk) == 0


async def test_who_was_told_of_twice_leaves_once(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking("It waits.", "Too late.")) as desk:
        thread = await carded(desk)
        assert [await leaves(desk, "U0ALEX"), await leaves(desk, "U0ALEX", retry=1)] == [200, 200]
        await desk.settle()
        assert (await desk.kinds(thread)).count("close") == 1
        assert await waiting(desk) == 0
