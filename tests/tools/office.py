"""One company thrice, on the embedded tables, by SCIM and by LDAP: what must be so on all is told of an Office."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from tests.tools import groups
from tests.tools.ldap import LdapWorld, ldap_world
from tests.tools.rig import Desk, OwnDatabase
from tests.tools.scim import TOKEN, ScimWorld, scim_world
from tests.tools.slapd import BOT, GROUPS_BASE, PASSWORD, PEOPLE_BASE
from tools.backends.access import Access
from tools.backends.directory import Directory, PersonRecord
from tools.backends.elsewhere.access import ServerAccess
from tools.backends.scim.directory import ScimDirectory
from tools.backends.scim.server import server
from tools.backends.sql_access import SqlAccess
from tools.backends.sql_directory import SqlDirectory

if TYPE_CHECKING:
    from tools.backends.ldap.server import Server as LdapServer

ADMINS = frozenset({"it-admins"})


class Office(Protocol):
    """The company, an administrator's hand in it, and the tools at work."""

    desk: Desk
    directory: Directory
    access: Access

    async def add_group(self, name: str) -> None:
        """There is such a group."""

    async def nest(self, *names: str) -> None:
        """Each of these groups is nested in the next."""

    async def join(self, person: str, group: str) -> None:
        """The person is a permanent member."""

    async def leave(self, person: str, group: str) -> None:
        """The person is no direct member, and no grant knows of it."""


class SqlOffice:
    """On the embedded tables."""

    def __init__(self, database: OwnDatabase, desk: Desk) -> None:
        self._database, self.desk = database, desk
        self.directory: Directory = SqlDirectory(database)
        self.access: Access = SqlAccess(database)

    async def add_group(self, name: str) -> None:
        """See Office."""
        await groups.add_groups(self._database, name)

    async def nest(self, *names: str) -> None:
        """See Office."""
        await groups.nest(self._database, *names)

    async def join(self, person: str, group: str) -> None:
        """See Office."""
        await groups.join(self._database, person, group)

    async def leave(self, person: str, group: str) -> None:
        """See Office."""
        await groups.leave(self._database, person, group)


class ScimOffice:
    """On a server."""

    def __init__(self, world: ScimWorld, directory: ScimDirectory, access: ServerAccess, desk: Desk) -> None:
        self.world, self.desk = world, desk
        self.directory: Directory = directory
        self.access: Access = access
        self.desk.backends = {**desk.backends, Directory: directory, Access: access}

    async def add_group(self, name: str) -> None:
        """See Office."""
        self.world.add_group(name)

    async def nest(self, *names: str) -> None:
        """See Office."""
        for child, parent in pairwise(names):
            self.world.join(self.world.id_of(child), parent)

    async def join(self, person: str, group: str) -> None:
        """See Office."""
        self.world.join(person, group)

    async def leave(self, person: str, group: str) -> None:
        """See Office."""
        self.world.leave(person, group)


@asynccontextmanager
async def scim_office(database: OwnDatabase, desk: Desk, *, people: bool = True) -> AsyncIterator[ScimOffice]:
    """The company on a server, and the books in the database."""
    with scim_world(people=people) as world:
        async with server(world.url, TOKEN) as asked:
            directory = ScimDirectory(server=asked, admins=ADMINS)
            yield ScimOffice(world, directory, ServerAccess(server=asked, database=database, admins=ADMINS), desk)


class LdapOffice:
    """On a server that speaks LDAP."""

    def __init__(self, world: LdapWorld, server: "LdapServer", database: OwnDatabase, desk: Desk) -> None:
        from tools.backends.ldap.directory import LdapDirectory  # noqa: PLC0415 -- an extra

        self.world, self.server, self.desk = world, server, desk
        self.directory: Directory = LdapDirectory(server=server, admins=ADMINS)
        self.access: Access = ServerAccess(server=server, database=database, admins=ADMINS)
        self.desk.backends = {**desk.backends, Directory: self.directory, Access: self.access}

    async def add_group(self, name: str) -> None:
        """See Office."""
        self.world.add_group(name)

    async def nest(self, *names: str) -> None:
        """See Office."""
        for child, parent in pairwise(names):
            self.world.join(child, parent)

    async def join(self, person: str, group: str) -> None:
        """See Office."""
        self.world.join(person, group)

    async def leave(self, person: str, group: str) -> None:
        """See Office."""
        self.world.leave(person, group)


@asynccontextmanager
async def ldap_server(port: int, **settings: Any) -> AsyncIterator["LdapServer"]:
    """The server of a world, as the bot asks it."""
    from tools.backends.ldap.client import client  # noqa: PLC0415 -- an extra
    from tools.backends.ldap.connections import Login  # noqa: PLC0415
    from tools.backends.ldap.dial import Address  # noqa: PLC0415
    from tools.backends.ldap.schema import Names  # noqa: PLC0415
    from tools.backends.ldap.server import Server as LdapServer  # noqa: PLC0415

    at = Address(host="127.0.0.1", port=port, tls=None)
    names = Names(id="employeeNumber", group_id="businessCategory")
    known = {"base": PEOPLE_BASE, "groups_base": GROUPS_BASE, "names": names, **settings}
    async with client(at, Login(BOT, PASSWORD), (known["base"], known["groups_base"])) as asked:
        yield LdapServer(client=asked, **known)


@asynccontextmanager
async def ldap_office(database: OwnDatabase, desk: Desk) -> AsyncIterator[LdapOffice]:
    """The company on a server, and the books in the database."""
    with ldap_world() as world:
        async with ldap_server(world.port) as asked:
            yield LdapOffice(world, asked, database, desk)


async def groups_of(office: Office, person: str) -> tuple[str, ...]:
    """Of a person whom there is."""
    return (await person_of(office, person)).groups


async def person_of(office: Office, key: str) -> PersonRecord:
    """Whom there is."""
    found = await office.directory.find(key)
    assert found is not None
    return found
