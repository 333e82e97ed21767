"""Starting calls: what is written before any of them runs, and in the same transaction; then the calls themselves.

Promise: what is frozen before the commit of a start is not started, and a call that was paused behind it is not made.
"""

import asyncio
from collections.abc import Iterator
from functools import partial

from pydantic import SecretStr
from sqlalchemy import Connection

from bot.core import items
from bot.core.endings import ending
from bot.core.items import Item
from bot.core.steps import Run
from bot.errors import Stopped
from bot.run.calls import START_WITHIN, run_call
from bot.run.claim import Claim
from bot.run.flight import Flight, not_run, stopped_calls
from bot.run.kit import Kit
from bot.store import house, requests
from tools.spec import Risk


class Takeoff:
    """The calls of one step."""

    def __init__(self, kit: Kit, claim: Claim, step: Run) -> None:
        self._kit = kit
        self._claim = claim
        works = claim.thread.works
        self._works = [works[call] for call in step.calls]
        self._tools = [kit.tools[work.call.tool] for work in self._works]
        self._starts = [
            items.ToolStart(call=work.seq, tool=work.call.tool, attempt=work.attempts + 1) for work in self._works
        ]
        #: of calls that give one, once their starts are committed
        self._secrets: dict[int, SecretStr] = {}

    def written(self) -> Iterator[Item]:
        """Their starts, and the calls with which the clock takes them back: no crash can lose these then."""
        yield from self._starts
        taking_back = {
            each.call.of
            for each in self._claim.thread.works.values()
            if each.call.origin == "clock" and not each.settled
        }
        for work, tool in zip(self._works, self._tools, strict=True):
            back = None if work.seq in taking_back else ending(work, tool, self._kit.now())
            if back:
                yield back

    @property
    def durable(self) -> bool:
        """A start must not be lost to a power cut."""
        return not all(tool.idempotent for tool in self._tools)

    def also(self, connection: Connection) -> None:
        """Done in the transaction of the starts. Raises Stopped."""
        harmless = all(
            tool.risk is Risk.LOW and work.request is None for work, tool in zip(self._works, self._tools, strict=True)
        )
        if not (harmless or house.lets_start(connection)):
            raise Stopped("everything above low risk stands still")
        for start, tool in zip(self._starts, self._tools, strict=True):
            if tool.sealed:
                self._secrets[start.call] = self._sealed(connection, start.call)

    def _sealed(self, connection: Connection, call: int) -> SecretStr:
        """A new secret, or the one of an earlier attempt."""
        seal, conversation, fresh = self._kit.seal, self._claim.conversation, self._kit.chance.secret()
        seal.put(connection, conversation, call, fresh, self._kit.now().timestamp())
        return seal.get(connection, conversation, call) or fresh

    def flight(self) -> Flight:
        """Make the calls; their starts are committed."""
        turns = frozenset(work.call.turn for work in self._works)
        remains = partial(stopped_calls, self._starts) if all(tool.read_only for tool in self._tools) else None
        return Flight(asyncio.create_task(self._run()), turns, remains, tuple(self._starts))

    async def _run(self) -> list[Item]:
        thread, committed = self._claim.thread, self._claim.entries[-1].at
        if self._kit.now() - committed > START_WITHIN:
            return [not_run(thread, start, "the worker was paused before it could") for start in self._starts]
        before = self._kit.withdrawn()
        running = (run_call(self._kit, self._claim, each, self._secrets.get(each.call)) for each in self._starts)
        done = [item for result in await asyncio.gather(*running) for item in result]
        if gone := self._kit.withdrawn() - before:
            # what was asked for them in other conversations is void from now on
            now = self._kit.now().timestamp()
            await self._kit.database.run(lambda connection: requests.look_again(connection, gone, now))
        return done
