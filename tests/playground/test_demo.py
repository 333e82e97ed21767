"""The demo as a whole: this machine only, whatever is asked for."""

from functools import partial
from pathlib import Path

import httpx
import pytest
import yaml

from bot.model.demo import DemoModel
from bot.playground.demo import SUBSCRIBED, playing
from bot.playground.messages import Message
from tests.rig import KEY

MANIFEST = Path(__file__).parents[2] / "manifest.yml"


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


async def test_it_hears_what_the_manifest_subscribes_to() -> None:
    events = yaml.safe_load(MANIFEST.read_text())["settings"]["event_subscriptions"]["bot_events"]
    assert {each for each in events if not each.startswith(("message.", "app_mention"))} == set(SUBSCRIBED)


async def test_the_home_tab_is_there_for_everybody_and_shows_the_bot_s_list(tmp_path: Path) -> None:
    async with (
        playing(tmp_path, 0, DemoModel(), KEY) as (slack, _bot, address),
        httpx.AsyncClient(base_url=address) as page,
    ):
        for user in ("U0ALEX", "U0DANA"):
            assert (await page.get("/page/state", params={"user": user})).json()["has_home"] is True
            await slack.open_home(user)
            await slack.wait_for(partial(slack.workspace.homes.get, user))


async def test_finance_takes_one_of_it_and_one_of_its_own_and_ends_with_who_leaves(tmp_path: Path) -> None:
    async with playing(tmp_path, 0, DemoModel(), KEY) as (slack, _bot, _address):
        thread = await slack.say("U0ALEX", "C0IT", "<@U0BOT> Give me access to finance-reports for 8 hours.")

        def told(words: str) -> list[Message]:
            return [each for each in slack.thread("C0IT", thread) if words in f"{each.text}{each.blocks}"]

        for approver, then in (("U0MARIA", "*1 of 2*"), ("U0INGRID", "<@U0INGRID>\\nWaiting for"), ("U0DANA", "Done.")):
            asked = (await slack.wait_for(lambda: told("Approval needed: grant access")))[0]
            await slack.click(approver, "C0IT", asked.ts, "approval.approve")
            await slack.wait_for(partial(told, then))
        assert told("*Approved* by <@U0MARIA>, <@U0INGRID>, <@U0DANA>")

        slack.deactivate("U0ALEX")
        await slack.wait_for(lambda: told("Over now: grant access"))
