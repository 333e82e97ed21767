"""The company on an LDAP server; what of it needs bonsai is loaded where somebody asks for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from tests.tools.ldap import LdapWorld, ldap_world
from tests.tools.office import ADMINS
from tests.tools.rig import Desk, OwnDatabase
from tests.tools.slapd import BOT, GROUPS_BASE, PASSWORD, PEOPLE_BASE
from tools.backends.access import Access
from tools.backends.accounts import Locks, Passwords
from tools.backends.directory import Directory
from tools.backends.elsewhere.access import ServerAccess
from tools.backends.elsewhere.accounts import ServerLocks, ServerPasswords

if TYPE_CHECKING:
    from tools.backends.ldap.server import Server


class LdapOffice:
    """On a server that speaks LDAP."""

    def __init__(self, world: LdapWorld, server: "Server", database: OwnDatabase, desk: Desk) -> None:
        from tools.backends.ldap.directory import LdapDirectory  # noqa: PLC0415 -- an extra

        self.world, self.server, self.desk = world, server, desk
        self.directory: Directory = LdapDirectory(server=server, admins=ADMINS)
        self.access: Access = ServerAccess(server=server, database=database, admins=ADMINS)
        self.passwords: Passwords = ServerPasswords(server=server, database=database)
        self.locks: Locks = ServerLocks(server=server, database=database)
        mine: dict[type, object] = {Directory: self.directory, Access: self.access}
        self.desk.backends = {**desk.backends, **mine, Passwords: self.passwords, Locks: self.locks}

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

    async def has_password(self, person: str, password: SecretStr) -> bool:
        """See Office."""
        return self.world.signs_in(person, password.get_secret_value())

    async def lock(self, person: str) -> None:
        """See LockingOffice."""
        self.world.change(self.world.place(person), "pwdAccountLockedTime", "20261120080000Z")

    async def is_locked(self, person: str) -> bool:
        """See LockingOffice."""
        return bool(self.world.read(self.world.place(person), "pwdAccountLockedTime"))


#: how a server is spoken to, unless a test says otherwise
_PLAIN = {"host": "127.0.0.1", "tls": None, "starts": False}


@asynccontextmanager
async def ldap_server(port: int, **settings: Any) -> AsyncIterator["Server"]:
    """The server of a world, as the bot asks it."""
    from tools.backends.ldap.client import client  # noqa: PLC0415 -- an extra
    from tools.backends.ldap.connections import Login  # noqa: PLC0415
    from tools.backends.ldap.dial import Address  # noqa: PLC0415
    from tools.backends.ldap.schema import Names  # noqa: PLC0415
    from tools.backends.ldap.server import Server  # noqa: PLC0415

    host, tls, starts = (settings.pop(each, usual) for each, usual in _PLAIN.items())
    at = Address(host=host, port=port, tls=tls, starts=starts)
    names = Names(id="employeeNumber", group_id="businessCategory")
    login = Login(settings.pop("user", BOT), settings.pop("password", PASSWORD))
    known = {"base": PEOPLE_BASE, "groups_base": GROUPS_BASE, "names": names, **settings}
    async with client(at, login, (known["base"], known["groups_base"])) as asked:
        yield Server(client=asked, **known)


@asynccontextmanager
async def ldap_office(database: OwnDatabase, desk: Desk) -> AsyncIterator[LdapOffice]:
    """The company on a server, and the books in the database."""
    with ldap_world() as world:
        async with ldap_server(world.port) as asked:
            yield LdapOffice(world, asked, database, desk)
