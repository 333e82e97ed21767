"""Who works here and what they may use, where a SCIM server knows it."""

from typing import Literal

from pydantic import SecretStr, ValidationInfo, field_validator

from bot.config.environment import Base, Environment


class ScimSettings(Environment):
    """A directory that is asked by SCIM 2.0; without the first the embedded one is asked."""

    #: a token that may read people and groups, and change groups' members
    helpdesk_scim_token: SecretStr | None = None
    #: such as https://id.example.com/scim/v2
    helpdesk_scim_url: Base | None = None
    #: where the server keeps the address that Slack knows people by, too
    helpdesk_scim_email: Literal["emails.value", "userName"] = "emails.value"
    #: the server takes new passwords of people
    helpdesk_scim_passwords: bool = False

    @field_validator("helpdesk_scim_url")
    @classmethod
    def _both(cls, value: str | None, found: ValidationInfo) -> str | None:
        if value and not found.data.get("helpdesk_scim_token"):
            raise ValueError("takes HELPDESK_SCIM_TOKEN beside it: nobody is let in without one")
        return value
