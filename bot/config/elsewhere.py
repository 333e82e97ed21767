"""Who works here, where a server elsewhere knows it: one, by SCIM or by LDAP."""

from pydantic import ValidationInfo, field_validator

from bot.config.ldap import LdapSettings
from bot.config.scim import ScimSettings


class ElsewhereSettings(LdapSettings, ScimSettings):
    """A directory elsewhere, or none."""

    @field_validator("helpdesk_ldap_url")
    @classmethod
    def _one(cls, value: str | None, found: ValidationInfo) -> str | None:
        if value and found.data.get("helpdesk_scim_url"):
            raise ValueError("takes no HELPDESK_SCIM_URL beside it: there is one directory")
        return value
