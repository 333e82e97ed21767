"""Who may approve: the people behind each source that a policy names, as they are now."""

import asyncio
from collections.abc import Iterable, Mapping

import structlog

from bot.core.known import Person, SlackUser, Source
from bot.run.identity import Identity
from bot.run.kit import Kit
from tools.spec import Resource

#: a no that is so old still refuses, so that nobody can make us ask again and again; a yes is always looked up afresh
TWICE = (10.0, 0.0)

#: how old an answer may be when a card is made, seconds: people look at it soon after they changed a group
FOR_CARDS = 30.0

#: people of one source who are looked up, and of those the approvers who are asked
MAX_LOOKED_UP, MAX_APPROVERS = 500, 200

log = structlog.get_logger()


class Entitled:
    """Expands sources; what decides about a click is asked of Slack itself."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._identity = Identity(kit)

    async def expand(
        self,
        sources: Iterable[Source],
        requester: Person | None,
        subject: Person | None,
        resource: Resource | None,
    ) -> dict[Source, tuple[SlackUser, ...]]:
        """The active full members of the workspace behind each source. Raises Unanswered or ToolFailed."""
        wanted = list(dict.fromkeys(sources))
        records = {
            "requester.manager": requester.manager if requester else None,
            "subject.manager": subject.manager if subject else None,
            "resource.owner": resource.owner if resource else None,
        }
        found = await asyncio.gather(*(self._users(source, records, max_age=FOR_CARDS) for source in wanted))
        return {source: await self._members(users) for source, users in zip(wanted, found, strict=True)}

    async def is_approver(self, user: SlackUser) -> bool:
        """The user is one of those who approve where no rule names others. Raises Unanswered."""
        return bool(await self.by_default(user))

    async def by_default(self, user: SlackUser) -> tuple[Source, ...] | None:
        """Of the sources that are asked where no rule names others, the user's; None where they may not approve."""
        return await self.sources_of(user, dict.fromkeys(self._kit.policy.approvers, (user,)), {})

    async def sources_of(
        self, user: SlackUser, members: Mapping[Source, Iterable[SlackUser]], meant: Mapping[Source, str | None]
    ) -> tuple[Source, ...] | None:
        """Which of these sources the user belongs to right now; None where they may not approve at all.

        `members` says who did when the request was made, `meant` whom sources stand for that are no ids of Slack.
        """
        could = [source for source, users in members.items() if user in users]
        for max_age in TWICE:
            found = await asyncio.gather(*(self._users(source, meant, max_age=max_age) for source in could))
            could = [source for source, users in zip(could, found, strict=True) if user in users]
            person = await self._kit.people.who(user, max_age=max_age) if could else None
            if could and not (person and person.colleague and person.member):
                return None
        return tuple(could)

    async def _users(
        self, source: Source, records: Mapping[str, str | None], *, max_age: float
    ) -> frozenset[SlackUser]:
        if source.startswith("S"):
            return await self._kit.people.members(source, max_age=max_age)
        if source[:1] in "UW":
            return frozenset((source,))
        record = records.get(source)
        person = await self._identity.person(record, max_age=max_age) if record else None
        return frozenset((person.slack_user,)) if person and person.slack_user else frozenset()

    async def _members(self, users: Iterable[SlackUser]) -> tuple[SlackUser, ...]:
        asked = sorted(users)[:MAX_LOOKED_UP]
        people = await asyncio.gather(*(self._kit.people.who(user) for user in asked))
        able = [person.user for person in people if person and person.colleague and person.member]
        if len(able) > MAX_APPROVERS or len(asked) == MAX_LOOKED_UP:
            log.warning("a group has more approvers than are asked", asked=MAX_APPROVERS)
        return tuple(able[:MAX_APPROVERS])
