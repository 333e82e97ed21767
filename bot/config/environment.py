"""What all settings have in common: where they are read from, and the kinds of values that several of them take."""

from typing import Annotated, Any

from pydantic import AfterValidator, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

#: characters a secret key must have at least
MIN_SECRET_KEY = 32


class Environment(BaseSettings):
    """Read from the environment, then from `.env`; what is empty counts as not set."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)


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


#: what we encrypt and sign with
SecretKey = Annotated[SecretStr, AfterValidator(_long)]

#: of a server
Address = Annotated[str, AfterValidator(_http)]
