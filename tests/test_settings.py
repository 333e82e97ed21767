"""Settings: each is documented, a wrong one is named with what to do and never quoted; the demo reads almost none."""

import os
import re
import traceback
from datetime import timedelta
from pathlib import Path

import pytest

from bot import config
from bot.config import DemoSettings, ModelSettings, Settings
from bot.config.files import MAX_BYTES, is_secret
from bot.errors import ConfigError

EXAMPLE = Path(__file__).parent.parent / ".env.example"

#: a line that sets something, with or without a # in front
_LINE = re.compile(r"(?P<comment>#? ?)(?P<name>[A-Z][A-Z_]+)=(?P<value>.*)")

NAMES = {name.upper() for name in Settings.model_fields}

SECRET = {name for name, each in Settings.model_fields.items() if is_secret(each.annotation)}

#: secrets that have to look like something
SHAPED = {
    "SLACK_APP_TOKEN": "xapp-1-file",
    "DATABASE_URL": "sqlite:///file.db",
    "API_TOKENS": f"name:U0ALEX:U0SAM:{'file' * 8}",
}

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
        monkeypatch.delenv(f"{name}_FILE", raising=False)
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
    "HELPDESK_LDAP_URL": ["hunter2", "http://hunter2", "ldap://", "ldap://a@hunter2", "ldap://h:0", "ldaps://hunter2"],
    "HELPDESK_LDAP_USER": ["hunter2"],
    "HELPDESK_LDAP_BASE": ["hunter2", "dc=hunter2\nx"],
    "HELPDESK_LDAP_GROUPS": ["hunter2"],
    "HELPDESK_LDAP_PEOPLE_FILTER": ["hunter2", "(a=hunter2", "((a=hunter2)"],
    "HELPDESK_LDAP_GROUP_FILTER": ["hunter2"],
    "HELPDESK_LDAP_ATTRIBUTES": ["hunter2", "hunter2=uid", "id=hunter2)(uid=*", "id="],
    "HELPDESK_LDAP_CA": ["/hunter2"],
    "HELPDESK_LDAP_PLAIN": ["hunter2"],
    "HELPDESK_SCIM_PASSWORDS": ["hunter2"],
    "HELPDESK_SCIM_URL": ["http://hunter2.example.com", "hunter2", "https://x@hunter2", "https://hunter2/?a"],
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
    "HELPDESK_SECRET_KEY_PREVIOUS": ["hunter2", NEEDED["HELPDESK_SECRET_KEY"]],
    "HELPDESK_BUDGETS": [
        "hunter2",
        "user 0usd/day,hunter2",
        "user 1hunter2/day",
        "user 1usd/day,user 2usd/day",
        "user 0tok/day",
    ],
    "HELPDESK_METRICS_PORT": ["hunter2", "0", "65536"],
    "HELPDESK_METRICS_HOST": ["hunter2", "::", "256.0.0.1"],
    "HELPDESK_METRICS_TOKEN": ["hunter2"],
    "HELPDESK_KEEP_CONTENT": ["hunter2", "90", "0d", "90hunter2", "-1d"],
    "HELPDESK_KEEP_DECISIONS": ["hunter2", "1y"],
    "HELPDESK_REPEAT_S": ["hunter2", "-1", "3601"],
    "HELPDESK_RESET_URL": ["https://hunter2", "https://{hunter2}/{token}", "hunter2/{token}", "https://{token}{token}"],
    "KB_DIR": ["/hunter2", ".env"],
    "HELPDESK_KB_REVIEWED": ["hunter2"],
    "HELPDESK_KB_URL": ["hunter2.example.com"],
    "HELPDESK_RT_URL": ["http://hunter2.example.com", "hunter2", "https://x@hunter2", "https://hunter2/?a"],
    "HELPDESK_SEARXNG_URL": ["hunter2.example.com"],
    "HELPDESK_SEARCH_DOMAINS": ["hunter2", "https://hunter2.example.com", "a.example.com,*.hunter2.com"],
    "MCP_CONFIG": ["/hunter2", "."],
    "HELPDESK_DEMO_DATA": ["hunter2"],
    "API_TOKENS": [
        "hunter2",
        "portal:U0DANA:U0ALEX:hunter2",
        "portal:hunter2:U0ALEX:" + "t" * 32,
        "portal:U0DANA:*:hunter2" + "t" * 32,
        "portal:U0DANA::hunter2" + "t" * 32,
        f"portal:U0DANA:U0ALEX:{'t' * 32}, Hunter2:U0DANA:U0ALEX:hunter2{'t' * 32}",
    ],
    "HELPDESK_API_RATE": ["hunter2", "0"],
    "HELPDESK_JWT_ISSUER": ["https://hunter2.example.com"],
    "HELPDESK_JWT_KEYS": [
        "hunter2",
        "http://hunter2.example.com",
        "http://127.0.0.1.hunter2.example.com/jwks",
        "http://localhost.hunter2.example.com",
        "http://localhost@hunter2.example.com",
        "https://",
        "https://[hunter2",
    ],
    "HELPDESK_API_WAIT_S": ["hunter2", "-1", "601"],
    "PORT": ["hunter2", "0", "65536", "-1", "80.5"],
    "LOG_LEVEL": ["hunter2", "TRACE"],
    "HELPDESK_LOG_CONTENT": ["hunter2", "on", "all"],
    "OTEL_EXPORTER_OTLP_ENDPOINT": ["hunter2", "grpc://hunter2:4317"],
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": ["hunter2", "hunter2:4318"],
    "OTEL_TRACES_EXPORTER": ["hunter2", "console"],
    "OTEL_TRACES_SAMPLER": ["hunter2"],
    "OTEL_SDK_DISABLED": ["hunter2"],
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
    names = "token$|^api_tokens$|secret$|key(_previous)?$|secret_previous$|database_url|headers$|password$"
    secret = {name for name in Settings.model_fields if re.search(names, name)}
    assert secret == SECRET
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
    assert config.read(DemoSettings).port == 8080
    for name, values in WRONG.items():
        if name not in ("PORT", "OPENAI_BASE_URL"):
            monkeypatch.setenv(name, values[0])
    assert config.read(DemoSettings) == DemoSettings(port=8080)


