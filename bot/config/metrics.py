"""Where metrics can be fetched."""

from ipaddress import IPv4Address

from pydantic import Field, SecretStr, field_validator

from bot.config.environment import Environment

#: characters a token must have at least
MIN_TOKEN = 16


class MetricsSettings(Environment):
    """Without a port and a token nobody can fetch any."""

    #: a port of their own; a worker, which has no other one, is asked there how it is, too
    helpdesk_metrics_port: int | None = Field(default=None, ge=1, le=65535)
    #: the address that port is at; this one is reached from the same machine alone
    helpdesk_metrics_host: str = "127.0.0.1"
    #: whoever fetches them must know it; without a port of their own they are at PORT, and only with a token
    helpdesk_metrics_token: SecretStr | None = None

    @field_validator("helpdesk_metrics_host")
    @classmethod
    def _host(cls, value: str) -> str:
        try:
            return str(IPv4Address(value))
        except ValueError:
            raise ValueError("takes an IPv4 address of this machine, or 0.0.0.0 for all of them") from None

    @field_validator("helpdesk_metrics_token")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < MIN_TOKEN:
            raise ValueError(f"takes {MIN_TOKEN} characters or more")
        return value
