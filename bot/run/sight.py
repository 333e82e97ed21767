"""What the policy lets whoever asks see of others, found out when a tool asks, of records read in that moment.

Promise: in a direct message of Slack, of somebody who is sure to be a colleague in the directory, and by a condition
that holds; else nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.core.known import Person, SlackUser
from bot.core.rules import Outcome
from bot.core.sight import Clause, Look
from bot.core.thread import Thread, Work
from bot.errors import Unanswered
from bot.run.identity import Identity, person_of
from bot.run.kit import Kit
from tools.spec import OnlyOwn, Sight, ToolFailed

NOT_NOW = "Nobody can say just now what this person may see. Please try again in a minute."

log = structlog.get_logger()


def sight_of(kit: Kit, thread: Thread, work: Work, requester: str | None) -> Sight:
    """What the person who asks for the call, the record `requester`, may be shown."""
    place, policy = thread.opened, kit.policy
    # whoever has a token of the API reads what it answers
    if place is None or not place.private or place.token or not (policy.see.people or policy.see.tickets):
        return OnlyOwn()
    if requester is None:
        return OnlyOwn()
    tainted, here = bool(work.influences), kit.at(place.tenant)
    return ByPolicy(policy.digest, requester, thread.author(work), tainted, kit.now(), here)


@dataclass(frozen=True, slots=True)
class ByPolicy:
    """See Sight of tools/spec.py."""

    #: what is shown in its name may be shown again to the same person as long as the policy is the same
    policy: str
    requester: str
    user: SlackUser
    tainted: bool
    now: datetime = field(repr=False)
    kit: Kit = field(repr=False)

    async def person(self, person: str) -> bool:
        """See Sight."""
        clause = self.kit.policy.see.people
        found = await self.kit.directory.find(person) if clause else None
        if clause is None or found is None:
            return False
        return await self._holds(clause, person_of(found, None))

    async def tickets(self) -> bool:
        """See Sight."""
        clause = self.kit.policy.see.tickets
        return clause is not None and await self._holds(clause, None)

    async def _holds(self, clause: Clause, subject: Person | None) -> bool:
        requester = await self._asking()
        if requester is None:
            return False
        look = Look(requester=requester, subject=subject, tainted=self.tainted, now=self.now)
        outcome = clause.outcome(look, self.kit.policy.zone)
        if outcome is Outcome.FAILED:
            log.warning("a condition of the policy failed, so nothing is shown", condition=clause.when)
        return outcome is Outcome.MATCHED

    async def _asking(self) -> Person | None:
        """Who asks, if they are still a colleague and for sure the record that the call is made for."""
        try:
            person = await self.kit.people.who(self.user, max_age=0)
            if person is None or not person.colleague:
                return None
            link = await Identity(self.kit).link_of(person)
        except Unanswered:
            raise ToolFailed(NOT_NOW) from None
        if link is None or link.sure != self.requester:
            return None
        record = await self.kit.directory.find(self.requester)
        return person_of(record, self.user) if record else None
