"""One company thrice, on the embedded tables, by SCIM and by LDAP: what must be so on all is told of an Office."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Protocol

from pydantic import SecretStr

from tests.tools import groups
from tests.tools.rig import Desk, OwnDatabase
from tests.tools.scim import TOKEN, ScimWorld, scim_world
from tools.backends.access import Access
from tools.backends.accounts import Locks, Passwords
from tools.backends.directory import Directory, PersonRecord
from tools.backends.elsewhere.access import ServerAccess
from tools.backends.elsewhere.accounts import ServerPasswords
from tools.backends.scim.directory import ScimDirectory
from tools.backends.scim.server import Server, server
from tools.backends.sql_access import SqlAccess
from tools.backends.sql_accounts import SqlAccounts
from tools.backends.sql_directory import SqlDirectory
from tools.backends.tables import accounts

ADMINS = frozenset({"it-admins"})


class Office(Protocol):
    """The company, an administrator's hand in it, and the tools at work."""

    desk: Desk
    directory: Directory
    access: Access
    passwords: Passwords

    async def add_group(self, name: str) -> None:
        """There is such a group."""

    async def nest(self, *names: str) -> None:
        """Each of these groups is nested in the next."""

    async def join(self, person: str, group: str) -> None:
        """The person is a permanent member."""

    async def leave(self, person: str, group: str) -> None:
        """The person is no direct member, and no grant knows of it."""

    async def has_password(self, person: str, password: SecretStr) -> bool:
        """That is the person's, as far as the system knows: the embedded one knows that there is a new one."""


class LockingOffice(Office, Protocol):
    """One whose accounts may be locked."""

    locks: Locks

    async def lock(self, person: str) -> None:
        """The person's account is locked."""

    async def is_locked(self, person: str) -> bool:
        """Whether it is."""


class SqlOffice:
    """On the embedded tables."""

    def __init__(self, database: OwnDatabase, desk: Desk) -> None:
        self._database, self.desk = database, desk
        self.directory: Directory = SqlDirectory(database)
        self.access: Access = SqlAccess(database)
        self.accounts = SqlAccounts(database)
        self.passwords: Passwords = self.accounts
        self.locks: Locks = self.accounts

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

    async def has_password(self, person: str, password: SecretStr) -> bool:  # noqa: ARG002 -- it keeps none
        """See Office."""
        found = await self.accounts.find(person)
        return found is not None and found.password_changed_at is not None

    async def lock(self, person: str) -> None:
        """See LockingOffice."""
        locked = accounts.update().where(accounts.c.person_id == person).values(locked=True)
        await self._database.run(lambda connection: connection.execute(locked).close())

    async def is_locked(self, person: str) -> bool:
        """See LockingOffice."""
        found = await self.accounts.find(person)
        return found is not None and found.locked


class ScimOffice:
    """On a server."""

    def __init__(self, world: ScimWorld, server: Server, database: OwnDatabase, desk: Desk) -> None:
        self.world, self.desk = world, desk
        self.directory: Directory = ScimDirectory(server=server, admins=ADMINS)
        self.access: Access = ServerAccess(server=server, database=database, admins=ADMINS)
        self.passwords: Passwords = ServerPasswords(server=server, database=database)
        systems: dict[type, object] = {Directory: self.directory, Access: self.access, Passwords: self.passwords}
        self.desk.backends = {**desk.backends, **systems}

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

    async def has_password(self, person: str, password: SecretStr) -> bool:
        """See Office."""
        return self.world.password(person) == password.get_secret_value()


@asynccontextmanager
async def scim_office(database: OwnDatabase, desk: Desk, *, people: bool = True) -> AsyncIterator[ScimOffice]:
    """The company on a server, and the books in the database."""
    with scim_world(people=people) as world:
        async with server(world.url, TOKEN) as asked:
            yield ScimOffice(world, asked, database, desk)


async def groups_of(office: Office, person: str) -> tuple[str, ...]:
    """Of a person whom there is."""
    return (await person_of(office, person)).groups


async def person_of(office: Office, key: str) -> PersonRecord:
    """Whom there is."""
    found = await office.directory.find(key)
    assert found is not None
    return found
