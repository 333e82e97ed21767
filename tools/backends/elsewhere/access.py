"""Access on a server: it keeps who is in which group; why, and until when, is in books of our own.

Promise: every change is read back. Where that fails after one was sent nobody knows, so the error is no ToolFailed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection

from tools.backends import grants
from tools.backends.access import MAX_LISTED, NO_GROUP, NO_PERSON, THERE_AGAIN, Granted, Lasting, Membership
from tools.backends.database import Database, ask
from tools.backends.elsewhere import books
from tools.backends.elsewhere.books import Pair
from tools.backends.elsewhere.members import Group, Members
from tools.backends.elsewhere.nesting import reach
from tools.backends.failures import ACCESS, NoAnswer
from tools.spec import NotPossible, Resource, ToolFailed

T = TypeVar("T")

#: changes that are tried, and looks at what others did meanwhile, before people are told
TRIES = 4
#: characters of a group's name
MAX_NAME = 200

CHANGES = "Somebody else changes the same access right now. Please try again in a minute."
TAKEN_BACK = "This access was taken back before it was given."


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAccess:
    """Access over one server, and the tables of grants."""

    server: Members
    database: Database
    #: names of groups, in lower case, that are privileged
    admins: frozenset[str] = frozenset()

    async def resolve(self, named: str) -> Resource | None:
        """See Access; nothing where two groups have the name."""
        if not named.isprintable() or len(named) > MAX_NAME:
            return None
        found = await self.server.groups_named(named)
        by_id = [each for each in found if each.id == named]
        meant = by_id or [each for each in found if each.name == named]
        if len(meant) != 1:
            return None
        return _resource(meant[0], rights=(await reach(self.server, meant, self.admins)).privileged)

    async def grant(self, person: str, group_id: str, key: str, until: datetime | None, now: datetime) -> Granted:
        """See Access."""
        pair = (person, group_id)
        grant = {"key": key, "person_id": person, "group_id": group_id, "until": until, "granted_at": now}
        known = await self._books(lambda connection: grants.grant_of(connection, key, *pair))
        done = known or await self._opened(grant, pair, now)
        if not done.settled:
            if done.ended_at:
                raise NotPossible(TAKEN_BACK)
            try:
                member, _ = await self._settle(key, pair, now, changed=True)
            except ToolFailed:
                if known is None:  # nothing was asked of the server
                    await self._books(lambda connection: books.forget_grant(connection, key))
                raise
            if not member:
                raise NotPossible(TAKEN_BACK)
        return Granted(done.added, done.until)

    async def end(self, grant_key: str, now: datetime) -> bool:
        """See Access."""
        found = await self._books(lambda connection: books.close_grant(connection, grant_key, now))
        if found is None:
            return False
        grant, again = found
        member, changed = await self._settle(grant_key, (grant.person_id, grant.group_id), now, changed=again)
        return changed and not member

    async def revoke(self, person: str, group_id: str, key: str, now: datetime) -> bool:
        """See Access."""
        pair = (person, group_id)
        done = await self._books(lambda connection: grants.revocation_of(connection, key, *pair))
        if done is None:
            member = await self.server.has(group_id, person)
            row = {"key": key, "person_id": person, "group_id": group_id, "was_member": member, "at": now}
            opened = await self._books(lambda connection: books.open_revocation(connection, row))
            assert opened
            await self._settle(key, pair, now, changed=False)
            return bool(opened.was_member)
        if not done.settled:
            await self._settle(key, pair, now, changed=True)
        return bool(done.was_member)

    async def lasting(self) -> Sequence[Lasting]:
        """See Access."""
        return await self._books(grants.lasting)

    async def of(self, person: str) -> Sequence[Membership]:
        """See Access; where one of them is nested in a privileged group, all are shown as privileged."""
        direct = await self.server.groups_of(person)
        rights = (await reach(self.server, direct, self.admins)).privileged
        resources = sorted((_resource(each, rights=rights) for each in direct), key=lambda each: each.name)[:MAX_LISTED]
        return await self._books(
            lambda connection: [Membership(each, grants.until(connection, person, each.id)) for each in resources]
        )

    async def _books(self, work: Callable[[Connection], T]) -> T:
        return await ask(self.database, ACCESS, work)

    async def _opened(self, grant: dict[str, Any], pair: Pair, now: datetime) -> Any:
        """The grant, on record; what nobody granted or is changing now is a permanent membership."""
        person, group_id = pair
        if not await self.server.active(person):
            raise NotPossible(NO_PERSON.format(person))
        if await self.server.group(group_id) is None:
            raise NotPossible(NO_GROUP.format(group_id))
        for _ in range(TRIES):
            known = await self._books(lambda connection: books.touched(connection, pair, now))
            member = await self.server.has(group_id, person)
            row = await self._books(partial(books.open_grant, grant=grant, known=known, member=member))
            if row is not None:
                return row
        raise ToolFailed(CHANGES)

    async def _settle(self, key: str, pair: Pair, now: datetime, *, changed: bool) -> tuple[bool, bool]:
        """Bring the server to what the books want, whatever they come to want meanwhile: is a member, was changed.

        `changed`: this key may have changed the membership, or must; otherwise what others hold is left as it is.
        """
        sent = False
        try:
            for _ in range(TRIES):
                member = await self._books(lambda connection: books.wanted(connection, pair, now))
                if changed or not member:
                    sent = await self._bring(pair, member=member) or sent
                    changed = changed or sent
                if await self._books(partial(books.settle, key=key, pair=pair, now=now, member=member)):
                    return member, changed
        except ToolFailed as error:
            if sent:
                raise _unknown() from error
            raise
        raise _unknown() if sent else ToolFailed(CHANGES)

    async def _bring(self, pair: Pair, *, member: bool) -> bool:
        """Whether it had to be changed. Raises TimeoutError where a change was sent and nobody knows what it did."""
        person, group_id = pair
        sent = False
        for tried in range(TRIES + 1):
            try:
                group = await self.server.group(group_id)
                if group is None and member:
                    raise NotPossible(NO_GROUP.format(group_id))
                if group is None or await self.server.has(group_id, person) is member:
                    return sent
                if tried < TRIES:
                    sent = await self._put(group, person, member=member) or sent
            except ToolFailed as error:
                if sent:
                    raise _unknown() from error
                raise
        if sent and member:
            raise _unknown()
        raise ToolFailed(THERE_AGAIN if sent else CHANGES)

    async def _put(self, group: Group, person: str, *, member: bool) -> bool:
        """Whether it may have been done; what became of it is seen when it is read back."""
        try:
            return await self.server.put(group, person, member=member)
        except NoAnswer:
            return True


def _unknown() -> TimeoutError:
    return TimeoutError("a change of access was sent, and it was not seen what became of it")


def _resource(group: Group, *, rights: bool) -> Resource:
    return Resource(kind="group", id=group.id, name=str(group), privileged=rights)
