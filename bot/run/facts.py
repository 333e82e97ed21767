"""Looking up what decisions rest on. A source that does not answer is asked again, then people are told; never yes."""

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from bot.core import budget, items, words
from bot.core.budget import Used
from bot.core.known import CallKnown, ClickKnown, HumansKnown, SlackUser, StartKnown, TurnKnown
from bot.core.rollout import Rollout, led_by
from bot.core.steps import Resolve
from bot.core.thread import Thread, Turn
from bot.errors import NotYet, Unanswered
from bot.run import meter, spending
from bot.run.call_facts import CallFacts
from bot.run.earlier import earlier, unread
from bot.run.humans import on_call
from bot.run.identity import Identity
from bot.run.kit import Kit
from bot.store import links, prompts, turns
from tools.spec import ToolFailed

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

log = structlog.get_logger()

Known = TurnKnown | CallKnown | ClickKnown | StartKnown | HumansKnown


class Facts:
    """Answers `Resolve` steps."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._identity = Identity(kit)
        self._calls = CallFacts(kit)
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
                return await self._calls.call(thread, thread.works[step.ref])
            case "click":
                return await self._calls.click(thread, thread.clicks[step.ref])
            case "start":
                return await self._calls.start(thread, thread.works[step.ref])
            case "switch":
                return await self._calls.switch(thread.switches[step.ref].actor)
            case "humans":
                return await on_call(self._kit)
            case "earlier":
                return await earlier(self._kit, thread, step.ref)

    async def _turn(self, conversation: str, thread: Thread, seq: int) -> TurnKnown | items.Delayed:
        author = thread.turns[seq].author
        person = await self._kit.people.who(author)
        if person is None or not (person.colleague or person.visitor):
            return TurnKnown(record=None, refusal=words.NOT_A_COLLEAGUE)
        token = thread.opened.token if thread.opened else None
        used, running, rollout, stored = await self._kit.database.run(
            lambda connection: (
                *self._used(connection, conversation, seq, author, token),
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

    def _used(
        self, connection: Connection, conversation: str, seq: int, author: SlackUser, token: str | None
    ) -> tuple[list[Used], int, Rollout | None]:
        """What they used of their budgets, how many turns of theirs run, and which prompt leads whom."""
        since = (self._kit.now() - timedelta(hours=1)).timestamp()
        return (
            spending.used(connection, self._kit, conversation, seq, author, token),
            turns.running(connection, author, since, conversation, seq),
            prompts.rollout(connection),
        )

    def _held_up(self, turn: Turn) -> items.Delayed:
        """People are told once, where it takes long. Raises NotYet."""
        if turn.delayed or turn.said_at is None or self._kit.now() - turn.said_at < TELL_AFTER:
            raise NotYet("the author has enough turns running", wait=TURN_WAIT)
        return items.Delayed(turn=turn.seq, why="turns")


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
