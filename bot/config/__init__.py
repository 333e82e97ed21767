"""The only reader of the environment. A wrong or missing setting stops the start and is named with where to get it.

Each area has a file of its own with a class; `Settings` below is all of them.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from bot.config.api import ApiSettings
from bot.config.backends import BackendSettings, KnowledgeSettings
from bot.config.directory import DirectorySettings
from bot.config.files import is_secret, open_to_others
from bot.config.limits import LimitSettings
from bot.config.listening import ListeningSettings
from bot.config.mcp import McpSettings
from bot.config.metrics import MetricsSettings
from bot.config.model import ModelSettings, PromptSettings, RequestSettings, SeveralSettings
from bot.config.policy import PolicySettings
from bot.config.privacy import PrivacySettings
from bot.config.reading import named, read, told, variable
from bot.config.request_tracker import RequestTrackerSettings
from bot.config.search import SearchSettings
from bot.config.slack import SlackSettings
from bot.config.store import DatabaseSettings, KeySettings, StoreSettings
from bot.config.telemetry import TelemetrySettings
from bot.errors import ConfigError

__all__ = [
    "DemoSettings",
    "DirectorySettings",
    "KnowledgeSettings",
    "McpSettings",
    "ModelSettings",
    "PolicySettings",
    "Settings",
    "SeveralSettings",
    "ToolSettings",
    "database_url",
    "model_settings",
    "open_to_others",
    "prompts_folder",
    "read",
    "secret_files",
    "secret_key",
    "settings",
    "variable",
]


class DemoSettings(ModelSettings):
    """All that `helpdesk demo` and `helpdesk chat` read."""

    port: int = Field(default=8080, ge=1, le=65535)


class ToolSettings(
    RequestTrackerSettings, DirectorySettings, McpSettings, SearchSettings, BackendSettings, PolicySettings
):
    """What there is for tools to work with, and who must agree to what."""


class Settings(
    ToolSettings,
    McpSettings,
    TelemetrySettings,
    MetricsSettings,
    ApiSettings,
    PrivacySettings,
    SearchSettings,
    BackendSettings,
    StoreSettings,
    LimitSettings,
    ListeningSettings,
    RequestSettings,
    PromptSettings,
    PolicySettings,
    SeveralSettings,
    SlackSettings,
):
    """All that `helpdesk run` reads. What is wrong with the last of these classes is told first."""

    #: the HTTP port
    port: int = Field(default=3000, ge=1, le=65535)
    #: how much of our own is logged; what people write never is
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


def settings(*, hears: bool = True, works: bool = True) -> Settings:
    """The settings of this environment, for a process that hears Slack, works, or both.

    Raises ConfigError that names every wrong field, never its value.
    """
    found = read(Settings)
    missing = []
    if hears and not (found.slack_signing_secret or found.slack_app_token):
        missing.append(told("slack_signing_secret", "is missing"))
    if works and not (found.openai_api_key or found.openai_base_url or found.helpdesk_models):
        missing.append(told("openai_api_key", "is missing"))
    if missing:
        raise ConfigError("\n".join(missing))
    return found


def secret_files() -> tuple[Path, ...]:
    """The files that hold a secret each, by the settings that name them."""
    secret = [name for name, field in Settings.model_fields.items() if is_secret(field.annotation)]
    return tuple(Path(file) for name in secret if (file := named(f"{name.upper()}_FILE")))


def model_settings(name: str | None) -> ModelSettings:
    """Which model to ask; `name` goes before the environment's. Raises ConfigError."""
    found = read(ModelSettings)
    if name and not (found.openai_api_key or found.openai_base_url):
        raise ConfigError(told("openai_api_key", "is missing, so no model can be named"))
    return found.model_copy(update={"openai_model": name}) if name else found


def prompts_folder() -> Path | None:
    """Where more versions of the prompt are, for commands that need nothing else. Raises ConfigError."""
    return read(PromptSettings).helpdesk_prompts


def database_url() -> str:
    """Where the database is, for commands that need nothing else."""
    return read(DatabaseSettings).database_url.get_secret_value()


def secret_key() -> SecretStr:
    """The key, with the one of before where that is good, for commands that need nothing else. Raises ConfigError."""
    return read(KeySettings).key
