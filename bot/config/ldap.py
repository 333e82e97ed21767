"""Who works here, what they may use, and their accounts, where an LDAP server knows it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from bot.config.environment import Environment, file, split

#: what may be called otherwise there (tools/backends/ldap/schema.py)
NAMED = (
    "id", "group_id", "login", "name", "email", "department", "location", "manager", "group", "member", "member_of",
    "locked",
)  # fmt: skip

_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9.-]*")


def _filter(value: str) -> str:
    if not re.fullmatch(r"\(.+\)", value) or value.count("(") != value.count(")") or not value.isprintable():
        raise ValueError("takes a filter of LDAP with its parentheses, such as (objectClass=inetOrgPerson)")
    return value


def _place(value: str) -> str:
    if "=" not in value or not value.isprintable():
        raise ValueError("takes a place in the directory, such as ou=people,dc=example,dc=com")
    return value


Filter = Annotated[str, AfterValidator(_filter)]
Place = Annotated[str, AfterValidator(_place)]


class LdapSettings(Environment):
    """A directory that is asked by LDAP; without the last the embedded one is asked."""

    #: who asks, such as cn=helpdesk,dc=example,dc=com
    helpdesk_ldap_user: Place | None = None
    helpdesk_ldap_password: SecretStr | None = None
    #: below which people are; and groups, where that is elsewhere
    helpdesk_ldap_base: Place | None = None
    helpdesk_ldap_groups: Place | None = None
    #: who works here, and what is a group
    helpdesk_ldap_people_filter: Filter = "(objectClass=inetOrgPerson)"
    helpdesk_ldap_group_filter: Filter = "(objectClass=groupOfNames)"
    #: what attributes are called there, where it is not as usual
    helpdesk_ldap_attributes: Annotated[Mapping[str, str] | None, NoDecode] = None
    #: a file with certificates that are trusted, in the place of the machine's
    helpdesk_ldap_ca: Annotated[Path, file("a file of certificates in PEM")] | None = None
    #: ldap:// is spoken without TLS, with other machines, too
    helpdesk_ldap_plain: bool = False
    #: such as ldaps://ldap.example.com, or ldap:// for TLS that begins by StartTLS
    helpdesk_ldap_url: str | None = None

    @field_validator("helpdesk_ldap_attributes", mode="before")
    @classmethod
    def _attributes(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        found = dict(each.partition("=")[::2] for each in split(value))
        if not found.keys() <= {*NAMED} or not all(_ATTRIBUTE.fullmatch(each) for each in found.values()):
            raise ValueError(f"takes pairs such as id=employeeNumber, comma-separated, of {', '.join(NAMED)}")
        return found

    @field_validator("helpdesk_ldap_url")
    @classmethod
    def _address(cls, value: str | None, found: ValidationInfo) -> str | None:
        if value is None:
            return None
        if not re.fullmatch(r"ldaps?://([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?/?", value) or not _port(value):
            raise ValueError("takes an address such as ldaps://ldap.example.com, with a port perhaps and nothing else")
        beside = ("helpdesk_ldap_user", "helpdesk_ldap_password", "helpdesk_ldap_base")
        if missing := [each.upper() for each in beside if not found.data.get(each)]:
            raise ValueError(f"takes {' and '.join(missing)} beside it")
        return value


def _port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False
