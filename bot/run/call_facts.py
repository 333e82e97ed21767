"""What decisions about calls rest on: who asks and whom it touches, who may approve, whether that is still so."""

from typing import cast

from sqlalchemy import Connection

from bot.core import items, words
from bot.core.known import CallKnown, ClickKnown, Person, SlackUser, Source, StartKnown
from bot.core.thread import Ask, Thread, Work
from bot.run.entitled import Entitled
from bot.run.identity import Identity
from bot.run.kit import Kit
from bot.run.ports import REMEMBERED
from bot.store import authenticators, house, requests
from bot.store.links import Link
from tools.spec import Resolves, Resource, Risk, Tool

NOT_NOW = "You cannot do this here: approvers are active, full members of this workspace."


class CallFacts:
    """Looks up one tenant's. Everything raises Unanswered or ToolFailed."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._identity = Identity(kit)
        self._entitled = Entitled(kit)

    async def call(self, thread: Thread, work: Work, *, max_age: float = REMEMBERED) -> CallKnown:
        """Who asks, whom and what it touches, who may approve it, and what our own tables say of it."""
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
        link = await self._link(user, max_age=max_age) if user else None
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

    async def click(self, thread: Thread, click: items.Click) -> ClickKnown:
        """Whether the person may do that now, and the call as it is now where they want to change it."""
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
            call=await self.call(thread, thread.works[ask.request.call]) if edits else None,
        )

    async def _claimed(self, user: SlackUser) -> str | None:
        """Directory id of who a Slack user is or may be."""
        link = await self._link(user)
        return link.record if link else None

    async def _link(self, user: SlackUser, *, max_age: float = REMEMBERED) -> Link | None:
        """Who a Slack user is or may be."""
        person = await self._kit.people.who(user, max_age=max_age)
        return await self._identity.link_of(person) if person else None

    # ── a start ──

    async def start(self, thread: Thread, work: Work) -> StartKnown:
        """All that the approval rests on, looked up afresh."""
        frozen = await self._kit.database.run(house.frozen)
        if frozen or work.call.origin == "clock":
            return StartKnown(frozen=frozen)
        author = thread.author(work)
        requester = await self._kit.people.who(author, max_age=0) if author else None
        if author and (requester is None or not (requester.colleague or requester.visitor)):
            return StartKnown(refusal="Not run: the person who asked is no longer active.")
        known = await self.call(thread, work, max_age=0)
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

    async def switch(self, actor: SlackUser | None) -> ClickKnown:
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
