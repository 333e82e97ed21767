"""The directory on a SCIM server.

Promise: a record's id is the server's own, whatever the person was named by; nobody where two fit, or none is active.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from tools.backends.directory import ID, PersonRecord
from tools.backends.elsewhere.nesting import reach
from tools.backends.elsewhere.people import address, only
from tools.backends.scim.models import Enterprise, Person
from tools.backends.scim.server import Server, active, equal


@dataclass(frozen=True, slots=True, kw_only=True)
class ScimDirectory:
    """A Directory over one server."""

    server: Server
    #: names of groups, in lower case, whose members are privileged
    admins: frozenset[str] = frozenset()
    #: where addresses are looked for
    email: Literal["emails.value", "userName"] = "emails.value"

    async def find(self, person: str) -> PersonRecord | None:
        """See Directory; by the server's own id, else by userName or externalId, written exactly so."""
        if not ID.fullmatch(person):
            return None
        found = await self.server.person(person)
        if found is None:
            named = [equal("userName", person), equal("externalId", person)]
            return await self._only(named, lambda each: person in (each.user_name, each.external_id))
        return await self._record(found) if active(found) else None

    async def find_by_email(self, email: str) -> PersonRecord | None:
        """See Directory."""
        wanted = address(email)
        if wanted is None:
            return None
        return await self._only([equal(self.email, wanted)], lambda each: wanted in self._emails(each))

    async def _only(self, terms: Sequence[str], fits: Callable[[Person], bool]) -> PersonRecord | None:
        """The one active person whom we, too, find to be meant."""
        found = only([each for each in await self.server.persons(*terms) if active(each) and fits(each)])
        return await self._record(found) if found else None

    async def _record(self, found: Person) -> PersonRecord:
        inner = [equal("members.value", str(found.id))]
        # a server may know of groups that it does not answer that question with
        inner += [equal("id", each.value) for each in found.groups or () if each.value]
        reached = await reach(self.server, await self.server.groups(inner), self.admins)
        company: Enterprise | None = found[Enterprise]
        manager = company.manager.value if company and company.manager else None
        return PersonRecord(
            id=str(found.id),
            name=_name(found),
            email=next(iter(self._emails(found)), ""),
            device=None,
            location=_location(found),
            department=company.department if company else None,
            manager=manager if manager and ID.fullmatch(manager) else None,
            groups=tuple(sorted({str(each) for each in reached.groups})),
            privileged=reached.privileged,
        )

    def _emails(self, found: Person) -> list[str]:
        """In lower case, the primary one first."""
        if self.email == "userName":
            return [(found.user_name or "").strip().lower()]
        sorted_ = sorted(found.emails or (), key=lambda each: not each.primary)
        return [each.value.strip().lower() for each in sorted_ if each.value]


def _name(found: Person) -> str:
    name = found.name
    parts = [part for part in (name.given_name, name.family_name) if part] if name else []
    formatted = name.formatted if name else None
    return found.display_name or formatted or " ".join(parts) or found.user_name or str(found.id)


def _location(found: Person) -> str | None:
    places = sorted(found.addresses or (), key=lambda each: not each.primary)
    return next((each.locality for each in places if each.locality), None)
