"""The questions we ask an LDAP server, and the three things we tell it: who is in a group, a password, an unlocking.

Promise: what it gives beside what it was asked for is passed over; more than can be read is ToolFailed, never a part.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from pydantic import SecretStr

from tools.backends.access import NO_PERSON
from tools.backends.accounts import PasswordRefused
from tools.backends.directory import ID
from tools.backends.elsewhere.members import Group
from tools.backends.failures import DIRECTORY, NoAnswer
from tools.backends.ldap import codes
from tools.backends.ldap.client import Client, Row
from tools.backends.ldap.schema import Names, Person, both, either, equal, group_of
from tools.spec import NotPossible

T = TypeVar("T")

#: alternatives in one question
TERMS = 20

LAST_MEMBER = (
    "{} is the last member of the group {}, and the directory keeps no group without members. "
    "Somebody else has to become a member first."
)
_REFUSED = {
    codes.NOT_YOURS: "The directory does not let this password be changed. Please ask IT.",
    codes.TOO_SIMPLE: "The directory finds this password too simple. Use a longer one, with more kinds of characters.",
    codes.TOO_SHORT: "The directory asks for a longer password.",
    codes.TOO_YOUNG: "Your password was changed only a short while ago, and may not be changed again yet.",
    codes.HAD_BEFORE: "You have had this password before. Choose another one.",
    codes.CONSTRAINT: "The directory does not take this password. Choose another one.",
}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server. Its methods raise ToolFailed where it does not answer."""

    client: Client
    #: below which people and groups are
    base: str
    groups_base: str
    #: the filters for who works here, and for what is a group
    people: str = "(objectClass=inetOrgPerson)"
    kinds: str = "(objectClass=groupOfNames)"
    names: Names = field(default_factory=Names)

    async def persons(self, *terms: str) -> list[Person]:
        """Those who work here and for whom one of the filters holds."""
        rows = await self.client.rows(self.base, both(self.people, either(terms)), self.names.of_people())
        return self._persons(rows)

    async def person_at(self, dn: str) -> Person | None:
        """Who works here and has this place, or None."""
        found = self._persons(await self.client.rows(dn, self.people, self.names.of_people(), only=True))
        return found[0] if found else None

    async def active(self, person: str) -> bool:
        """See Members."""
        return await self._one(person) is not None

    async def group(self, key: str) -> Group | None:
        """See Members."""
        found = await self._groups([equal(self.names.group_id, key)]) if ID.fullmatch(key) else []
        return next((each for each in found if each.id == key), None)

    async def groups_named(self, named: str) -> list[Group]:
        """See Members."""
        return await self._groups([equal(self.names.group_id, named), equal(self.names.group, named)])

    async def groups_of(self, person: str) -> list[Group]:
        """See Members."""
        dn = await self._dn(person)
        return await self.groups_with(dn) if dn else []

    async def groups_with(self, dn: str) -> list[Group]:
        """Those that say whoever has this place is a direct member."""
        return await self._groups([equal(self.names.member, dn)])

    async def groups_around(self, inner: Sequence[Group]) -> list[Group]:
        """See Members."""
        return await self._groups([equal(self.names.member, each.handle) for each in inner])

    async def has(self, group_id: str, person: str) -> bool:
        """See Members."""
        dn = await self._dn(person)
        found = (
            await self._groups([both(equal(self.names.group_id, group_id), equal(self.names.member, dn))]) if dn else []
        )
        return any(each.id == group_id for each in found)

    async def put(self, group: Group, person: str, *, member: bool) -> bool:
        """See Members."""
        dn = await self._dn(person)
        if dn is None:
            raise NotPossible(NO_PERSON.format(person))
        add, remove = (dn, None) if member else (None, dn)
        code = await self.client.change(group.handle, self.names.member, add, remove)
        if code == codes.OBJECT_CLASS and not member:
            raise NotPossible(LAST_MEMBER.format(person, group))
        if code == codes.OBJECT_CLASS:
            raise DIRECTORY.refused(code, "the object class of groups: it knows no such members")
        return code != codes.NO_SUCH_OBJECT

    async def locked(self, person: str) -> bool | None:
        """See Unlocks."""
        found = await self._one(person)
        return found.locked if found else None

    async def unlock(self, person: str) -> None:
        """See Unlocks."""
        if found := await self._one(person):
            await self.client.change(found.dn, self.names.locked)

    async def set_password(self, person: str, password: SecretStr) -> None:
        """See SetsPasswords: it was seen to be set where the person can sign in with it."""
        found = await self._one(person)
        if found is None:
            raise NotPossible(NO_PERSON.format(person))
        code = await self.client.set_password(found.dn, password)
        if code in _REFUSED:
            raise PasswordRefused(_REFUSED[code])
        if code:
            raise DIRECTORY.refused(
                code, "the password policy: pwdSafeModify must be FALSE for who sets others' passwords"
            )
        if not await self.client.signs_in(found.dn, password):
            log.error("a password was set, and nobody can sign in with it")
            raise NoAnswer("nobody can sign in with it")

    async def _one(self, person: str) -> Person | None:
        """Who works here and has exactly this id, or None."""
        found = await self.persons(equal(self.names.id, person)) if ID.fullmatch(person) else []
        return self._only([each for each in found if each.id == person and each.active])

    async def _dn(self, person: str) -> str | None:
        """The place of a person, who may have left."""
        if not ID.fullmatch(person):
            return None
        rows = await self.client.rows(self.base, equal(self.names.id, person), [self.names.id])
        return self._only([each.dn for each in rows if person in each.all(self.names.id)])

    def _only(self, meant: Sequence[T]) -> T | None:
        """The one that is meant; of two with one id nobody is taken for the other."""
        if len(meant) > 1:
            raise DIRECTORY.unreadable("more than one has the same id", look_at=self.names.id)
        return meant[0] if meant else None

    async def _groups(self, terms: Sequence[str]) -> list[Group]:
        found: dict[str, Group] = {}
        for start in range(0, len(terms), TERMS):
            wanted = both(self.kinds, either(terms[start : start + TERMS]))
            rows = await self.client.rows(self.groups_base, wanted, self.names.of_groups())
            made = [group for group in (group_of(each, self.names) for each in rows) if group]
            if len(made) < len(rows):
                log.warning("groups without an id are none", groups=len(rows) - len(made), look_at=self.names.group_id)
            found |= {each.id: each for each in made}
        return list(found.values())

    def _persons(self, rows: Sequence[Row]) -> list[Person]:
        made = [person for person in (Person.of(each, self.names) for each in rows) if person]
        if len(made) < len(rows):
            log.warning("people without an id are nobody", people=len(rows) - len(made), look_at=self.names.id)
        return made
