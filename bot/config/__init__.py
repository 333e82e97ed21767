"""The only reader of the environment. A wrong or missing setting stops the start and is named with where to get it."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo, create_model, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.core import budget
from bot.core.budget import Budget
from bot.errors import ConfigError

S = TypeVar("S", bound=BaseSettings)

_PUBLIC = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?")

#: characters a secret key must have at least
MIN_SECRET_KEY = 32


def _long(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < MIN_SECRET_KEY:
        raise ValueError(f"takes {MIN_SECRET_KEY} characters or more")
    return value


def _split(value: Any) -> Any:
    """The entries of a comma-separated list."""
    return tuple(each.strip() for each in value.split(",") if each.strip()) if isinstance(value, str) else value


#: of each list of ids: the letters they begin with, and what they are
_LISTS = {
    "helpdesk_teams": ("TE", "workspaces (T…) and organisations (E…)"),
    "helpdesk_channels": ("CG", "channels (C…, G…)"),
    "helpdesk_outside_teams": ("TE", "workspaces (T…) and organisations (E…)"),
    "helpdesk_bots": ("UW", "bot users (U…, W…)"),
}

SecretKey = Annotated[SecretStr, AfterValidator(_long)]


class ModelSettings(BaseSettings):
    """Which language model to ask; without any of these `helpdesk demo` uses the offline demo model."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    #: `sk-…`, from the provider's console
    openai_api_key: SecretStr | None = None
    #: any server that speaks that API, such as http://127.0.0.1:8000/v1
    openai_base_url: str | None = None
    #: a model of that server
    openai_model: str = "gpt-5-mini"
    #: how that server is spoken to: OpenAI's Responses API, Chat Completions, or a JSON plan over the latter
    helpdesk_model_api: Literal["responses", "chat", "plan"] = "responses"

    @field_validator(
        "openai_base_url", "slack_api_url", "helpdesk_reset_url", "helpdesk_moderation_url", check_fields=False
    )
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError("takes an address that begins with https:// or http://")
        return value


class SeveralSettings(ModelSettings):
    """Which language models to ask, where there are several (docs/routing.md)."""

    #: a smaller model of the same server, for easy questions
    helpdesk_small_model: str | None = None
    #: a file (YAML) that names providers, models and who stands in for whom; the settings above are for one provider
    helpdesk_models: Path | None = None

    @field_validator("helpdesk_models")
    @classmethod
    def _models(cls, value: Path | None, found: ValidationInfo) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("takes a file as docs/routing.md shows it; there is none at that place")
        if value is not None and found.data.get("helpdesk_small_model"):
            raise ValueError("takes no HELPDESK_SMALL_MODEL beside it: the file says which model is small")
        return value


class DemoSettings(ModelSettings):
    """All that `helpdesk demo` and `helpdesk chat` read."""

    port: int = Field(default=8080, ge=1, le=65535)


