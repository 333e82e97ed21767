"""The directory on an LDAP server.

Promise: a record's id is the server's own, whatever the person was named by; nobody where two fit, or none is active.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.backends.directory import ID, PersonRecord
from tools.backends.elsewhere.members import Group
from tools.backends.elsewhere.nesting import reach
from tools.backends.elsewhere.people import address, only
from tools.backends.ldap.schema import Person, equal, group_at, plain
from tools.backends.ldap.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class LdapDirectory:
    """A Directory over one server."""

    server: Server
    #: names of groups, in lower case, whose members are privileged
    admins: frozenset[str] = frozenset()

    async def find(self, person: str) -> PersonRecord | None:
        """See Directory; by the server's own id, else by what they sign in with, written exactly so."""
        if not ID.fullmatch(person):
            return None
        names = self.server.names
        found = await self.server.persons(equal(names.id, person), equal(names.login, person))
        by_id = [each for each in found if each.id == person]
        return await self._only(by_id or found, lambda each: person == each.id or person in each.logins)

    async def find_by_email(self, email: str) -> PersonRecord | None:
        """See Directory."""
        wanted = address(email)
        if wanted is None:
            return None
        found = await self.server.persons(equal(self.server.names.email, wanted))
        return await self._only(found, lambda each: wanted in each.emails)

    async def _only(self, found: Sequence[Person], fits: Callable[[Person], bool]) -> PersonRecord | None:
        """The one active person whom we, too, find to be meant."""
        meant = only([each for each in found if each.active and fits(each)])
        return await self._record(meant) if meant else None

    async def _record(self, found: Person) -> PersonRecord:
        reached = await reach(self.server, await self._direct(found), self.admins)
        manager = await self.server.person_at(found.manager) if found.manager else None
        return PersonRecord(
            id=found.id,
            name=found.name,
            email=next(iter(found.emails), ""),
            device=None,
            location=found.location,
            department=found.department,
            manager=manager.id if manager else None,
            groups=tuple(sorted({str(each) for each in reached.groups})),
            privileged=reached.privileged,
        )

    async def _direct(self, found: Person) -> list[Group]:
        """Also groups that the server says the person is in, and that do not say so themselves."""
        direct = await self.server.groups_with(found.dn)
        known = {plain(each.handle).casefold() for each in direct}
        return direct + [group_at(each) for each in found.groups if plain(each).casefold() not in known]
