"""Opening the direct message with us shows what one could ask, and not over and over."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from bot.slack import prompts
from bot.slack.words import PROMPTS
from tests.fakes.model import ScriptedModel, say
from tests.rig import Helpdesk, helpdesk
from tests.slack.edge import Clock
from tests.waiting import until


def shown(desk: Helpdesk) -> list[str]:
    """The channels where the bot showed them."""
    return [args["channel_id"] for name, args in desk.slack.calls if name == prompts.METHOD]


async def opened(desk: Helpdesk, user: str) -> None:
    await desk.slack.open_home(user, "messages")
    await desk.slack.wait_for(lambda: not desk.slack.outbox.pending)


async def test_they_are_shown_once_an_hour_to_each_person(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, ScriptedModel(), now=clock) as desk:
        alex, sam = (desk.slack.workspace.open_im(user) for user in ("U0ALEX", "U0SAM"))
        for user in ("U0ALEX", "U0ALEX", "U0SAM", "U0ALEX"):
            await opened(desk, user)
        await until(lambda: shown(desk) == [alex, sam])
        clock.ahead = timedelta(hours=1, minutes=1)
        await opened(desk, "U0ALEX")
        await until(lambda: shown(desk) == [alex, sam, alex])
        assert desk.slack.workspace.statuses[f"{alex}/"]["prompts"] == list(PROMPTS)


async def test_slack_may_refuse_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with helpdesk(tmp_path, ScriptedModel([say("Hello.")])) as desk:
        desk.slack.limit(prompts.METHOD, 1, retry_after=100)
        await opened(desk, "U0ALEX")
        await until(lambda: "Slack wants a pause" in caplog.text)
        await opened(desk, "U0SAM")
        thread = await desk.say("U0ALEX", "hello", channel=desk.slack.workspace.open_im("U0ALEX"))
        await desk.settle()
        assert desk.transcript(thread, desk.slack.workspace.open_im("U0ALEX"))[-1] == "U0BOT: Hello."
        assert len(shown(desk)) == 1, "nothing is asked of Slack during a pause"
