"""Looking up what decisions rest on. A source that does not answer is asked again, then people are told; never yes."""

import asyncio
from datetime import datetime, timedelta
from typing import cast

import structlog
from sqlalchemy import Connection

from bot.core import budget, items, words
from bot.core.known import (
    CallKnown,
    ClickKnown,
    HumansKnown,
    Person,
    SlackUser,
    Source,
    StartKnown,
    TurnKnown,
)
from bot.core.rollout import Rollout, led_by
from bot.core.steps import Resolve
from bot.core.thread import Ask, Thread, Turn, Work
from bot.errors import NotYet, Unanswered
from bot.run import meter, spending
from bot.run.earlier import earlier, unread
from bot.run.entitled import Entitled
from bot.run.humans import on_call
from bot.run.identity import Identity
from bot.run.kit import REMEMBERED, Kit
from bot.store import authenticators, house, links, prompts, requests, turns
from tools.spec import Resolves, Resource, Risk, Tool, ToolFailed

#: turns of one person that may run at once
RUNNING_TURNS = 3

#: how soon a turn over the second limit is looked at again, seconds
TURN_WAIT = 1

#: whoever waits for so long because of that is told
TELL_AFTER = timedelta(seconds=30)

#: time limit for everything one step looks up, seconds
LOOKUP_LIMIT = 10

#: how long a source that does not answer is asked again, before people are told
PATIENCE = {
    "turn": timedelta(minutes=5),
    "call": timedelta(minutes=5),
    "click": timedelta(seconds=30),
    "start": timedelta(minutes=5),
    "switch": timedelta(seconds=30),
    "humans": timedelta(seconds=30),
    "earlier": timedelta(0),
}

#: between two tries, seconds
RETRY = 2.0

NOT_NOW = "You cannot do this here: approvers are active, full members of this workspace."

log = structlog.get_logger()

Known = TurnKnown | CallKnown | ClickKnown | StartKnown | HumansKnown


