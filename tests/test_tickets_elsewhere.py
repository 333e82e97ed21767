"""Tickets elsewhere are there where the settings name them, and cost nothing where they do not."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import config
from bot.config import Settings
from bot.errors import ConfigError
from bot.systems import systems_of
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import helpdesk
from tests.slack.test_freeze import command
from tests.tools.rt import RtWorld, rt_world
from tools.backends.embedded import Booked
from tools.backends.tables import rt_changes, tickets
from tools.backends.tickets import Tickets

pytestmark = pytest.mark.sqlite


@pytest.fixture(scope="module")
def rt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtWorld]:
    with rt_world(tmp_path_factory.mktemp("rt")) as world:
        yield world


async def test_a_ticket_asked_for_in_slack_is_in_the_request_tracker_of_the_settings(
    rt: RtWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = {
        "SLACK_BOT_TOKEN": "xoxb-1-abc",
        "SLACK_APP_TOKEN": "xapp-1-abc",
        "OPENAI_API_KEY": "sk-abc",
        "HELPDESK_SECRET_KEY": "0123456789abcdef" * 2,
        "HELPDESK_RT_URL": f"{rt.url}/",
        "HELPDESK_RT_TOKEN": rt.token.get_secret_value(),
        "HELPDESK_RT_QUEUE": "IT",
        "HELPDESK_RT_HUMAN_QUEUE": "IT people",
    }
    for name, value in asked.items():
        monkeypatch.setenv(name, value)
    async with systems_of(config.settings()) as systems:
        assert isinstance(systems[Tickets], Booked)
        ticket = {"title": "Screen flickers", "description": "Since Monday.", "priority": "high"}
        model = ScriptedModel([call("create_ticket", **ticket), say("Done.")])
        async with helpdesk(tmp_path, model, systems=systems) as desk:
            await desk.say("U0ALEX", "a ticket, please")
            await desk.settle()
            (told,) = await command(desk, "U0ALEX", "tickets")
            assert "id=1|RT-1>* Screen flickers" in told
            assert [each["id"] for each in rt.shown("RT-1")["Requestor"]] == ["alex.chen@example.com"]
            assert await desk.bot.database.run(lambda c: c.execute(select(rt_changes.c.ticket)).scalars().all()) == [1]
            assert await desk.bot.database.run(lambda c: c.execute(select(tickets)).all()) == []


def test_an_address_without_a_token_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HELPDESK_RT_URL", "https://rt.example.com")
    with pytest.raises(ConfigError, match="HELPDESK_RT_URL takes HELPDESK_RT_TOKEN beside it"):
        config.settings()


@pytest.mark.parametrize("url", ["https://rt.example.com/", "https://example.com:8443/rt", "http://127.0.0.1:8080"])
def test_an_address_is_kept_without_its_last_slash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1-abc")
    monkeypatch.setenv("HELPDESK_SECRET_KEY", "0123456789abcdef" * 2)
    monkeypatch.setenv("HELPDESK_RT_TOKEN", "1-2-abc")
    monkeypatch.setenv("HELPDESK_RT_URL", url)
    assert Settings().helpdesk_rt_url == url.rstrip("/")


def test_nobody_loads_it_who_does_not_use_it() -> None:
    look = (
        "import bot.workspace, sys; print(any('request_tracker.' in each for each in sys.modules if 'tools' in each))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
