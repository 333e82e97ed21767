"""The settings of the HTTP API (docs/api.md)."""

from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from bot.config.environment import Environment, unheard
from bot.core import tokens


class ApiSettings(Environment):
    """Who may use the API, how often, and how long it keeps them waiting."""

    #: tokens from a store of secrets, beside those of `helpdesk tokens`: name:owner:people:token, comma-separated
    api_tokens: SecretStr | None = None
    #: requests a minute, of each token's name, to each process
    helpdesk_api_rate: int = Field(default=60, ge=1, le=100_000)
    #: how long a caller is kept waiting for an answer, seconds
    helpdesk_api_wait_s: float = Field(default=60, ge=0, le=600)

    #: the sign-in whose web tokens count: what they say in aud, where its keys are (JWKS), and what they say in iss
    helpdesk_jwt_audience: str | None = None
    helpdesk_jwt_keys: Annotated[str, unheard(r"[/?]\S*")] | None = None
    helpdesk_jwt_issuer: str | None = Field(default=None, validate_default=True)
    #: the claim that says who it is: a Slack user, an id of the directory or an address
    helpdesk_jwt_user: str = "email"

    @field_validator("helpdesk_jwt_issuer")
    @classmethod
    def _whole(cls, value: str | None, found: ValidationInfo) -> str | None:
        given = {bool(value), *(bool(found.data.get(name)) for name in ("helpdesk_jwt_audience", "helpdesk_jwt_keys"))}
        if "helpdesk_jwt_keys" in found.data and len(given) > 1:
            raise ValueError("takes HELPDESK_JWT_AUDIENCE and HELPDESK_JWT_KEYS beside it: all three, or none")
        return value

    @field_validator("api_tokens")
    @classmethod
    def _tokens(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            tokens.given(value.get_secret_value())
        return value
