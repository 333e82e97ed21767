"""Who works here, where a server elsewhere knows it: one, by SCIM or by LDAP."""

from pydantic import ValidationInfo, field_validator

from bot.config.environment import Listed
from bot.config.ldap import LdapSettings
from bot.config.scim import ScimSettings


class DirectorySettings(LdapSettings, ScimSettings):
    """A directory elsewhere, or none."""

    #: names of groups there, comma-separated, whose members are privileged beside those of groups called admin-…
    helpdesk_privileged_groups: Listed = ()

    @property
    def admins(self) -> frozenset[str]:
        """The same in lower case."""
        return frozenset(each.casefold() for each in self.helpdesk_privileged_groups)

    @field_validator("helpdesk_ldap_url")
    @classmethod
    def _one(cls, value: str | None, found: ValidationInfo) -> str | None:
        if value and found.data.get("helpdesk_scim_url"):
            raise ValueError("takes no HELPDESK_SCIM_URL beside it: there is one directory")
        return value
