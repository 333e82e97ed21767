"""What read-only tools gave a moment ago, kept in memory for the same call of somebody with equal rights.

Promise: only what was done well is kept, for as long as the tool allows, and nothing that was read before this process
changed anything: what another process changed is seen when that time is over.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from bot.core import items
from bot.core.canonical import call_digest
from tools.spec import Context, Tool

#: results that are kept, and characters of all of them together
MAX_RESULTS, MAX_CHARS = 1_000, 10_000_000

#: of a Context, what differs from call to call and gives nobody a right; all else, also what is added to it, is part of
#: whom a result is for
_OF_CALL = {"thread", "key", "now", "requests", "results", "secret", "ends"}

Ended = items.ToolResult | items.ToolUnknown


@dataclass(frozen=True, slots=True)
class _Kept:
    result: items.ToolResult
    until: datetime


class Results:
    """The newest results; the oldest go first where there are too many."""

    def __init__(self, most: int = MAX_RESULTS, chars: int = MAX_CHARS) -> None:
        self._most, self._left = most, chars
        self._kept: OrderedDict[tuple[str, ...], _Kept] = OrderedDict()
        #: how often something was changed
        self._changes = 0

    async def through(
        self, tool: Tool, call: items.Call, seq: int, context: Context, attempt: Callable[[], Awaitable[Ended]]
    ) -> Ended:
        """What the call `seq` gives: of memory, where the tool lets that be, else of the attempt."""
        if not tool.read_only:
            return await self._changing(attempt)
        if not tool.cached_s:
            return await attempt()
        key, changes = _key(tool, call, context), self._changes
        kept = self._kept.get(key)
        if kept and context.now < kept.until:
            return kept.result.model_copy(update={"call": seq, "cached": True})
        result = await attempt()
        if isinstance(result, items.ToolResult) and result.outcome == "done" and changes == self._changes:
            self._keep(key, _Kept(result, context.now + timedelta(seconds=tool.cached_s)))
        return result

    async def _changing(self, attempt: Callable[[], Awaitable[Ended]]) -> Ended:
        self._forget()
        try:
            return await attempt()
        finally:
            # also what was read meanwhile
            self._forget()

    def _keep(self, key: tuple[str, ...], kept: _Kept) -> None:
        if old := self._kept.pop(key, None):
            self._left += len(old.result.output)
        self._kept[key] = kept
        self._left -= len(kept.result.output)
        while self._left < 0 or len(self._kept) > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._left += len(oldest.result.output)

    def _forget(self) -> None:
        self._changes += 1
        self._left += sum(len(each.result.output) for each in self._kept.values())
        self._kept.clear()


def _key(tool: Tool, call: items.Call, context: Context) -> tuple[str, ...]:
    """Of two calls the same only if the same is asked of the same tool in the same tenant with the same rights."""
    tenant = context.key.partition(":")[0]
    whose = (f"{each.name}={getattr(context, each.name)!r}" for each in fields(context) if each.name not in _OF_CALL)
    return (tenant, tool.name, call_digest(tool.name, call.arguments), *whose)
