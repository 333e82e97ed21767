"""Promise: a kill at any point leaves the same transcript, up to ids and times."""

import asyncio
import random
import re
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from starlette.middleware import Middleware

from bot.model.demo import DemoModel
from bot.playground import LocalSlack
from tests.rig import CHANNEL, Helpdesk, helpdesk, is_card, kill, spoken
from tests.run.death import Death, Died, MortalApi, MortalModel

#: every so many moments a death; another run has the moments between
STRIDE = 5

Act = Callable[[Helpdesk], Awaitable[None]]


def thread_of(slack: LocalSlack) -> str:
    return slack.messages(CHANNEL)[0].ts


async def ask(desk: Helpdesk) -> None:
    if not desk.slack.messages(CHANNEL):
        await desk.say("U0ALEX", "My wifi is down, and reset the password of U-456")


async def approve(desk: Helpdesk) -> None:
    """Somebody who sees that nothing came of the click presses again."""
    card = next(each for each in desk.slack.thread(CHANNEL, thread_of(desk.slack)) if is_card(each))
    if "waiting" in card.text:
        await desk.slack.click("U0DANA", CHANNEL, card.ts, "approval.approve")


async def follow_up(desk: Helpdesk) -> None:
    if not any(each.text == "thank you" for each in desk.slack.thread(CHANNEL, thread_of(desk.slack))):
        await desk.say("U0ALEX", "thank you", thread_of(desk.slack))


ACTS: tuple[Act, ...] = (ask, approve, follow_up)


async def play(folder: Path, death: Death) -> list[str]:
    """The whole dialog, with a new life where death came; what Slack shows at the end."""
    slack: LocalSlack | None = None
    acts = list(ACTS)
    while acts:
        # whatever works beside may be what died, and says so where it is waited for
        with suppress(Died):
            async with helpdesk(
                folder,
                MortalModel(DemoModel(), death),
                slack=slack,
                middleware=[Middleware(MortalApi, death=death)],
            ) as desk:
                slack, dead_before = desk.slack, death.came
                death.armed = not dead_before
                await _act(desk, death, acts)
                if death.came and not dead_before:
                    kill()
        death.armed = False
    assert slack
    return transcript(slack)


async def _act(desk: Helpdesk, death: Death, acts: list[Act]) -> None:
    """One after the other, and each is done once it is over; until death comes."""
    dead_before = death.came
    while acts and death.came == dead_before:
        await acts[0](desk)
        await settled_or_dead(desk, death)
        if death.came == dead_before:
            acts.pop(0)


async def settled_or_dead(desk: Helpdesk, death: Death) -> None:
    """Wait for either; looked at past the bot's own database, so that looking is no moment."""
    file = desk.bot.database.url.database or ""
    async with asyncio.timeout(60):
        while not (death.armed and death.came) and (desk.slack.outbox.pending or restless(file)):
            await asyncio.sleep(0.02)


def restless(file: str) -> bool:
    with closing(sqlite3.connect(file)) as connection:
        (found,) = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM inbox WHERE body IS NOT NULL)"
            " OR EXISTS (SELECT 1 FROM deliveries WHERE due = 1)"
            " OR EXISTS (SELECT 1 FROM conversations WHERE wake_at = 0)"
            " OR EXISTS (SELECT 1 FROM turns WHERE running = 1)"
        ).fetchone()
    return bool(found)


def transcript(slack: LocalSlack) -> list[str]:
    """Everything people see, without ids and times, and what Slack says of our work."""
    shown = [*slack.thread(CHANNEL, thread_of(slack)), *slack.messages("D0SAM")]
    status = slack.status(CHANNEL, thread_of(slack))
    return [status] + [
        re.sub(r"token=[\w-]+|\d{10}[.\d]*|\d+ \w+ \d{4}, [\d:]+ UTC", "…", f"{m.user}: {spoken(m)} {buttons(m)}")
        for m in shown
    ]


def buttons(message: object) -> list[str]:
    blocks = getattr(message, "blocks", None) or []
    return [each.get("action_id", "") for block in blocks for each in block.get("elements", [])]


@pytest.mark.sqlite
async def test_a_kill_at_any_point_leaves_the_same_transcript(tmp_path: Path) -> None:
    expected, _ = await life(tmp_path, 0)
    assert len(expected) == 9
    assert expected[0] == "active"
    at = random.randint(1, STRIDE)  # noqa: S311 -- whatever fails names its moment
    while True:
        shown, death = await life(tmp_path, at)
        if not death.came:
            break
        assert shown == expected, f"killed at moment {at}: {death.moments[-1]} after {death.moments[-4:-1]}"
        at += STRIDE
    assert at > 20, "the dialog has more moments than this"


async def life(folder: Path, at: int) -> tuple[list[str], Death]:
    """The dialog with a death at this moment, in a folder of its own."""
    own, death = folder / str(at), Death(at)
    own.mkdir()
    with death.watching_databases():
        return await play(own, death), death
