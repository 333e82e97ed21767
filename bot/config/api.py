"""The settings of the HTTP API (docs/api.md)."""

from pydantic import Field, SecretStr, field_validator

from bot.config.environment import Environment
from bot.core import tokens


class ApiSettings(Environment):
    """Who may use the API, how often, and how long it keeps them waiting."""

    #: tokens from a store of secrets, beside those of `helpdesk tokens`: name:owner:people:token, comma-separated
    api_tokens: SecretStr | None = None
    #: requests a minute, of each token's name, to each process
    helpdesk_api_rate: int = Field(default=60, ge=1, le=100_000)
    #: how long a caller is kept waiting for an answer, seconds
    helpdesk_api_wait_s: float = Field(default=60, ge=0, le=600)

    @field_validator("api_tokens")
    @classmethod
    def _tokens(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            tokens.given(value.get_secret_value())
        return value
