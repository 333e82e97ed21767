"""Settings: each is documented, a wrong one is named with what to do and never quoted; the demo reads almost none."""

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr

from bot import config
from bot.config import DemoSettings, ModelSettings, Settings
from bot.errors import ConfigError

EXAMPLE = Path(__file__).parent.parent / ".env.example"

#: a line that sets something, with or without a # in front
_LINE = re.compile(r"(?P<comment>#? ?)(?P<name>[A-Z][A-Z_]+)=(?P<value>.*)")

NAMES = {name.upper() for name in Settings.model_fields}

NEEDED = {
    "SLACK_BOT_TOKEN": "xoxb-1-abc",
    "SLACK_APP_TOKEN": "xapp-1-abc",
    "OPENAI_API_KEY": "sk-abc",
    "HELPDESK_SECRET_KEY": "0123456789abcdef" * 2,
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting in the environment, and no .env in the folder."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What a start needs at least."""
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def example() -> dict[str, tuple[str, bool]]:
    """Each setting of the example: its value, and whether it is commented out."""
    found = (_LINE.fullmatch(line) for line in EXAMPLE.read_text().splitlines())
    return {match["name"]: (match["value"], bool(match["comment"])) for match in found if match}


def test_every_setting_is_in_the_example_once_and_nothing_else_is() -> None:
    named = [match["name"] for line in EXAMPLE.read_text().splitlines() if (match := _LINE.fullmatch(line))]
    assert sorted(named) == sorted(NAMES)


def test_every_setting_of_the_example_is_explained_right_above_it() -> None:
    lines = EXAMPLE.read_text().splitlines()
    above = {match["name"]: lines[at - 1] for at, line in enumerate(lines) if (match := _LINE.fullmatch(line))}
    assert [name for name, line in above.items() if not line.startswith("# ") or _LINE.fullmatch(line)] == []


def test_the_example_shows_every_default(environment: pytest.MonkeyPatch) -> None:
    defaults = config.settings()
    shown = {name: value for name, (value, commented) in example().items() if commented}
    for name, value in shown.items():
        default = getattr(defaults, name.lower())
        if default not in (None, ()):
            environment.setenv(name, value)
            assert getattr(config.settings(), name.lower()) == default, name
            environment.delenv(name)


def test_a_copy_of_the_example_with_the_gaps_filled_starts() -> None:
    lines = EXAMPLE.read_text().splitlines()
    filled = [line + NEEDED.get(line.removesuffix("="), "") for line in lines]
    Path(".env").write_text("\n".join(filled))
    settings = config.settings()
    assert settings.slack_bot_token
    assert settings.slack_bot_token.get_secret_value() == NEEDED["SLACK_BOT_TOKEN"]
    assert settings.helpdesk_approvers == ()


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "HELPDESK_SECRET_KEY", "OPENAI_API_KEY"])
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_missing_or_empty_is_named_with_where_to_get_it(
    environment: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    environment.delenv(name)
    if value is not None:
        environment.setenv(name, value)
    with pytest.raises(ConfigError, match=rf"^{name} is missing\. \w.+"):
        config.settings()


MANY = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "client-abc",
    "HELPDESK_TEAMS": "T1, E2,",
    "HELPDESK_PUBLIC_URL": "https://helpdesk.example.com/",
}


