"""Making Slack equal to what the log renders: post what is not there, update what differs.

Promise: each place in Slack gets what it is to show in the order of the log, and no place waits for another one. A
worker that another one took the place of, without knowing it, shows nothing that it read before.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from structlog.contextvars import bind_contextvars, clear_contextvars

from bot.core.thread import Thread
from bot.errors import LostClaim, NotInstalled
from bot.run.kit import Kit
from bot.slack.budget import Closing
from bot.slack.clients import Clients
from bot.slack.completing import Check
from bot.slack.ledger import Due, Ledger, Overtaken
from bot.slack.poster import Posted, Poster
from bot.slack.refusals import OURS, error_code, is_final, retry_after
from bot.slack.status import AgentStatus
from bot.slack.streams import Streams
from bot.store.deliveries import STATUS, Delivery

#: wait where Slack names none, and where people must mend something first, seconds
RETRY, MENDING = 1.0, 60.0

#: what takes longer at one place does not keep the others waiting, seconds
PATIENCE = 1.0

log = structlog.get_logger()


#: what is under way, by target
Lanes = dict[str, asyncio.Task[Due]]


class Deliverer:
    """Delivers what is due of a conversation; `wake` is told where a lost card needs a decision."""

    def __init__(self, kit: Kit, clients: Clients, streams: Streams, wake: Callable[[str], None]) -> None:
        """What `streams` began is completed, within their budget."""
        self._kit = kit
        self._clients = clients
        self._wake = wake
        self._budget = streams.budget
        self._ledger = Ledger(kit, self._budget)
        self._poster = Poster(kit, clients, streams, self._ledger.tried)
        self._status = AgentStatus(clients, self._budget, kit.now)

    async def deliver(self, conversation: str, woken: asyncio.Event) -> None:
        """Bring Slack up to date for the conversation, and with what is wanted while it lasts."""
        # whoever woke it may be at work on another one
        clear_contextvars()
        bind_contextvars(conversation=conversation)
        lanes: Lanes = {}
        try:
            await self._deliver(conversation, woken, lanes)
        except LostClaim:
            log.info("another worker delivers this conversation", conversation=conversation)
        except Closing:
            log.info("what waits for Slack stays due", conversation=conversation)
            await asyncio.gather(*lanes.values(), return_exceptions=True)
        finally:
            for lane in lanes.values():
                lane.cancel()
            await asyncio.gather(*lanes.values(), return_exceptions=True)

    def sign(self, thread: Thread) -> None:
        """Show at once that work begins, if Slack has time for that."""
        self._status.sign(thread)

    def stop(self) -> None:
        """Nobody waits for Slack any longer; what is under way is finished."""
        self._budget.stop()
        self._status.stop()

    async def _deliver(self, conversation: str, woken: asyncio.Event, lanes: Lanes) -> None:
        due, lone = await self._ledger.due(conversation), False
        while due.rows or lanes:
            row = next((row for row in _status_last(due.rows) if row.target not in lanes), None)
            if row is None:
                ended = await _something(lanes, woken)
            else:
                lone = not lanes
                lane = self._lane(row, due.at)
                lanes[row.target] = lane
                if row.target == STATUS:
                    continue
                await asyncio.wait([lane], timeout=PATIENCE)
                ended = _taken(lanes)
            # what a lane read last is good for the next one only where no other lane wrote since it began
            due = ended[0] if lone and ended else await self._ledger.due(conversation)

    def _lane(self, row: Delivery, read_at: datetime) -> asyncio.Task[Due]:
        settle = self._settle_status if row.target == STATUS else self._settle
        return asyncio.create_task(settle(row, read_at), name=f"deliver {row.conversation} {row.target}")

    async def _settle_status(self, delivery: Delivery, read_at: datetime) -> Due:
        async with self._status.alone(delivery.conversation):
            return await self._settle(delivery, read_at)

    async def _settle(self, delivery: Delivery, read_at: datetime) -> Due:
        """Deliver one, or make the wait it needs before it can be tried again; what is due then."""
        try:
            channel, ts = await self._show(delivery, lambda: self._ledger.check(delivery, read_at))
        except Overtaken as error:
            log.info("overtaken", conversation=delivery.conversation, reason=str(error))
        except NotInstalled:
            await self._never(delivery, "not_installed")
        except SlackApiError as error:
            await self._refused(delivery, error)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("Slack did not answer", conversation=delivery.conversation, error=type(error).__name__)
            await self._budget.rest(RETRY)
        else:
            due = await self._ledger.shown(delivery, channel, ts)
            self._kit.watch.delivered(delivery, self._kit.now())
            return due
        return await self._ledger.due(delivery.conversation)

    async def _show(self, delivery: Delivery, check: Check) -> Posted:
        if delivery.target != STATUS:
            return await self._poster.show(delivery, check)
        await self._status.show(delivery, check)
        return None, None

    async def _refused(self, delivery: Delivery, error: SlackApiError) -> None:
        code = error_code(error)
        if code in OURS:
            log.error("Slack refuses our token", conversation=delivery.conversation, error=code)
            self._clients.forget(delivery.tenant)
            await self._budget.rest(MENDING)
        elif not is_final(error):
            await self._budget.rest(retry_after(error, RETRY))
        else:
            await self._never(delivery, code)

    async def _never(self, delivery: Delivery, code: str) -> None:
        """Slack will never show it; a card that nobody got comes back to its conversation."""
        log.warning("Slack refuses a message", conversation=delivery.conversation, seq=delivery.seq, error=code)
        again = await self._ledger.refused(delivery, code)
        self._budget.watch.given_up(delivery)
        if again:
            self._wake(delivery.conversation)


def _status_last(rows: list[Delivery]) -> list[Delivery]:
    """How things stand is shown when nothing else can be begun."""
    return sorted(rows, key=lambda row: row.target == STATUS)


async def _something(lanes: Lanes, woken: asyncio.Event) -> list[Due]:
    """As _taken, once a lane has ended; nothing where something new is wanted before."""
    waker = asyncio.create_task(woken.wait())
    try:
        await asyncio.wait([*lanes.values(), waker], return_when=asyncio.FIRST_COMPLETED)
    finally:
        waker.cancel()
    ended = _taken(lanes)
    if not ended:
        woken.clear()
    return ended


def _taken(lanes: Lanes) -> list[Due]:
    """What the lanes that ended read last; they are taken away. Raises what a lane raised."""
    return [lanes.pop(target).result() for target, lane in list(lanes.items()) if lane.done()]
