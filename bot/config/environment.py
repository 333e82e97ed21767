"""What all settings have in common: where they are read from, and the kinds of values that several of them take."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.config.files import FromFiles, Unread

#: characters a secret key must have at least
MIN_SECRET_KEY = 32


class Environment(BaseSettings):
    """Read from the environment, then from `.env`, then from the files these name; what is empty counts as not set."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where settings come from; the first one that knows a setting has the last word."""
        assert isinstance(dotenv_settings, DotEnvSettingsSource)
        assert isinstance(env_settings, EnvSettingsSource)
        named = {**dotenv_settings.env_vars, **env_settings.env_vars}
        return init_settings, FromFiles(settings_cls, named), env_settings, dotenv_settings

    @field_validator("*", mode="before")
    @classmethod
    def _was_read(cls, value: Any) -> Any:
        if isinstance(value, Unread):
            raise ValueError(value.why)  # noqa: TRY004 -- a ValueError is what pydantic takes for a wrong value
        return value


def split(value: Any) -> Any:
    """The entries of a comma-separated list."""
    return tuple(each.strip() for each in value.split(",") if each.strip()) if isinstance(value, str) else value


def _long(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < MIN_SECRET_KEY:
        raise ValueError(f"takes {MIN_SECRET_KEY} characters or more")
    return value


def _http(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise ValueError("takes an address that begins with https:// or http://")
    return value


#: a comma-separated list
Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split)]


def ids(begins: str, what: str) -> AfterValidator:
    """Takes a list of Slack ids, which begin with one of these letters, and are called so."""

    def checked(found: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if any(each[:1] not in begins or not each.isalnum() for each in found or ()):
            raise ValueError(f"takes Slack ids of {what}, comma-separated, never names")
        return found

    return AfterValidator(checked)


def file(what: str) -> AfterValidator:
    """Takes the path of a file that is there."""
    return _there(what, Path.is_file)


def folder(what: str) -> AfterValidator:
    """Takes the path of a folder that is there."""
    return _there(what, Path.is_dir)


def _there(what: str, is_there: Callable[[Path], bool]) -> AfterValidator:
    def checked(path: Path) -> Path:
        if not is_there(path):
            raise ValueError(f"takes {what}; there is none at that place")
        return path

    return AfterValidator(checked)


#: what we encrypt and sign with
SecretKey = Annotated[SecretStr, AfterValidator(_long)]

#: of a server
Address = Annotated[str, AfterValidator(_http)]

#: whoever is between us and such a server could read and change what is said; nobody is on the way to our own machine
_UNHEARD = r"(https://[A-Za-z0-9.-]+|http://(127\.0\.0\.1|localhost))(:[0-9]{1,5})?"


def unheard(behind: str) -> AfterValidator:
    """Takes the address of a server that is trusted, or told a secret; `behind` is the pattern of what may follow."""
    whole = re.compile(rf"{_UNHEARD}({behind})?")

    def checked(value: str) -> str:
        if not whole.fullmatch(value):
            raise ValueError("takes an address that begins with https://")
        return value

    return AfterValidator(checked)


#: where all addresses of such a server begin
Base = Annotated[str, unheard("/[A-Za-z0-9._~/-]*")]