def test_several_workspaces_take_four_settings_in_the_place_of_a_token(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("SLACK_BOT_TOKEN")
    for name, value in MANY.items():
        environment.setenv(name, value)
    settings = config.settings()
    assert settings.slack_bot_token is None
    assert (settings.helpdesk_teams, settings.helpdesk_public_url) == (("T1", "E2"), "https://helpdesk.example.com")
    for name in set(MANY) - {"SLACK_CLIENT_ID"}:
        environment.delenv(name)
        with pytest.raises(ConfigError, match=rf"^{name} is missing\. \w.+"):
            config.settings()
        environment.setenv(name, MANY[name])


def test_one_workspace_and_several_exclude_each_other(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SLACK_CLIENT_ID", "1.2")
    with pytest.raises(ConfigError, match=r"^SLACK_BOT_TOKEN takes no SLACK_CLIENT_ID beside it: [^\n]*$"):
        config.settings()


def test_an_approval_channel_is_refused_where_several_workspaces_are_served(environment: pytest.MonkeyPatch) -> None:
    """It is a channel of one of them: the approvers of another one would be shown no card."""
    environment.delenv("SLACK_BOT_TOKEN")
    for name, value in {**MANY, "HELPDESK_APPROVAL_CHANNEL": "C0123456789"}.items():
        environment.setenv(name, value)
    with pytest.raises(ConfigError, match=r"^HELPDESK_APPROVAL_CHANNEL takes one workspace in HELPDESK_TEAMS: [^\n]*$"):
        config.settings()
    environment.setenv("HELPDESK_TEAMS", "E2")
    assert config.settings().helpdesk_approval_channel == "C0123456789"


def test_without_socket_mode_the_signing_secret_is_needed(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("SLACK_APP_TOKEN")
    with pytest.raises(ConfigError, match=r"^SLACK_SIGNING_SECRET is missing\. .*SLACK_APP_TOKEN"):
        config.settings()
    environment.setenv("SLACK_SIGNING_SECRET", "abc")
    assert config.settings().slack_app_token is None


def test_a_model_server_that_needs_no_key_is_enough(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("OPENAI_API_KEY")
    environment.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1")
    assert config.settings().openai_api_key is None


WRONG = {
    "SLACK_APP_TOKEN": ["xoxb-hunter2", "hunter2"],
    "HELPDESK_TEAMS": ["hunter2", "T1,hunter2", "#T1hunter2", "U0hunter2"],
    "HELPDESK_PUBLIC_URL": ["hunter2", "http://hunter2", "https://x.example.com/hunter2", "https://x@hunter2"],
    "SLACK_API_URL": ["hunter2", "ftp://hunter2"],
    "OPENAI_BASE_URL": ["hunter2", "file:///hunter2"],
    "HELPDESK_APPROVERS": ["hunter2", "U1,hunter2", "@hunter2", "U1;U2hunter2", "C0hunter2"],
    "POLICY_FILE": ["/hunter2", "."],
    "HELPDESK_APPROVAL_CHANNEL": ["hunter2", "#hunter2", "U0hunter2"],
    "HELPDESK_HUMANS": ["hunter2", "#hunter2", "U0hunter2", "C0hunter2,G0B", "S0A,S0hunter2", "C0A;S0hunter2"],
    "HELPDESK_CHANNELS": ["hunter2", "#hunter2", "C1,U0hunter2"],
    "HELPDESK_OUTSIDE_TEAMS": ["hunter2", "C0hunter2", "T1;T2hunter2"],
    "HELPDESK_BOTS": ["hunter2", "@hunter2", "B0hunter2"],
    "HELPDESK_SECRET_KEY": ["hunter2"],
    "HELPDESK_BUDGETS": [
        "hunter2",
        "user 0usd/day,hunter2",
        "user 1hunter2/day",
        "user 1usd/day,user 2usd/day",
        "user 0tok/day",
    ],
    "HELPDESK_REPEAT_S": ["hunter2", "-1", "3601"],
    "HELPDESK_RESET_URL": ["https://hunter2", "https://{hunter2}/{token}", "hunter2/{token}", "https://{token}{token}"],
    "KB_DIR": ["/hunter2", ".env"],
    "HELPDESK_DEMO_DATA": ["hunter2"],
    "PORT": ["hunter2", "0", "65536", "-1", "80.5"],
    "LOG_LEVEL": ["hunter2", "TRACE"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_setting_is_named_in_a_sentence_and_its_value_is_not_told(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        config.settings()
    told = str(caught.value)
    assert re.match(rf"{name} (takes|needs|should be) .*[^.]\.?$", told)
    assert "hunter2" not in told
    assert "\n" not in told


def test_all_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("HELPDESK_APPROVERS", "Dana Kim")
    with pytest.raises(ConfigError) as caught:
        config.settings()
    named = {line.split()[0] for line in str(caught.value).splitlines()}
    assert named == {"SLACK_BOT_TOKEN", "HELPDESK_SECRET_KEY", "PORT", "HELPDESK_APPROVERS"}


def test_approvers_are_ids_with_any_spaces_between(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HELPDESK_APPROVERS", " U012AB, W34 ,S0ITADM,")
    assert config.settings().helpdesk_approvers == ("U012AB", "W34", "S0ITADM")


def test_every_secret_is_kept_out_of_what_is_printed(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SLACK_SIGNING_SECRET", "signing-abc")
    settings = config.settings()
    secret = {name for name in Settings.model_fields if re.search("token$|secret|key", name)}
    typed = {
        name
        for name, each in Settings.model_fields.items()
        if SecretStr in (each.annotation, *get_args(each.annotation))
    }
    assert secret == typed
    for value in (*NEEDED.values(), "signing-abc"):
        assert value not in f"{settings!r} {settings} {settings.model_dump()}"


def test_the_demo_reads_port_and_the_model_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(DemoSettings.model_fields) == {*ModelSettings.model_fields, "port"}
    assert set(ModelSettings.model_fields) == {
        "openai_api_key",
        "openai_base_url",
        "openai_model",
        "helpdesk_model_api",
    }
    assert config.demo_settings().port == 8080
    for name, values in WRONG.items():
        if name not in ("PORT", "OPENAI_BASE_URL"):
            monkeypatch.setenv(name, values[0])
    assert config.demo_settings() == DemoSettings(port=8080)


def test_the_environment_goes_before_the_file(environment: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=4000\nLOG_LEVEL=DEBUG\n")
    environment.setenv("PORT", "5000")
    assert (config.settings().port, config.settings().log_level) == (5000, "DEBUG")
