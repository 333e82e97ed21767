"""The worker: takes one conversation, and does step after step until there is nothing to do but wait.

Steps that only write are taken at once, also while the model or a tool is at work; of those only one is in flight.
Promise: everything is committed before anything outside happens because of it; only facts, which can be looked up
again, may wait for the next commit.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from structlog.contextvars import bind_contextvars, clear_contextvars

from bot.core.decide import decide
from bot.core.items import Item
from bot.core.steps import Append, CallModel, Fetch, Resolve, Run, Step, Summarise, Wait
from bot.core.stops import stopping
from bot.core.thread import Thread
from bot.errors import LostClaim, NotYet, Stopped
from bot.run.asking import Asker
from bot.run.begun import Begun
from bot.run.calls import held_back
from bot.run.claim import Claim
from bot.run.facts import Facts
from bot.run.faults import Faults, given_up
from bot.run.fetching import Fetcher
from bot.run.flight import Flight, halted, tell_results
from bot.run.kit import Kit
from bot.run.recalled import Recalled
from bot.run.summarising import Summariser
from bot.run.takeoff import Takeoff
from bot.store.database import Uncertain
from bot.telemetry.ids import trace_id, written

#: how often a conversation is looked at while something is in flight, though nothing woke it, seconds
GLANCE = 1.0

#: raised where the database was away
AWAY = (OperationalError, InterfaceError, Uncertain)

log = structlog.get_logger()


class Worker:
    """Advances conversations; `show` is told of each that has something new for Slack, `sign` where work begins."""

    def __init__(self, kit: Kit, show: Callable[[str], None], sign: Callable[[Thread], None] = lambda _: None) -> None:
        self._kit = kit
        self._show = show
        self._sign = sign
        #: looks things up, by tenant
        self._facts: dict[str, Facts] = {}
        self._asker = Asker(kit)
        self._fetcher = Fetcher(kit)
        self._summariser = Summariser(kit)
        self._recalled = Recalled(kit)
        self._faults = Faults()
        self._handing_over = False

    def hand_over(self) -> None:
        """From now on finish what runs and begin nothing; whoever has the conversation next goes on."""
        self._handing_over = True

    async def advance(self, conversation: str, woken: asyncio.Event) -> None:
        """Bring the conversation to rest."""
        # whoever woke it may be at work on another one
        clear_contextvars()
        bind_contextvars(conversation=conversation)
        claim = self._recalled.take(conversation)
        try:
            at_rest = await self._to_rest(claim, woken)
        except (LostClaim, Stopped) as error:
            log.warning("a step was abandoned", conversation=conversation, why=str(error))
            return
        except AWAY:
            raise  # which is nobody's fault here
        except Exception:
            if not await self._owned_up(conversation):
                raise
            log.exception("something was given up", conversation=conversation)
            return
        if at_rest:
            self._faults.forget(conversation)
            self._tell_rest(claim)
            self._recalled.keep(claim)

    async def _to_rest(self, claim: Claim, woken: asyncio.Event) -> bool:
        """Take steps until there is nothing to do but wait; False where others are to go on."""
        flight: Flight | None = None
        try:
            await claim.refresh()
            self._begin(claim)
            while True:
                step = await self._think(claim)
                if flight is None and isinstance(step, Wait):
                    await self._commit(claim, step.until.timestamp() if step.until else None)
                    return True
                if flight is None and self._handing_over:
                    await self._commit(claim)
                    return False
                flight = flight or await self._launch(claim, step)
                await self._commit_unless_facts(claim)
                flight = await self._watch(claim, flight, woken)
        except (LostClaim, Stopped, *AWAY):
            await tell_results(self._kit, claim, flight)
            raise
        finally:
            if flight:
                flight.task.cancel()

    def _tell_rest(self, claim: Claim) -> None:
        if not any(claim.thread.busy(turn) for turn in claim.thread.turns.values()):
            self._kit.live.rested(claim.conversation)

    async def _owned_up(self, conversation: str) -> bool:
        """After enough faults of ours: one thing is given up and its author told, so that the thread goes on."""
        if not self._faults.enough(conversation):
            return False
        claim = Claim(self._kit, conversation)
        await claim.refresh()
        item = given_up(claim.thread)
        if item is None:
            return False
        claim.add(item)
        await self._commit(claim)
        self._faults.forget(conversation)
        return True

    async def _think(self, claim: Claim) -> Step:
        """Take all steps that only write; the first one that takes time is given back."""
        while True:
            now = self._kit.now()
            weigh = partial(claim.weigh, await self._asker.room(claim.thread))
            step = decide(claim.thread, self._kit.menu, self._kit.policy, now, weigh, self._kit.several.lineup)
            match step:
                case Append(new):
                    claim.add(*new)
                case Run() if held := held_back(self._kit, claim.thread, step):
                    claim.add(*held)
                case Resolve():
                    # a turn is counted among its author's only once it is committed
                    await self._commit_unless_facts(claim)
                    try:
                        facts = self._facts_for(claim.conversation)
                        claim.add(await facts.resolve(claim.conversation, claim.thread, step))
                    except NotYet as error:
                        log.info("waiting", conversation=claim.conversation, why=str(error))
                        return Wait(now + timedelta(seconds=error.wait))
                case _:
                    return step

    def _facts_for(self, conversation: str) -> Facts:
        tenant = conversation.partition(":")[0]
        if tenant not in self._facts:
            self._facts[tenant] = Facts(self._kit.at(tenant))
        return self._facts[tenant]

    async def _watch(self, claim: Claim, flight: Flight, woken: asyncio.Event) -> Flight | None:
        """Wait until the flight lands or something arrives, and take that up; None once it has landed."""
        if not flight.starts and all(_is_over(claim.thread, turn) for turn in flight.turns):
            # nobody waits for this answer any more
            claim.add(*flight.dropped())
            return None
        await _landed_or_woken(flight.task, woken)
        if flight.task.done():
            claim.add(*flight.task.result())
            return None
        woken.clear()
        shown = claim.history
        await claim.refresh()
        if claim.history is not shown and not flight.starts:
            # what it was asked with is erased: it is asked again without
            claim.add(*flight.dropped())
            return None
        cut_off = await halted(flight, stopping(claim.thread))
        if cut_off is None:
            return flight
        claim.add(*cut_off)
        return None

    async def _launch(self, claim: Claim, step: Step) -> Flight:
        assert isinstance(step, Run | CallModel | Fetch | Summarise)
        _bind(claim, claim.thread.works[step.calls[0]].call.turn if isinstance(step, Run) else step.turn)
        if not isinstance(step, Run):
            await self._commit_unless_facts(claim)
            return self._asked(claim, step)
        takeoff = Takeoff(self._kit, claim, step)
        claim.add(*takeoff.written())
        await self._commit(claim, durable=takeoff.durable, also=takeoff.also)
        return takeoff.flight()

    def _asked(self, claim: Claim, step: CallModel | Fetch | Summarise) -> Flight:
        if isinstance(step, Fetch):
            return Flight(asyncio.create_task(self._fetcher.fetch(claim, step)), frozenset((step.turn,)), list)
        if isinstance(step, Summarise):
            return Flight(asyncio.create_task(self._summariser.summarise(claim, step)), frozenset((step.turn,)), list)
        begun = Begun(step, claim.thread.head)
        asking = asyncio.create_task(self._asker.ask(claim, step, begun))
        return Flight(asking, frozenset((step.turn,)), lambda: begun.cut_off(claim.thread), spent=begun.spent)

    async def _commit(
        self,
        claim: Claim,
        wake_at: float | None = 0.0,
        *,
        durable: bool = False,
        also: Callable[[Connection], None] | None = None,
    ) -> None:
        self._begin(claim)
        if await claim.commit(wake_at, durable=durable, also=also):
            self._show(claim.conversation)

    def _begin(self, claim: Claim) -> None:
        if claim.standing.begins(claim.thread):
            self._sign(claim.thread)

    async def _commit_unless_facts(self, claim: Claim) -> None:
        if not claim.holds_only_facts:
            await self._commit(claim)


def _bind(claim: Claim, turn: int) -> None:
    """What is logged from here on says which turn it is for, and its trace."""
    ts = claim.thread.turns[turn].first_ts if turn in claim.thread.turns else ""
    bind_contextvars(turn=turn, trace_id=written(trace_id(claim.conversation, ts)) if ts else None)


async def _landed_or_woken(task: asyncio.Task[list[Item]], woken: asyncio.Event) -> None:
    """Return then, or after a GLANCE."""
    waking = asyncio.create_task(woken.wait())
    try:
        await asyncio.wait({task, waking}, timeout=GLANCE, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waking.cancel()


def _is_over(thread: Thread, turn: int) -> bool:
    return turn not in thread.turns or thread.turns[turn].over