def test_the_environment_goes_before_the_file(environment: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=4000\nLOG_LEVEL=DEBUG\n")
    environment.setenv("PORT", "5000")
    assert (config.settings().port, config.settings().log_level) == (5000, "DEBUG")


def test_decisions_are_kept_as_long_as_content_at_least(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HELPDESK_KEEP_CONTENT", "12w")
    environment.setenv("HELPDESK_KEEP_DECISIONS", "84d")
    assert config.settings().helpdesk_keep_content == config.settings().helpdesk_keep_decisions == timedelta(days=84)
    environment.setenv("HELPDESK_KEEP_DECISIONS", "83d")
    with pytest.raises(ConfigError, match=r"^HELPDESK_KEEP_DECISIONS takes no less than HELPDESK_KEEP_CONTENT"):
        config.settings()


# ── secrets from files ──


@pytest.mark.parametrize("field", sorted(SECRET))
def test_every_secret_may_come_from_a_file_that_is_named_in_its_place(
    environment: pytest.MonkeyPatch, tmp_path: Path, field: str
) -> None:
    name = field.upper()
    value = SHAPED.get(name, "file" * 8)
    for each in MANY if name == "SLACK_CLIENT_SECRET" else ():
        environment.setenv(each, MANY[each])
        environment.delenv("SLACK_BOT_TOKEN", raising=False)
    environment.delenv(name, raising=False)
    environment.setenv(f"{name}_FILE", str(written(tmp_path, f"{value}\n")))
    found = getattr(config.settings(), field)
    assert found.get_secret_value() == value
    assert value not in repr(config.settings())


def test_a_file_may_be_named_in_the_env_file_and_holds_what_models_and_commands_need(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = written(tmp_path, "\ufeffvalue of 32 characters or more…  \r\n")
    Path(".env").write_text(f"OTHER_KEY_FILE={file}\nDATABASE_URL_FILE={file}\nHELPDESK_SECRET_KEY_FILE={file}\n")
    environment.delenv("HELPDESK_SECRET_KEY")
    expected = "value of 32 characters or more…  "
    other, key = config.variable("OTHER_KEY"), config.secret_key()
    assert other
    assert (other.get_secret_value(), key.get_secret_value(), config.database_url()) == (expected,) * 3
    assert config.variable("NO_KEY") is None


def test_of_a_secret_and_its_file_only_one_may_be_set(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("OPENAI_API_KEY_FILE", str(written(tmp_path, "hunter2")))
    with pytest.raises(ConfigError, match=r"^OPENAI_API_KEY takes no OPENAI_API_KEY_FILE beside it: [^\n]*$") as caught:
        config.settings()
    assert "hunter2" not in str(caught.value)
    environment.setenv("OPENAI_API_KEY", "")
    assert config.settings().openai_api_key, "what is empty is not set"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file or directory"),
        ("folder", "Is a directory"),
        ("pipe", "it is no plain file"),
        (b"", "it is empty"),
        (b"\n", "it is empty"),
        (b" \r\n", "it is empty"),
        (b"hunter2\xff", "it is no text in UTF-8"),
        (b"h" * (MAX_BYTES + 1), "it is larger than 64 KB"),
    ],
)
def test_a_file_without_a_secret_is_told_in_a_sentence_that_names_the_variable(
    environment: pytest.MonkeyPatch, tmp_path: Path, content: bytes | str | None, why: str
) -> None:
    file = tmp_path / "hunter2"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content == "folder":
        file.mkdir()
    elif content == "pipe":
        os.mkfifo(file)
    environment.delenv("OPENAI_API_KEY")
    environment.setenv("OPENAI_API_KEY_FILE", str(file))
    for ask in (config.settings, lambda: config.variable("OPENAI_API_KEY")):
        with pytest.raises(ConfigError) as caught:
            ask()
        assert str(caught.value).startswith(
            f"OPENAI_API_KEY cannot be read from the file that OPENAI_API_KEY_FILE names: {why}. "
        )
        assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_an_env_file_that_is_no_text_is_told_in_a_sentence() -> None:
    Path(".env").write_bytes(b"LOG_LEVEL=hunter2\xff")
    with pytest.raises(ConfigError, match=r"^\.env cannot be read: no UTF-8\.$") as caught:
        config.settings()
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_an_env_file_that_others_can_read_is_noticed() -> None:
    file = Path(".env")
    assert not config.open_to_others(file)
    for mode, noticed in ((0o600, False), (0o400, False), (0o644, True), (0o602, True), (0o640, True)):
        file.touch()
        file.chmod(mode)
        assert config.open_to_others(file) == noticed


def written(folder: Path, text: str) -> Path:
    """A file with a secret."""
    file = folder / "secret"
    file.write_text(text, newline="")
    return file
