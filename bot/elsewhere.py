"""The directory, access and accounts on a server elsewhere, as the settings say; loaded where it is used."""

import ssl
from collections.abc import Mapping
from contextlib import AsyncExitStack
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.config.directory import DirectorySettings
from bot.config.ldap import LdapSettings
from bot.errors import ConfigError
from tools.backends.access import Access
from tools.backends.accounts import Locks, Passwords
from tools.backends.directory import Directory
from tools.backends.elsewhere.access import ServerAccess
from tools.backends.elsewhere.accounts import ServerLocks, ServerPasswords, SetsPasswords
from tools.backends.elsewhere.members import Members
from tools.backends.embedded import Booked

if TYPE_CHECKING:
    from tools.backends.ldap.server import Server as LdapServer

NO_BONSAI = (
    "HELPDESK_LDAP_URL needs bonsai, which is not installed or cannot be loaded: pip install 'helpdesk-agent[ldap]'. "
    "To build it takes gcc and, of Debian's packages, libldap-dev and libsasl2-dev."
)

#: the ports of ldap:// and ldaps://
_PORTS = {"ldap": 389, "ldaps": 636}


async def systems(settings: DirectorySettings, stack: AsyncExitStack) -> Mapping[type, object]:
    """Each by the type that tools ask for, until the stack ends; nothing: all is embedded. Raises ConfigError."""
    if settings.helpdesk_ldap_url:
        return await _ldap(settings, settings.helpdesk_ldap_url, stack)
    return await _scim(settings, stack)


async def _scim(settings: DirectorySettings, stack: AsyncExitStack) -> Mapping[type, object]:
    url, token = settings.helpdesk_scim_url, settings.helpdesk_scim_token
    if not (url and token):
        return {}
    from tools.backends.scim import server  # noqa: PLC0415 -- loaded only where it is used
    from tools.backends.scim.directory import ScimDirectory  # noqa: PLC0415

    asked = await stack.enter_async_context(server.server(url, token))
    return {
        Directory: ScimDirectory(server=asked, admins=settings.admins, email=settings.helpdesk_scim_email),
        Access: _access(asked, settings),
        **({Passwords: _passwords(asked)} if settings.helpdesk_scim_passwords else {}),
    }


async def _ldap(settings: DirectorySettings, url: str, stack: AsyncExitStack) -> Mapping[type, object]:
    asked = await _ldap_server(settings, url, stack)
    from tools.backends.ldap.directory import LdapDirectory  # noqa: PLC0415 -- as above

    return {
        Directory: LdapDirectory(server=asked, admins=settings.admins),
        Access: _access(asked, settings),
        Locks: Booked(lambda database, _: ServerLocks(server=asked, database=database)),
        Passwords: _passwords(asked),
    }


def _access(asked: Members, settings: DirectorySettings) -> Booked:
    return Booked(lambda database, _: ServerAccess(server=asked, database=database, admins=settings.admins))


def _passwords(asked: SetsPasswords) -> Booked:
    return Booked(lambda database, _: ServerPasswords(server=asked, database=database))


async def _ldap_server(settings: LdapSettings, url: str, stack: AsyncExitStack) -> "LdapServer":
    try:
        from tools.backends.ldap import client, connections, dial, schema, server  # noqa: PLC0415 -- as above
    except ImportError as error:
        if "bonsai" not in f"{error.name}{error.path}":
            raise
        raise ConfigError(NO_BONSAI) from None
    user, password, base = settings.helpdesk_ldap_user, settings.helpdesk_ldap_password, settings.helpdesk_ldap_base
    assert user and password and base, "the settings see to it"  # noqa: PT018 -- one thing: what stands beside an URL
    groups = settings.helpdesk_ldap_groups or base
    at = urlsplit(url)
    address = dial.Address(
        host=at.hostname or "", port=at.port or _PORTS[at.scheme], tls=tls(settings, url), starts=at.scheme == "ldap"
    )
    opened = client.client(address, connections.Login(user, password), (base, groups))
    return server.Server(
        client=await stack.enter_async_context(opened),
        base=base,
        groups_base=groups,
        people=settings.helpdesk_ldap_people_filter,
        kinds=settings.helpdesk_ldap_group_filter,
        names=schema.Names(**(settings.helpdesk_ldap_attributes or {})),
    )


def tls(settings: LdapSettings, url: str) -> ssl.SSLContext | None:
    """How the server proves itself; None: in plain text. Raises ConfigError."""
    at = urlsplit(url)
    if at.scheme == "ldap" and (settings.helpdesk_ldap_plain or _near(at.hostname or "")):
        return None
    try:
        return ssl.create_default_context(cafile=settings.helpdesk_ldap_ca)
    except (OSError, ssl.SSLError):
        raise ConfigError("HELPDESK_LDAP_CA takes a file of certificates in PEM; none can be read from it.") from None


def _near(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
