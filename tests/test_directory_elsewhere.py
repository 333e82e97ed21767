"""A directory elsewhere is there where the settings name it, and costs nothing where they do not."""

import ssl
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import cast

import pytest

from bot import config
from bot.config import Settings
from bot.config.directory import DirectorySettings
from bot.config.ldap import NAMED
from bot.elsewhere import tls
from bot.errors import ConfigError
from bot.systems import directory_of, systems_of
from tests.tools.ldap import ldap_world
from tests.tools.scim import TOKEN, scim_world
from tests.tools.slapd import BOT, PASSWORD, SUFFIX, ldap_or_skip
from tools.backends.access import Access
from tools.backends.accounts import Locks, Passwords
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


def by_ldap(url: str) -> dict[str, str]:
    """The settings of a directory there."""
    return {
        "HELPDESK_LDAP_URL": url,
        "HELPDESK_LDAP_USER": BOT,
        "HELPDESK_LDAP_PASSWORD": PASSWORD.get_secret_value(),
        "HELPDESK_LDAP_BASE": SUFFIX,
        "HELPDESK_LDAP_ATTRIBUTES": "id=employeeNumber,group_id=businessCategory",
    }


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
        async with directory_of(config.read(config.DirectorySettings)) as found:
            assert found
            assert await found.find("U-123")


async def test_a_directory_by_ldap_is_asked_as_the_settings_say(here: pytest.MonkeyPatch) -> None:
    with ldap_world() as world:
        for name, value in by_ldap(f"ldap://127.0.0.1:{world.port}").items():
            here.setenv(name, value)
        here.setenv("HELPDESK_PRIVILEGED_GROUPS", "IT-Admins")
        async with systems_of(config.settings()) as systems:
            assert {Access, Locks, Passwords} < systems.keys()
            dana = await cast("Directory", systems[Directory]).find_by_email("dana.kim@example.com")
            assert dana
            assert (dana.id, dana.privileged) == ("U-201", True)
            here.setenv("HELPDESK_LDAP_PEOPLE_FILTER", "(&(objectClass=inetOrgPerson)(!(ou=IT)))")
        async with directory_of(config.read(config.DirectorySettings)) as found:
            assert found
            assert await found.find("U-201") is None


async def test_what_can_take_new_passwords_is_asked_to_where_the_settings_say_so(here: pytest.MonkeyPatch) -> None:
    here.setenv("HELPDESK_SCIM_URL", "http://127.0.0.1:9/scim/v2")
    here.setenv("HELPDESK_SCIM_TOKEN", TOKEN.get_secret_value())
    here.setenv("HELPDESK_SCIM_PASSWORDS", "1")
    async with systems_of(config.settings()) as systems:
        assert Passwords in systems
        assert Locks not in systems


def test_two_directories_stop_the_start(here: pytest.MonkeyPatch) -> None:
    for name, value in by_ldap("ldaps://ldap.example.com").items():
        here.setenv(name, value)
    config.settings()
    here.setenv("HELPDESK_SCIM_TOKEN", TOKEN.get_secret_value())
    here.setenv("HELPDESK_SCIM_URL", "https://id.example.com/scim/v2")
    with pytest.raises(ConfigError, match="HELPDESK_LDAP_URL takes no HELPDESK_SCIM_URL beside it"):
        config.settings()


def test_ldap_without_bonsai_stops_the_start_with_what_to_install(here: pytest.MonkeyPatch) -> None:
    for name, value in by_ldap("ldaps://ldap.example.com").items():
        here.setenv(name, value)
    opened = "asyncio.run(systems_of(config.settings()).__aenter__())"
    said = (
        "import asyncio, sys; sys.modules['bonsai'] = None; from bot import config; from bot.systems import systems_of"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{said}; {opened}"], capture_output=True, text=True, timeout=60, check=False
    )
    assert "pip install 'helpdesk-agent[ldap]'" in done.stderr.splitlines()[-1]
    assert "libldap-dev and libsasl2-dev" in done.stderr.splitlines()[-1]


def test_every_name_that_may_be_another_there_can_be_set() -> None:
    ldap_or_skip()
    from tools.backends.ldap.schema import Names  # noqa: PLC0415 -- an extra

    assert [each.name for each in fields(Names)] == [*NAMED]


@pytest.mark.parametrize(
    ("url", "plain", "spoken"),
    [
        ("ldap://localhost", "0", False),
        ("ldap://127.0.0.1:3890", "0", False),
        ("ldap://[::1]", "0", False),
        ("ldap://127.0.0.1.example.com", "0", True),
        ("ldap://ldap.example.com", "0", True),
        ("ldap://ldap.example.com", "1", False),
        ("ldaps://localhost", "1", True),
    ],
)
def test_plain_text_is_spoken_on_this_machine_only_unless_somebody_wants_it(
    here: pytest.MonkeyPatch, url: str, plain: str, spoken: bool
) -> None:
    for name, value in by_ldap(url).items():
        here.setenv(name, value)
    here.setenv("HELPDESK_LDAP_PLAIN", plain)
    settings = config.read(config.DirectorySettings)
    found = tls(settings, url)
    assert (found is not None) is spoken
    if found:
        assert (found.verify_mode, found.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_certificates_that_are_none_stop_the_start(here: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("hunter2")
    for name, value in by_ldap("ldaps://ldap.example.com").items():
        here.setenv(name, value)
    here.setenv("HELPDESK_LDAP_CA", str(tmp_path / "ca.pem"))
    with pytest.raises(ConfigError, match="HELPDESK_LDAP_CA takes a file of certificates in PEM"):
        tls(config.read(config.DirectorySettings), "ldaps://ldap.example.com")


@pytest.mark.usefixtures("here")
async def test_without_them_the_embedded_ones_are_asked() -> None:
    async with systems_of(Settings()) as systems:
        assert systems == {}
    async with directory_of(DirectorySettings()) as found:
        assert found is None


def test_an_address_without_a_token_stops_the_start(here: pytest.MonkeyPatch) -> None:
    here.setenv("HELPDESK_SCIM_URL", "https://id.example.com/scim/v2")
    with pytest.raises(ConfigError, match="HELPDESK_SCIM_URL takes HELPDESK_SCIM_TOKEN beside it"):
        config.settings()


def test_nobody_loads_scim_or_ldap_who_does_not_use_it() -> None:
    said = "import bot.workspace, sys; print(any(each.startswith(('scim2', 'bonsai')) for each in sys.modules))"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
