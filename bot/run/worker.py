"""The worker: takes one conversation, and does step after step until there is nothing to do but wait.

Steps that only write are taken at once, also while the model or a tool is at work; of those only one is in flight.
Promise: everything is committed before anything outside happens because of it; only facts, which can be looked up
again, may wait for the next commit.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from pydantic import SecretStr
from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from structlog.contextvars import bind_contextvars, clear_contextvars

from bot.core import items, words
from bot.core.decide import decide
from bot.core.endings import ending
from bot.core.items import Item
from bot.core.steps import Append, CallModel, Fetch, Resolve, Run, Step, Summarise, Wait
from bot.core.stops import stopping
from bot.core.thread import Thread
from bot.errors import LostClaim, NotYet, Stopped
from bot.run.asking import Asker
from bot.run.begun import Begun
from bot.run.calls import START_WITHIN, held_back, run_call
from bot.run.claim import Claim
from bot.run.facts import Facts
from bot.run.fetching import Fetcher
from bot.run.flight import Flight, halted, not_run, stopped_calls, tell_results
from bot.run.kit import Kit
from bot.run.summarising import Summariser
from bot.store import house, requests
from bot.store.database import Uncertain
from bot.telemetry.ids import trace_id, written
from tools.spec import Risk

#: items of conversations at rest that are kept in memory, so that the next message need not read them again
REMEMBERED = 100

#: failures of our own in a row after which a turn is given up
MAX_FAULTS = 5

#: how often a conversation is looked at while something is in flight, though nothing woke it, seconds
GLANCE = 1.0

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
        self._claims: OrderedDict[str, Claim] = OrderedDict()
        self._remembered = 0
        #: failures in a row that are ours
        self._faults: dict[str, int] = {}
        self._handing_over = False

    def hand_over(self) -> None:
        """From now on finish what runs and begin nothing; whoever has the conversation next goes on."""
        self._handing_over = True

    async def advance(self, conversation: str, woken: asyncio.Event) -> None:
        """Bring the conversation to rest."""
        # whoever woke it may be at work on another one
        clear_contextvars()
        bind_contextvars(conversation=conversation)
        claim = self._recall(conversation)
        flight: Flight | None = None
        try:
            await claim.refresh()
            self._begin(claim)
            while True:
                step = await self._think(claim)
                if isinstance(step, Run | CallModel | Fetch | Summarise) and flight is None:
                    if self._handing_over:
                        await self._commit(claim)
                        return
                    flight = await self._launch(claim, step)
                elif flight is None:
                    assert isinstance(step, Wait)
                    await self._commit(claim, step.until.timestamp() if step.until else None)
                    break
                await self._commit_unless_facts(claim)
                flight = await self._watch(claim, flight, woken)
        except (LostClaim, Stopped) as error:
            log.warning("a step was abandoned", conversation=conversation, why=str(error))
            await tell_results(self._kit, claim, flight)
            return
        except (OperationalError, InterfaceError, Uncertain):
            await tell_results(self._kit, claim, flight)
            raise  # the database was away, which is nobody's fault here
        except Exception:
            if not await self._owned_up(conversation):
                raise
            log.exception("something was given up", conversation=conversation)
            return
        finally:
            if flight:
                flight.task.cancel()
        self._faults.pop(conversation, None)
        self._tell_rest(claim)
        self._remember(claim)

    def _tell_rest(self, claim: Claim) -> None:
        if not any(claim.thread.busy(turn) for turn in claim.thread.turns.values()):
            self._kit.live.rested(claim.conversation)

    async def _owned_up(self, conversation: str) -> bool:
        """After MAX_FAULTS of ours in a row: one thing is given up and its author told, so that the thread goes on."""
        self._faults[conversation] = self._faults.get(conversation, 0) + 1
        if self._faults[conversation] < MAX_FAULTS:
            return False
        claim = Claim(self._kit, conversation)
        await claim.refresh()
        given_up = _given_up(claim.thread)
        if given_up is None:
            return False
        claim.add(given_up)
        await self._commit(claim)
        self._faults.pop(conversation)
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
            flight.task.cancel()
            claim.add(*flight.spent())
            return None
        waking = asyncio.create_task(woken.wait())
        try:
            await asyncio.wait({flight.task, waking}, timeout=GLANCE, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waking.cancel()
        if flight.task.done():
            claim.add(*flight.task.result())
            return None
        woken.clear()
        shown = claim.history
        await claim.refresh()
        if claim.history is not shown and not flight.starts:
            # what it was asked with is erased: it is asked again without
            flight.task.cancel()
            claim.add(*flight.spent())
            return None
        cut_off = await halted(flight, stopping(claim.thread))
        if cut_off is None:
            return flight
        claim.add(*cut_off)
        return None

    async def _launch(self, claim: Claim, step: Run | CallModel | Fetch | Summarise) -> Flight:
        _bind(claim, claim.thread.works[step.calls[0]].call.turn if isinstance(step, Run) else step.turn)
        if not isinstance(step, Run):
            await self._commit_unless_facts(claim)
            return self._asked(claim, step)
        starts, secrets = [self._start(claim, call) for call in step.calls], dict[int, SecretStr]()
        endings = [ending for call in step.calls if (ending := self._ending(claim, call))]
        claim.add(*starts, *endings)
        tools = [self._kit.tools[start.tool] for start in starts]
        seal = self._sealing(claim, [start.call for start in starts if self._kit.tools[start.tool].sealed], secrets)
        also = seal if self._low(claim, step.calls) else _unless_frozen(seal)
        await self._commit(claim, durable=not all(tool.idempotent for tool in tools), also=also)
        turns = frozenset(claim.thread.works[call].call.turn for call in step.calls)
        remains = partial(stopped_calls, starts) if all(tool.read_only for tool in tools) else None
        return Flight(asyncio.create_task(self._run(claim, starts, secrets)), turns, remains, tuple(starts))

    def _asked(self, claim: Claim, step: CallModel | Fetch | Summarise) -> Flight:
        if isinstance(step, Fetch):
            return Flight(asyncio.create_task(self._fetcher.fetch(claim, step)), frozenset((step.turn,)), list)
        if isinstance(step, Summarise):
            return Flight(asyncio.create_task(self._summariser.summarise(claim, step)), frozenset((step.turn,)), list)
        begun = Begun(step, claim.thread.head)
        asking = asyncio.create_task(self._asker.ask(claim, step, begun))
        return Flight(asking, frozenset((step.turn,)), lambda: begun.cut_off(claim.thread), spent=begun.spent)

    def _low(self, claim: Claim, calls: tuple[int, ...]) -> bool:
        works = [claim.thread.works[call] for call in calls]
        return all(self._kit.tools[work.call.tool].risk is Risk.LOW and work.request is None for work in works)

    def _start(self, claim: Claim, call: int) -> items.ToolStart:
        work = claim.thread.works[call]
        return items.ToolStart(call=call, tool=work.call.tool, attempt=work.attempts + 1)

    def _ending(self, claim: Claim, call: int) -> items.Call | None:
        """The call with which the clock takes this one back; written before it acts, so that no crash can lose it."""
        works = claim.thread.works
        there = any(
            each.call.of == call and each.call.origin == "clock" and not each.settled for each in works.values()
        )
        return None if there else ending(works[call], self._kit.tools[works[call].call.tool], self._kit.now())

    def _sealing(
        self, claim: Claim, calls: list[int], secrets: dict[int, SecretStr]
    ) -> Callable[[Connection], None] | None:
        """Seals a new secret for each call, or finds the one of an earlier attempt."""

        def seal(connection: Connection) -> None:
            for call in calls:
                fresh, now = self._kit.chance.secret(), self._kit.now().timestamp()
                self._kit.seal.put(connection, claim.conversation, call, fresh, now)
                secrets[call] = self._kit.seal.get(connection, claim.conversation, call) or fresh

        return seal if calls else None

    async def _run(self, claim: Claim, starts: list[items.ToolStart], secrets: dict[int, SecretStr]) -> list[Item]:
        thread, committed = claim.thread, claim.entries[-1].at
        if self._kit.now() - committed > START_WITHIN:
            return [not_run(thread, start, "the worker was paused before it could") for start in starts]
        before = self._kit.withdrawn()
        running = (run_call(self._kit, claim, each, secrets.get(each.call)) for each in starts)
        done = [item for result in await asyncio.gather(*running) for item in result]
        if gone := self._kit.withdrawn() - before:
            # what was asked for them in other conversations is void from now on
            now = self._kit.now().timestamp()
            await self._kit.database.run(lambda connection: requests.look_again(connection, gone, now))
        return done

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

    def _recall(self, conversation: str) -> Claim:
        claim = self._claims.pop(conversation, None) or Claim(self._kit, conversation)
        self._remembered -= len(claim.entries)
        return claim

    def _remember(self, claim: Claim) -> None:
        if claim.entries:
            self._claims[claim.conversation] = claim
            self._remembered += len(claim.entries)
        while self._remembered > REMEMBERED and len(self._claims) > 1:
            _, oldest = self._claims.popitem(last=False)
            self._remembered -= len(oldest.entries)


def _bind(claim: Claim, turn: int) -> None:
    """What is logged from here on says which turn it is for, and its trace."""
    ts = claim.thread.turns[turn].first_ts if turn in claim.thread.turns else ""
    bind_contextvars(turn=turn, trace_id=written(trace_id(claim.conversation, ts)) if ts else None)


def _is_over(thread: Thread, turn: int) -> bool:
    return turn not in thread.turns or thread.turns[turn].over


def _given_up(thread: Thread) -> Item | None:
    """The oldest click, switch, stop or turn that something is to be done about."""
    for seq, click in thread.clicks.items():
        told = {"click": seq, "request": click.request, "actor": click.actor, "channel": click.channel}
        return items.ClickRefused(**told, reason=words.FAULT)
    for seq, switch in thread.switches.items():
        return items.SwitchRefused(switch=seq, actor=switch.actor, channel=switch.channel, reason=words.FAULT)
    for seq, stop in thread.stops.items():
        return items.StopRefused(stop=seq, actor=stop.actor, channel=stop.channel, reason=words.FAULT)
    busy = [seq for seq, turn in thread.turns.items() if thread.busy(turn)]
    return items.TurnOver(turn=min(busy), why="failed", text=words.FAULT) if busy else None


def _unless_frozen(also: Callable[[Connection], None] | None) -> Callable[[Connection], None]:
    """Looked up in the transaction of the start itself: what is frozen before it is not started."""

    def write(connection: Connection) -> None:
        if not house.lets_start(connection):
            raise Stopped("everything above low risk stands still")
        if also:
            also(connection)

    return write