class Facts:
    """Answers `Resolve` steps."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._identity = Identity(kit)
        self._entitled = Entitled(kit)
        #: since when a look-up fails
        self._failing: dict[tuple[str, str, int], datetime] = {}

    async def resolve(
        self, conversation: str, thread: Thread, step: Resolve
    ) -> items.Facts | items.Earlier | items.Delayed:
        """The facts about the item; after some patience, that there are none, or that it takes long. Raises NotYet."""
        tried, began = (conversation, step.about, step.ref), self._kit.now()
        try:
            async with asyncio.timeout(LOOKUP_LIMIT):
                known = await self._known(conversation, thread, step)
        except (TimeoutError, ToolFailed, Unanswered) as error:
            # a tool's own words may name whom it looked for
            why = str(error) if isinstance(error, Unanswered) else type(error).__name__
            log.warning("a look-up failed", conversation=conversation, about=step.about, why=why)
            since = self._failing.setdefault(tried, self._kit.now())
            if self._kit.now() - since < PATIENCE[step.about]:
                raise NotYet(f"nothing is known about a {step.about}", getattr(error, "wait", RETRY)) from None
            known = _nothing_known(step)
        self._failing.pop(tried, None)
        if isinstance(known, items.Earlier | items.Delayed):
            return known
        return items.Facts(ref=step.ref, known=known, ms=meter.since(began, self._kit.now()))

    async def _known(self, conversation: str, thread: Thread, step: Resolve) -> Known | items.Earlier | items.Delayed:
        match step.about:
            case "turn":
                return await self._turn(conversation, thread, step.ref)
            case "call":
                return await self._call(thread, thread.works[step.ref])
            case "click":
                return await self._click(thread, thread.clicks[step.ref])
            case "start":
                return await self._start(thread, thread.works[step.ref])
            case "switch":
                return await self._switch(thread.switches[step.ref].actor)
            case "humans":
                return await on_call(self._kit)
            case "earlier":
                return await earlier(self._kit, thread, step.ref)

    async def _turn(self, conversation: str, thread: Thread, seq: int) -> TurnKnown | items.Delayed:
        author = thread.turns[seq].author
        person = await self._kit.people.who(author)
        if person is None or not (person.colleague or person.visitor):
            return TurnKnown(record=None, refusal=words.NOT_A_COLLEAGUE)
        since = (self._kit.now() - timedelta(hours=1)).timestamp()
        token = thread.opened.token if thread.opened else None
        used, running, rollout, stored = await self._kit.database.run(
            lambda connection: (
                spending.used(connection, self._kit, conversation, seq, author, token),
                turns.running(connection, author, since, conversation, seq),
                prompts.rollout(connection),
                links.of_user(connection, person.user),
            )
        )
        if full := budget.over(used):
            return TurnKnown(record=None, refusal=words.over_budget(full), spent=budget.tightest(used))
        if running >= RUNNING_TURNS:
            return self._held_up(thread.turns[seq])
        link = await self._identity.linked(person, stored)
        wanted = rollout or Rollout(active=self._kit.instructions.version, before="")
        known = TurnKnown(
            record=None,
            visitor=person.visitor,
            prompt=led_by(wanted, conversation, thread.prompt),
            spent=budget.tightest(used),
        )
        return known.model_copy(update={"record": link.sure, "claims": link.record}) if link else known

    def _held_up(self, turn: Turn) -> items.Delayed:
        """People are told once, where it takes long. Raises NotYet."""
        if turn.delayed or turn.said_at is None or self._kit.now() - turn.said_at < TELL_AFTER:
            raise NotYet("the author has enough turns running", wait=TURN_WAIT)
        return items.Delayed(turn=turn.seq, why="turns")

    # ── a call ──

    async def _call(self, thread: Thread, work: Work, *, max_age: float = REMEMBERED) -> CallKnown:
        tool = self._kit.tools[work.call.tool]
        if not tool.takes(work.arguments):
            return CallKnown(refusal=words.OTHER_TOOL)
        if refusal := await self._unfit(tool, work, thread.author(work)):
            return CallKnown(refusal=refusal)
        resource = await self._resource(tool, work)
        requester = await self._requester(work.call.requester or thread.author(work), max_age=max_age)
        subject = await self._person(_touched(tool, work, resource), max_age=max_age)
        known = CallKnown(
            requester=requester,
            subject=subject,
            resource=resource,
            manager=await self._manager(subject) if tool.sealed else None,
            speakers=await self._identity.barred(thread.speakers),
            sources=await self._entitled.expand(self._kit.policy.sources(tool), requester, subject, resource),
        )
        past = await self._kit.database.run(lambda connection: self._past(connection, thread, work, known))
        return known.model_copy(update=past)

    async def _unfit(self, tool: Tool, work: Work, user: SlackUser) -> str | None:
        """Why they may not ask for it; whoever decides about a start has just looked them up afresh."""
        if not user or (tool.risk is Risk.LOW and not work.unproven):
            return None
        person = await self._kit.people.who(user)
        if work.unproven and not (person and person.colleague):
            return words.NO_SUCH_COLLEAGUE
        return words.VISITOR if person and person.visitor else None

    async def _requester(self, user: SlackUser, *, max_age: float) -> Person | None:
        """Who asks: the author of the turn, or of an undo whoever pressed the button."""
        person = await self._kit.people.who(user, max_age=max_age) if user else None
        link = await self._identity.link_of(person) if person else None
        return await self._person(link.sure if link else None, max_age=max_age)

    async def _person(self, record: str | None, *, max_age: float) -> Person | None:
        return await self._identity.person(record, max_age=max_age) if record else None

    async def _manager(self, subject: Person | None) -> SlackUser | None:
        found = await self._person(subject.manager if subject else None, max_age=REMEMBERED)
        return found.slack_user if found else None

    async def _resource(self, tool: Tool, work: Work) -> Resource | None:
        return (
            await self._named(tool, str(getattr(tool.parse(work.arguments), tool.resource))) if tool.resource else None
        )

    async def _named(self, tool: Tool, name: str) -> Resource | None:
        """The thing of this name or id, as its backend knows it now."""
        if tool.resolved_by is None:
            return None
        return await cast("Resolves", self._kit.backends[tool.resolved_by]).resolve(name)

    def _past(self, connection: Connection, thread: Thread, work: Work, known: CallKnown) -> dict[str, object]:
        """What our own tables say about the call."""
        assert thread.opened
        user, tool, now = thread.author(work), work.call.tool, self._kit.now().timestamp()
        record = known.subject.record if known.subject else None
        whole = self._kit.tools[tool].parse(work.arguments).model_dump_json()
        touched = requests.touches(known.subject, known.resource, whole)
        asked = sorted({each for users in known.sources.values() for each in users})
        this = (thread.opened.conversation, work.seq)
        return {
            "recent": requests.recent(connection, user, tool, record, now, but=this),
            "denial": requests.denial(connection, tool, touched, this[0], now),
            "open_requests": requests.open_of(connection, user),
            "enrolled": authenticators.enrolled_among(connection, asked),
        }

    # ── a click ──

    async def _click(self, thread: Thread, click: items.Click) -> ClickKnown:
        ask = thread.asks[click.request]
        sources = await self._entitled.sources_of(click.actor, ask.entitled, await self._meant(ask))
        if sources is None:
            return ClickKnown(refusal=NOT_NOW)
        if not sources and click.action in ("approve", "deny"):
            return ClickKnown()
        edits = click.action == "edit" and ask.request.call in thread.works
        return ClickKnown(
            sources=sources,
            record=await self._claimed(click.actor),
            **await self._kit.database.run(lambda connection: _of_clicker(connection, click.actor)),
            call=await self._call(thread, thread.works[ask.request.call]) if edits else None,
        )

    async def _claimed(self, user: SlackUser) -> str | None:
        """Directory id of who a Slack user is or may be."""
        person = await self._kit.people.who(user)
        link = await self._identity.link_of(person) if person else None
        return link.record if link else None

    # ── a start ──

    async def _start(self, thread: Thread, work: Work) -> StartKnown:
        frozen = await self._kit.database.run(house.frozen)
        if frozen or work.call.origin == "clock":
            return StartKnown(frozen=frozen)
        author = thread.author(work)
        requester = await self._kit.people.who(author, max_age=0) if author else None
        if author and (requester is None or not (requester.colleague or requester.visitor)):
            return StartKnown(refusal="Not run: the person who asked is no longer active.")
        known = await self._call(thread, work, max_age=0)
        if not work.approved or work.request is None:
            return StartKnown(call=known)
        voters = await self._voters(thread.asks[work.request])
        return StartKnown(call=known, voters=voters, records={user: await self._claimed(user) for user in voters})

    async def _voters(self, ask: Ask) -> dict[SlackUser, tuple[Source, ...]]:
        meant = await self._meant(ask)
        found = {user: await self._entitled.sources_of(user, ask.entitled, meant) for user in ask.voted}
        return {user: sources for user, sources in found.items() if sources}

    async def _meant(self, ask: Ask) -> dict[Source, str | None]:
        """Whom the sources that are no ids of Slack mean now, as directory ids."""
        request, meant = ask.request, dict[Source, str | None]()
        if "requester.manager" in ask.entitled:
            requester = await self._person(request.requester_record, max_age=0)
            meant["requester.manager"] = requester.manager if requester else None
        if "subject.manager" in ask.entitled and request.subject:
            subject = await self._person(request.subject.record, max_age=0)
            meant["subject.manager"] = subject.manager if subject else None
        if "resource.owner" in ask.entitled and request.resource:
            resource = await self._named(self._kit.tools[request.tool], request.resource.id)
            meant["resource.owner"] = resource.owner if resource else None
        return meant

    # ── the house ──

    async def _switch(self, actor: SlackUser | None) -> ClickKnown:
        """Whether the person is one of those who may approve by default."""
        sources = await self._entitled.by_default(actor) if actor else None
        if actor is None or not sources:
            return ClickKnown(refusal=words.NO_SWITCH)
        return ClickKnown(sources=sources, record=await self._claimed(actor))


def _of_clicker(connection: Connection, user: SlackUser) -> dict[str, bool]:
    """What our own tables say about a click."""
    enrolled = bool(authenticators.enrolled_among(connection, [user]))
    return {"enrolled": enrolled, "frozen": house.frozen(connection)}


def _touched(tool: Tool, work: Work, resource: Resource | None) -> str | None:
    """Directory id of the person the call touches."""
    if tool.subject:
        return str(getattr(tool.parse(work.arguments), tool.subject))
    return resource.holder if resource else None


def _nothing_known(step: Resolve) -> Known | items.Earlier | items.Delayed:
    """Unknown means refuse, with a sentence for whoever waits."""
    match step.about:
        case "earlier":
            return unread(step.ref)
        case "turn":
            return TurnKnown(record=None, refusal=words.AUTHOR_UNKNOWN)
        case "click" | "switch":
            return ClickKnown(refusal=words.CLICK_UNKNOWN)
        case "start":
            return StartKnown(refusal=words.START_UNKNOWN)
        case "humans":
            return HumansKnown()
    return CallKnown(refusal=words.NOT_LOOKED_UP)