class PolicySettings(BaseSettings):
    """Who must agree to what."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    #: who may approve: Slack users (U…, W…) and user groups (S…), comma-separated; a list in the policy goes before it
    helpdesk_approvers: Annotated[tuple[str, ...], NoDecode] = ()
    #: a policy file (YAML); without it the shipped one is used
    policy_file: Path | None = None

    @field_validator("helpdesk_approvers", mode="before")
    @classmethod
    def _ids(cls, value: Any) -> Any:
        ids = _split(value)
        wrong = [each for each in ids if each[:1] not in "UWS" or not each.isalnum()]
        if wrong:
            raise ValueError("takes Slack ids of users (U…, W…) and user groups (S…), comma-separated, never names")
        return ids

    @field_validator("policy_file")
    @classmethod
    def _file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("takes a policy file, such as a copy of tools/policy.yml; there is none at that place")
        return value


class PromptSettings(BaseSettings):
    """What leads the model."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    #: a folder of more versions of the prompt, Markdown files; `helpdesk prompts` rolls them out
    helpdesk_prompts: Path | None = None

    @field_validator("helpdesk_prompts")
    @classmethod
    def _prompts(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError("takes a folder of prompts, Markdown files; there is none at that place")
        return value


class Settings(SeveralSettings, PolicySettings, PromptSettings):
    """All that `helpdesk run` reads."""

    #: from *Basic Information* of the Slack app; in the place of a bot token it lets several workspaces install the bot
    slack_client_id: str | None = None
    #: `xoxb-…`, from *OAuth & Permissions* of the Slack app: for one workspace
    slack_bot_token: SecretStr | None = Field(default=None, validate_default=True)
    #: from *Basic Information*, with the client id
    slack_client_secret: SecretStr | None = Field(default=None, validate_default=True)
    #: ids of the workspaces (T…) and organisations (E…) that may install the bot, comma-separated
    helpdesk_teams: Annotated[tuple[str, ...] | None, NoDecode] = Field(default=None, validate_default=True)
    #: where people and Slack reach this server, such as https://helpdesk.example.com
    helpdesk_public_url: str | None = Field(default=None, validate_default=True)
    #: from *Basic Information* of the Slack app; needed without an app token (HTTP)
    slack_signing_secret: SecretStr | None = None
    #: `xapp-…`, from *Basic Information → App-Level Tokens* with connections:write; its presence selects Socket Mode
    slack_app_token: SecretStr | None = None
    #: Slack's Web API, or a stand-in for it
    slack_api_url: str = "https://slack.com/api/"
    #: tokens that one request to the model may have, as estimated; over that older turns are summed up
    helpdesk_context_tokens: int = Field(default=32_000, ge=8_000, le=10_000_000)
    #: 0: the model cannot look at pictures, so people are told, and it is not sent any
    helpdesk_vision: bool = True
    #: how much people may use, such as: user 0.50usd/day, workspace 2Mtok/month, user 30turns/hour
    helpdesk_budgets: Annotated[tuple[Budget, ...], NoDecode] = budget.DEFAULT
    #: a file of prices (YAML) that go before the shipped ones
    helpdesk_prices: Path | None = None
    #: for so many seconds the same question of the same person in a new thread gets the same answer; 0: never
    helpdesk_repeat_s: float = Field(default=60, ge=0, le=3600)
    #: a channel (C…, G…) that gets a copy of every approval card; not where several workspaces are served
    helpdesk_approval_channel: str | None = None
    #: whom a hand-over to people in IT is told: a channel (C…, G…), a user group (S…), or both, comma-separated
    helpdesk_humans: Annotated[tuple[str, ...], NoDecode] = ()
    #: the channels (C…, G…) it works in, comma-separated; empty: everywhere; with one person directly always
    helpdesk_channels: Annotated[tuple[str, ...], NoDecode] = ()
    #: other companies (T…, E…) whose people may ask for what is of low risk, comma-separated
    helpdesk_outside_teams: Annotated[tuple[str, ...], NoDecode] = ()
    #: bot users (U…, W…) that may ask for what is of low risk, comma-separated
    helpdesk_bots: Annotated[tuple[str, ...], NoDecode] = ()
    #: any text of 32 characters or more; links, authenticators and tokens are encrypted, checkpoints signed with it
    helpdesk_secret_key: SecretKey
    #: a file, best on another machine's disk, to which signed checkpoints of the log are appended every hour
    helpdesk_checkpoint_file: Path | None = None
    #: where a one-time link leads; `{token}` is filled in
    helpdesk_reset_url: str | None = None
    #: sqlite:///FILE.db, or postgresql://… where one machine is not enough
    database_url: str = "sqlite:///helpdesk.db"
    #: the HTTP port
    port: int = Field(default=3000, ge=1, le=65535)
    #: a folder of Markdown articles; without it the shipped ones are used
    kb_dir: Path | None = None
    #: which text is looked at with the provider's moderation endpoint: what people write, what it answers, both
    helpdesk_moderation: Literal["off", "in", "out", "both"] = "off"
    #: what happens to text that could not be looked at: closed holds it back, open lets it through
    helpdesk_moderation_fails: Literal["closed", "open"] = "closed"
    #: a server with OpenAI's moderation endpoint, if it is not the model's; it gets OPENAI_API_KEY
    helpdesk_moderation_url: str | None = None
    #: seed people of the demo, for a trial
    helpdesk_demo_data: bool = False
    #: how much of our own is logged; what people write never is
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("slack_bot_token")
    @classmethod
    def _one_way(cls, value: SecretStr | None, found: ValidationInfo) -> SecretStr | None:
        many = found.data.get("slack_client_id")
        if value is None and not many:
            raise ValueError("is missing")
        if value is not None and many:
            raise ValueError("takes no SLACK_CLIENT_ID beside it: one is for one workspace, the other for several")
        return value

    @field_validator("helpdesk_public_url")
    @classmethod
    def _public(cls, value: str | None) -> str | None:
        if value is not None and not _PUBLIC.fullmatch(value):
            raise ValueError("takes an address that begins with https://, and nothing behind the name of the server")
        return value.rstrip("/") if value else value

    @field_validator("slack_client_secret", "helpdesk_teams", "helpdesk_public_url")
    @classmethod
    def _with_client_id(cls, value: Any, found: ValidationInfo) -> Any:
        if not value and found.data.get("slack_client_id") and "slack_bot_token" in found.data:
            raise ValueError("is missing")
        return value

    @field_validator("slack_app_token")
    @classmethod
    def _app_level(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("xapp-"):
            raise ValueError("takes an app-level token, which begins with xapp-")
        return value

    @field_validator("helpdesk_approval_channel")
    @classmethod
    def _channel(cls, value: str | None, found: ValidationInfo) -> str | None:
        if value is not None and (value[0] not in "CG" or not value.isalnum()):
            raise ValueError("takes the id of a channel (C… or G…), never its name")
        several = found.data.get("slack_client_id") and len(set(found.data.get("helpdesk_teams") or ())) > 1
        if value is not None and several:
            raise ValueError(
                "takes one workspace in HELPDESK_TEAMS: it is a channel of one, and the approvers of the others would "
                "be shown no card; leave it empty, and they get cards in threads and direct messages"
            )
        return value

    @field_validator("helpdesk_humans", mode="before")
    @classmethod
    def _humans(cls, value: Any) -> Any:
        ids = _split(value)
        kinds = ["channel" if each[0] in "CG" else each[0] for each in ids]
        if not all(each.isalnum() for each in ids) or len(set(kinds)) < len(kinds) or {*kinds} - {"channel", "S"}:
            raise ValueError("takes the id of a channel (C…, G…), of a user group (S…), or one of each, never names")
        return ids

    @field_validator("helpdesk_teams", "helpdesk_channels", "helpdesk_outside_teams", "helpdesk_bots", mode="before")
    @classmethod
    def _listed(cls, value: Any, field: ValidationInfo) -> Any:
        ids = _split(value)
        begins, what = _LISTS[field.field_name or ""]
        if any(each[:1] not in begins or not each.isalnum() for each in ids or ()):
            raise ValueError(f"takes Slack ids of {what}, comma-separated, never names")
        return ids

    @field_validator("helpdesk_budgets", mode="before")
    @classmethod
    def _budgets(cls, value: Any) -> Any:
        return budget.parse(value) if isinstance(value, str) else value

    @field_validator("kb_dir")
    @classmethod
    def _folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError("takes a folder of Markdown articles; there is none at that place")
        return value

    @field_validator("helpdesk_reset_url")
    @classmethod
    def _has_place(cls, value: str | None) -> str | None:
        if value is not None and (value.count("{token}") != 1 or set("{}") & set(value.replace("{token}", ""))):
            raise ValueError("needs {token} once, where the one-time token goes, and no other braces")
        return value


#: where people get what is missing
_HINTS = {
    "slack_bot_token": "Copy the Bot User OAuth Token (xoxb-…) from OAuth & Permissions of your Slack app.",
    "slack_client_secret": "Copy the Client Secret from Basic Information of your Slack app.",
    "helpdesk_teams": "List the workspaces that may install it; an id begins with T and stands in Slack's address.",
    "helpdesk_public_url": "Say where Slack and people reach this server, such as https://helpdesk.example.com.",
    "slack_signing_secret": "Copy the Signing Secret from Basic Information of your Slack app, or set SLACK_APP_TOKEN.",
    "helpdesk_secret_key": "Make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'",
    "openai_api_key": "Get a key from your model provider, or set OPENAI_BASE_URL to a server that needs none.",
}


def settings(*, hears: bool = True, works: bool = True) -> Settings:
    """The settings of this environment, for a process that hears Slack, works, or both.

    Raises ConfigError that names every wrong field, never its value.
    """
    found = _read(Settings)
    missing = []
    if hears and not (found.slack_signing_secret or found.slack_app_token):
        missing.append(_line("slack_signing_secret", "is missing"))
    if works and not (found.openai_api_key or found.openai_base_url or found.helpdesk_models):
        missing.append(_line("openai_api_key", "is missing"))
    if missing:
        raise ConfigError("\n".join(missing))
    return found


def demo_settings() -> DemoSettings:
    """The few settings of the demo. Raises ConfigError."""
    return _read(DemoSettings)


def model_settings(name: str | None) -> ModelSettings:
    """Which model to ask; `name` goes before the environment's. Raises ConfigError."""
    found = _read(ModelSettings)
    if name and not (found.openai_api_key or found.openai_base_url):
        raise ConfigError(_line("openai_api_key", "is missing, so no model can be named"))
    return found.model_copy(update={"openai_model": name}) if name else found


def policy_settings() -> PolicySettings:
    """The settings about the policy, for commands that need nothing else. Raises ConfigError."""
    return _read(PolicySettings)


def prompts_folder() -> Path | None:
    """Where more versions of the prompt are, for commands that need nothing else. Raises ConfigError."""
    return _read(PromptSettings).helpdesk_prompts


class _DatabaseSettings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: str = "sqlite:///helpdesk.db"


def database_url() -> str:
    """Where the database is, for commands that need nothing else."""
    return _read(_DatabaseSettings).database_url


class _Variable(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    value: SecretStr | None = None


def variable(name: str) -> SecretStr | None:
    """What the variable holds, for files that name one in the place of a secret."""
    field: Any = (SecretStr | None, Field(default=None, validation_alias=name))
    found = create_model("_Named", __base__=_Variable, value=field)()
    return found.value


class _KeySettings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    helpdesk_secret_key: SecretKey


def secret_key() -> SecretStr:
    """The key alone, for commands that need nothing else. Raises ConfigError."""
    return _read(_KeySettings).helpdesk_secret_key


def _read(kind: type[S]) -> S:
    try:
        return kind()
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_context=False, include_url=False)
        raise ConfigError(
            "\n".join(_line(str(each["loc"][0]), _what(each["type"], each["msg"])) for each in wrong)
        ) from None


def _what(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing"
    # pydantic's own sentences speak of an "input", ours of the setting they follow
    return message.removeprefix("Value error, ").removeprefix("Input ")


def _line(field: str, what: str) -> str:
    hint = _HINTS.get(field.lower(), "")
    return f"{field.upper()} {what}. {hint}".strip()
