"""Settings are read here; whatever is wrong is told at once, a line each, and never quoted."""

from typing import Any, TypeVar

from pydantic import Field, SecretStr, ValidationError, create_model
from pydantic_settings import BaseSettings

from bot.config.environment import Environment
from bot.errors import ConfigError

S = TypeVar("S", bound=BaseSettings)

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


def read(kind: type[S]) -> S:
    """The settings of that kind. Raises ConfigError that names every wrong field, never its value."""
    try:
        return kind()
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_context=False, include_url=False)
        raise ConfigError(
            "\n".join(told(str(each["loc"][0]), _what(each["type"], each["msg"])) for each in wrong)
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f".env cannot be read: {getattr(error, 'strerror', None) or 'no UTF-8'}.") from None


class _Variable(Environment):
    value: SecretStr | None = None


class _Plain(Environment):
    value: str | None = None


def variable(name: str) -> SecretStr | None:
    """What the variable holds, or the file of its name and _FILE, for files that name one in the place of a secret.

    Raises ConfigError.
    """
    field: Any = (SecretStr | None, Field(default=None, validation_alias=name))
    return read(create_model("_Named", __base__=_Variable, value=field)).value


def named(name: str) -> str | None:
    """What the variable holds, in the environment or in `.env`. Raises ConfigError."""
    field: Any = (str | None, Field(default=None, validation_alias=name))
    return read(create_model("_Named", __base__=_Plain, value=field)).value


def told(field: str, what: str) -> str:
    """The sentence about a field, and where to get what it takes."""
    hint = _HINTS.get(field.lower(), "")
    return f"{field.upper()} {what}. {hint}".strip()


def _what(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing"
    # pydantic's own sentences speak of an "input", ours of the setting they follow
    return message.removeprefix("Value error, ").removeprefix("Input ")
