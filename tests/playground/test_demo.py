"""The demo as a whole: this machine only, whatever is asked for."""

from pathlib import Path

import httpx
import pytest

from bot.model.demo import DemoModel
from bot.playground.demo import playing
from tests.rig import KEY


@pytest.mark.parametrize(
    "path", ["/", "/page/state", "/api/auth.test", "/slack/events", "/reset", "/healthz", "/readyz"]
)
async def test_every_door_is_closed_to_other_sites(tmp_path: Path, path: str) -> None:
    async with playing(tmp_path, 0, DemoModel(), KEY) as (_, __, address), httpx.AsyncClient() as other:
        for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
            for verb in ("GET", "POST"):
                assert (await other.request(verb, f"{address}{path}", headers=headers)).status_code == 403
        assert (await other.get(f"{address}/readyz")).status_code == 200


async def test_its_signing_secret_and_token_are_new_at_every_start(tmp_path: Path) -> None:
    made = []
    for _ in range(2):
        async with playing(tmp_path, 0, DemoModel(), KEY) as (slack, _bot, _address):
            made.append((slack.token, slack.signing_secret))
    assert made[0][0] != made[1][0]
    assert made[0][1] != made[1][1]


async def test_what_was_said_is_still_there_after_a_restart(tmp_path: Path) -> None:
    async with playing(tmp_path, 0, DemoModel(), KEY) as (slack, _bot, _address):
        thread = await slack.say("U0ALEX", "C0IT", "<@U0BOT> what is 6*7?")
        await slack.wait_for(lambda: len(slack.thread("C0IT", thread)) == 2)
    async with playing(tmp_path, 0, DemoModel(), KEY) as (slack, _bot, _address):
        assert len(slack.thread("C0IT", thread)) == 2
        await slack.say("U0ALEX", "C0IT", "and 7*7?", thread)
        await slack.wait_for(lambda: len(slack.thread("C0IT", thread)) == 4)


async def test_a_demo_that_is_stopped_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    """Whatever the bot believes to have shown is still shown after the restart."""
    async with playing(tmp_path, 0, DemoModel(), KEY) as (slack, _bot, _address):
        thread = await slack.say("U0ALEX", "C0IT", "<@U0BOT> My wifi is down, and reset the password of U-456")
        await slack.wait_for(lambda: not slack.outbox.pending)
    async with playing(tmp_path, 0, DemoModel(), KEY) as (slack, _bot, _address):
        await slack.wait_for(lambda: len(slack.thread("C0IT", thread)) == 3)
        assert len(slack.messages("C0APPROVE")) == 1
