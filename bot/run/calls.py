"""Running a call: its arguments checked again, its time limited, its failure turned into words for the model."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from math import ceil

import structlog
from pydantic import BaseModel, SecretStr
from pydantic_core import to_json

from bot.core import items, words
from bot.core.decide import MAX_ATTEMPTS
from bot.core.items import Item
from bot.core.steps import Run
from bot.core.thread import Thread, Work
from bot.run.claim import Claim
from bot.run.context import Desk, context_of
from bot.run.kit import Kit
from bot.run.live import title
from bot.run.meter import since
from tools.spec import Context, NotPossible, OnFailure, OutcomeUnknown, Tool, ToolFailed, TryAgain, Untrusted

#: between the commit of a start and the call; a worker that was paused for longer may have been replaced
START_WITHIN = timedelta(seconds=2)

#: a result of more characters is kept shortened
MAX_RESULT_CHARS = 200_000

log = structlog.get_logger()


async def run_call(kit: Kit, claim: Claim, start: items.ToolStart, secret: SecretStr | None) -> list[Item]:
    """The items that came of one attempt: its result, and withdrawals it asked for."""
    conversation, work, tool = claim.conversation, claim.thread.works[start.call], kit.tools[start.tool]
    desk = Desk(claim.thread, work, kit)
    context = context_of(kit, claim, work, desk, secret)
    if work.call.origin == "model":
        kit.live.started(conversation, work.seq, title(tool))
    result = None
    try:
        attempt = partial(_attempt, kit, tool, work, start, context)
        result = await kit.results.through(tool, work.call, work.seq, context, attempt)
        result = result.model_copy(update={"ms": since(context.now, kit.now())})
    finally:
        # also where it is cut off
        kit.live.ended(conversation, work.seq, ok=isinstance(result, items.ToolResult) and result.outcome == "done")
    return [*desk.clicks, result]


def held_back(kit: Kit, thread: Thread, step: Run) -> list[Item]:
    """What is written instead of a start that would be turned away: of such a start nobody could say, after a crash,
    that it did nothing. What the clock ends is put off; what can be repeated may start, and fails at once."""
    held: list[Item] = []
    for work in (thread.works[call] for call in step.calls):
        tool = kit.tools[work.call.tool]
        wait = kit.breakers.shut(tool.name)
        if wait is not None and work.call.origin == "clock":
            held.append(items.Postponed(call=work.seq, until=kit.now() + timedelta(seconds=wait)))
        elif wait is not None and not tool.idempotent:
            held.append(items.Refused(call=work.seq, reason=words.not_lately(tool.name, ceil(wait))))
    return held


async def _attempt(
    kit: Kit, tool: Tool, work: Work, start: items.ToolStart, context: Context
) -> items.ToolResult | items.ToolUnknown:
    failure, result = _failure(tool, work, start), partial(_result, tool, work)
    try:
        run = partial(_in_time, tool, tool.parse(work.arguments), {**kit.backends, Context: context})
        value = await kit.breakers.call(tool.name, run)
        if isinstance(value, Untrusted):
            return result("done", _text(value.value), value)
        return result("done", _text(value))
    except TryAgain as error:
        return result("passing" if work.call.origin == "clock" else "wrong", str(error))
    except ToolFailed as error:
        return result(failure, str(error)).model_copy(update={"impossible": isinstance(error, NotPossible)})
    except TimeoutError:
        log.warning("tool timed out", tool=tool.name, conversation=context.key)
        text = f"{tool.name} took longer than {tool.timeout_s:g} seconds."
    except OutcomeUnknown as error:
        log.warning("a tool broke off", tool=tool.name, conversation=context.key)
        text = str(error)
    except Exception:  # a bug in a tool is told, not passed on
        log.exception("tool broke", tool=tool.name, conversation=context.key)
        text = f"{tool.name} is broken; IT can see why in the log."
    if failure == "failed" and not tool.read_only:
        return items.ToolUnknown(call=work.seq, tool=tool.name)
    return result(failure, text)


def _result(
    tool: Tool, work: Work, outcome: items.Outcome, output: str, by: Untrusted | None = None
) -> items.ToolResult:
    """`by` says who wrote what it found."""
    trusted = tool.trusted and by is None
    made = items.ToolResult(call=work.seq, tool=tool.name, outcome=outcome, output=output, trusted=trusted)
    return made.model_copy(update={"authors": by.authors, "speakers": by.speakers}) if by else made


async def _in_time(tool: Tool, arguments: BaseModel, has: Mapping[type, object]) -> object:
    async with asyncio.timeout(tool.timeout_s):
        return await tool.call(arguments, has)


def _text(value: object) -> str:
    text = to_json(value).decode()
    left = len(text) - MAX_RESULT_CHARS
    return (
        text if left <= 0 else f"{text[:MAX_RESULT_CHARS]}\n[{left:,} more characters were too many and are not kept]"
    )


def _failure(tool: Tool, work: Work, start: items.ToolStart) -> items.Outcome:
    """What the clock ends is attempted without end."""
    again = tool.on_failure is OnFailure.RETRY and start.attempt < MAX_ATTEMPTS
    return "passing" if again or work.call.origin == "clock" else "failed"
