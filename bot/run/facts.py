"""Looking up what decisions rest on. A source that does not answer is asked again, then people are told; never yes."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from bot.core import items, words
from bot.core.fold import Thread, Work
from bot.core.steps import Resolve
from bot.errors import NotYet, Unanswered
from bot.run.kit import Kit, SlackPerson
from bot.store import projections
from tools.backends.directory import PersonRecord
from tools.spec import ToolFailed

#: turns one person may begin in an hour, and how many may run at once
TURNS_AN_HOUR, RUNNING_TURNS = 30, 3

#: how soon a turn over the second limit is looked at again, seconds
TURN_WAIT = 1

#: approvers looked up for one request
MAX_APPROVERS = 100

#: time limit for everything one step looks up, seconds
LOOKUP_LIMIT = 10

#: how long a source that does not answer is asked again, before people are told
PATIENCE = {
    "turn": timedelta(minutes=5),
    "call": timedelta(minutes=5),
    "click": timedelta(seconds=30),
    "start": timedelta(minutes=5),
}

#: between two tries, seconds
RETRY = 2.0

NOT_NOW = "You cannot approve here: approvers are active, full members of this workspace."


log = structlog.get_logger()

Known = items.TurnKnown | items.CallKnown | items.ClickKnown | items.StartKnown


class Facts:
    """Answers `Resolve` steps."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        #: since when a look-up fails
        self._failing: dict[tuple[str, str, int], datetime] = {}

    async def resolve(self, conversation: str, thread: Thread, step: Resolve) -> items.Facts:
        """The facts about the item; after some patience, that there are none. Raises NotYet."""
        tried = (conversation, step.about, step.ref)
        try:
            async with asyncio.timeout(LOOKUP_LIMIT):
                known = await self._known(conversation, thread, step)
        except (TimeoutError, ToolFailed, Unanswered) as error:
            log.warning("a look-up failed", conversation=conversation, about=step.about, why=str(error))
            since = self._failing.setdefault(tried, self._kit.now())
            if self._kit.now() - since < PATIENCE[step.about]:
                raise NotYet(f"nothing is known about a {step.about}", getattr(error, "wait", RETRY)) from None
            known = _nothing_known(step.about)
        self._failing.pop(tried, None)
        return items.Facts(ref=step.ref, known=known)

    async def _known(self, conversation: str, thread: Thread, step: Resolve) -> Known:
        match step.about:
            case "turn":
                return await self._turn(conversation, thread, step.ref)
            case "call":
                return await self._call(thread, thread.works[step.ref])
            case "click":
                actor = thread.clicks[step.ref].actor
                return items.ClickKnown(refusal=await self._not_approver(actor))
            case "start":
                return items.StartKnown(refusal=await self._broken(thread, thread.works[step.ref]))

    async def _turn(self, conversation: str, thread: Thread, seq: int) -> items.TurnKnown:
        author = thread.turns[seq].author
        person = await self._kit.people.who(author)
        if person is None or not person.colleague:
            return items.TurnKnown(record=None, refusal=words.NOT_A_COLLEAGUE)
        since = (self._kit.now() - timedelta(hours=1)).timestamp()
        begun, running = await self._kit.database.run(
            lambda connection: projections.turns_of(connection, author, since, conversation, seq)
        )
        if begun >= TURNS_AN_HOUR:
            return items.TurnKnown(record=None, refusal=words.too_many_turns(TURNS_AN_HOUR))
        if running >= RUNNING_TURNS:
            raise NotYet("the author has enough turns running", wait=TURN_WAIT)
        record = await self._record(person)
        return items.TurnKnown(record=record.id if record else None)

    async def _call(self, thread: Thread, work: Work) -> items.CallKnown:
        known = thread.turns[work.call.turn].known
        return items.CallKnown(
            subject=await self._subject(work),
            requester_record=known.record if known else None,
            approvers=await self._approvers(),
        )

    async def _subject(self, work: Work, *, fresh: bool = False) -> items.Subject | None:
        tool = self._kit.tools[work.call.tool]
        directory = self._kit.directory
        if tool.subject is None or directory is None:
            return None
        record = await directory.find(str(getattr(tool.parse(work.call.arguments), tool.subject)))
        if record is None:
            return None
        user = await self._kit.people.find(record.email, fresh=fresh)
        return items.Subject(record=record.id, name=record.name, privileged=record.privileged, slack_user=user)

    async def _approvers(self) -> tuple[str, ...]:
        """Everybody who could approve right now, groups expanded."""
        named = [each for each in self._kit.policy.approvers if not each.startswith("S")]
        grouped = sorted(await self._members(fresh=False) - set(named))
        asked = [*named, *grouped][:MAX_APPROVERS]
        people = await asyncio.gather(*(self._kit.people.who(user) for user in asked))
        return tuple(person.user for person in people if person and person.colleague and person.member)

    async def _members(self, *, fresh: bool) -> set[str]:
        users = {each for each in self._kit.policy.approvers if not each.startswith("S")}
        for group in (each for each in self._kit.policy.approvers if each.startswith("S")):
            users |= await self._kit.people.members(group, fresh=fresh)
        return users

    async def _not_approver(self, user: str) -> str | None:
        if user not in await self._members(fresh=True):
            return words.NOT_APPROVER
        person = await self._kit.people.who(user, fresh=True)
        return None if person and person.colleague and person.member else NOT_NOW

    async def _broken(self, thread: Thread, work: Work) -> str | None:
        """Why the approval no longer holds; None if it does."""
        ask = thread.asks[work.request or 0]
        requester = await self._kit.people.who(ask.request.requester, fresh=True)
        if requester is None or not requester.colleague:
            return "Not run: the person who asked is no longer active."
        if await self._any_lost(vote.actor for vote in ask.votes):
            return "Not run: somebody who approved it is no longer an approver. It has to be asked for again."
        if await self._subject(work, fresh=True) != ask.request.subject:
            return "Not run: the person it touches changed in the directory. It has to be asked for again."
        return None

    async def _any_lost(self, voters: Iterable[str]) -> bool:
        return any([await self._not_approver(voter) for voter in voters])

    async def _record(self, person: SlackPerson) -> PersonRecord | None:
        directory = self._kit.directory
        return await directory.find_by_email(person.email) if directory and person.email else None


def _nothing_known(about: str) -> Known:
    """Unknown means refuse, with a sentence for whoever waits."""
    match about:
        case "turn":
            return items.TurnKnown(record=None, refusal=words.AUTHOR_UNKNOWN)
        case "click":
            return items.ClickKnown(refusal=words.CLICK_UNKNOWN)
        case "start":
            return items.StartKnown(refusal=words.START_UNKNOWN)
    return items.CallKnown(subject=None, requester_record=None, approvers=(), refusal=words.NOT_LOOKED_UP)
