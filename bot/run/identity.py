"""Who is who: which directory record a Slack user is, and which Slack user a record is.

Promise: pinned to ids once it is known, never decided by a name, and nobody at all where two claim to be one.
"""

import asyncio
from collections.abc import Iterable

from bot.core.known import Person, SlackUser
from bot.errors import Unanswered
from bot.run.kit import Kit
from bot.run.ports import REMEMBERED, SlackPerson
from bot.store import links
from bot.store.links import Link
from tools.backends.directory import PersonRecord

#: people of one conversation who are looked up; where more spoke nobody knows who may approve, so nobody does
MAX_SPEAKERS = 500


def person_of(found: PersonRecord, slack_user: SlackUser | None) -> Person:
    """The record as decisions rest on it."""
    return Person(
        record=found.id,
        name=found.name,
        privileged=found.privileged,
        slack_user=slack_user,
        department=found.department,
        manager=found.manager,
        groups=found.groups,
    )


class Identity:
    """Links between Slack and the directory; makes them where they can be made."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def link_of(self, person: SlackPerson) -> Link | None:
        """Who a Slack user is, or may be: what is disputed or unconfirmed bars them, and gives them no right.

        Raises Unanswered or ToolFailed.
        """
        known = await self._kit.database.run(lambda connection: links.of_user(connection, person.user))
        return await self.linked(person, known)

    async def linked(self, person: SlackPerson, link: Link | None) -> Link | None:
        """As link_of, where this is what is stored."""
        if link or await self._record(person) is None:
            return link
        # what is remembered of an address may be somebody else's by now, and a link is for good
        now = await self._kit.people.who(person.user, max_age=0)
        record = await self._record(now) if now else None
        if now is None or record is None:
            return None
        return await self._claim(now.user, record.id) if now.confirmed else Link(now.user, record.id, disputed=True)

    async def barred(self, users: Iterable[SlackUser]) -> tuple[str, ...]:
        """Directory ids of who these users are or may be, which is enough to bar them; nobody is linked by that.

        Raises Unanswered or ToolFailed.
        """
        asked = sorted(users)
        if len(asked) > MAX_SPEAKERS:
            raise Unanswered("more people spoke than can be looked up")
        found = await asyncio.gather(*(self._may_be(user) for user in asked))
        return tuple(sorted({record for record in found if record}))

    async def _may_be(self, user: SlackUser) -> str | None:
        link = await self._kit.database.run(lambda connection: links.of_user(connection, user))
        if link:
            return link.record
        person = await self._kit.people.who(user)
        record = await self._record(person) if person else None
        return record.id if record else None

    async def _record(self, person: SlackPerson) -> PersonRecord | None:
        """The record with the address that Slack tells."""
        if not (person.email and person.colleague):
            return None
        return await self._kit.directory.find_by_email(person.email)

    async def person(self, record: str, *, max_age: float = REMEMBERED) -> Person | None:
        """The person with this directory id, or None. Raises Unanswered or ToolFailed."""
        found = await self._kit.directory.find(record)
        if found is None:
            return None
        return person_of(found, await self.user_of(found, max_age=max_age))

    async def user_of(self, record: PersonRecord, *, max_age: float = REMEMBERED) -> SlackUser | None:
        """The active Slack user who is this record, or None."""
        link = await self._kit.database.run(lambda connection: links.of_record(connection, record.id))
        # as above: what is not linked yet is asked of Slack itself
        age = max_age if link else 0
        user = link.slack_user if link else await self._kit.people.find(record.email, max_age=age)
        person = await self._kit.people.who(user, max_age=age) if user else None
        if person is None or not person.colleague:
            return None
        if link is None and person.confirmed:
            link = await self._claim(person.user, record.id)
        return link.slack_user if link and link.record == record.id and not link.disputed else None

    async def _claim(self, user: SlackUser, record: str) -> Link:
        now = self._kit.now().timestamp()
        return await self._kit.database.run(lambda connection: links.claim(connection, user, record, now), alone=True)
