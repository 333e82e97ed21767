"""A directory elsewhere is there where the settings name it, and costs nothing where they do not."""

import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from bot import config
from bot.config import Settings
from bot.config.scim import ScimSettings
from bot.errors import ConfigError
from bot.systems import directory_of, systems_of
from tests.tools.scim import TOKEN, scim_world
from tools.backends.access import Access
from tools.backends.directory import Directory
from tools.backends.embedded import Booked


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No .env, and what a start needs."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-1-abc",
        "SLACK_APP_TOKEN": "xapp-1-abc",
        "OPENAI_API_KEY": "sk-abc",
        "HELPDESK_SECRET_KEY": "0123456789abcdef" * 2,
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


async def test_a_directory_by_scim_is_asked_as_the_settings_say(here: pytest.MonkeyPatch) -> None:
    with scim_world() as world:
        here.setenv("HELPDESK_SCIM_URL", world.url)
        here.setenv("HELPDESK_SCIM_TOKEN", TOKEN.get_secret_value())
        here.setenv("HELPDESK_SCIM_EMAIL", "userName")
        here.setenv("HELPDESK_PRIVILEGED_GROUPS", "IT-Admins, finance")
        async with systems_of(config.settings()) as systems:
            assert isinstance(systems[Access], Booked)
            directory = cast("Directory", systems[Directory])
            dana = await directory.find_by_email("dana.kim@example.com")
            assert dana
            assert (dana.id, dana.email, dana.privileged) == ("U-201", "dana.kim@example.com", True)
        async with directory_of(config.scim_settings()) as found:
            assert found
            assert await found.find("U-123")


@pytest.mark.usefixtures("here")
async def test_without_them_the_embedded_ones_are_asked() -> None:
    async with systems_of(Settings()) as systems:
        assert systems == {}
    async with directory_of(ScimSettings()) as found:
        assert found is None


def test_an_address_without_a_token_stops_the_start(here: pytest.MonkeyPatch) -> None:
    here.setenv("HELPDESK_SCIM_URL", "https://id.example.com/scim/v2")
    with pytest.raises(ConfigError, match="HELPDESK_SCIM_URL takes HELPDESK_SCIM_TOKEN beside it"):
        config.settings()


def test_nobody_loads_scim_who_does_not_use_it() -> None:
    said = "import bot.live, sys; print(any(each.startswith('scim2') for each in sys.modules))"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
