"""Running a call: its arguments checked again, its time limited, its failure turned into words for the model."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from math import ceil

import structlog
from pydantic import BaseModel, SecretStr
from pydantic_core import to_json

from bot.core import items, words
from bot.core.decide import MAX_ATTEMPTS
from bot.core.items import Entry, Item
from bot.core.known import CallKnown
from bot.core.outsiders import outside
from bot.core.permalink import of_thread
from bot.core.results import part_of
from bot.core.steps import Run
from bot.core.thread import Thread, Work
from bot.run.claim import Claim
from bot.run.kit import Kit
from bot.run.live import title
from bot.run.meter import since
from bot.run.sight import sight_of
from tools.spec import Context, NotPossible, OnFailure, OutcomeUnknown, Part, Tool, ToolFailed, TryAgain, Untrusted

#: between the commit of a start and the call; a worker that was paused for longer may have been replaced
START_WITHIN = timedelta(seconds=2)

#: a result of more characters is kept shortened
MAX_RESULT_CHARS = 200_000

log = structlog.get_logger()


class Kept:
    """What calls gave that the model is shown of, as a tool may see it on behalf of `person`."""

    def __init__(self, entries: Sequence[Entry], person: str) -> None:
        self._entries = entries
        self._person = person

    def part(self, result: int, number: int) -> Part:
        return part_of(self._entries, self._person, result, number)


class Desk:
    """The conversation's approval requests, as a tool may see and touch them on behalf of who asks for the call."""

    def __init__(self, thread: Thread, work: Work, kit: Kit) -> None:
        self._person = person = thread.author(work)
        # what was asked for in a thread that other companies read is not for them to know
        all_ = not outside(thread, thread.turns[work.call.turn])
        self._asks = {seq: ask for seq, ask in thread.asks.items() if all_ or ask.request.requester == person}
        self._kit = kit
        self.clicks: list[items.Click] = []

    def status(self, request: int) -> str:
        ask = self._asks.get(request)
        if ask is None:
            raise TryAgain(self._no_such(request))
        tool, needs = ask.request.tool, ask.request.needs
        if ask.close is None:
            until = f"{ask.request.expires_at:%d %b %H:%M} UTC"
            return f"Request {request} ({tool}) is open: {len(ask.votes)} of {needs} approvals, expires {until}."
        by = f" by <@{ask.close.by}>" if ask.close.by else ""
        reason = f", reason: {ask.close.reason}" if ask.close.reason else ""
        return f"Request {request} ({tool}) was {ask.close.verdict}{by}{reason}."

    def withdraw(self, request: int) -> str:
        ask = self._asks.get(request)
        if ask is None:
            raise TryAgain(self._no_such(request))
        if ask.close:
            raise TryAgain(self.status(request))
        if ask.request.requester != self._person:
            raise TryAgain(f"Request {request} was made by somebody else, who alone can withdraw it.")
        now = self._kit.now()
        self.clicks.append(
            items.Click(request=request, id=ask.request.id, action="withdraw", actor=self._person, pressed_at=now)
        )
        return f"Request {request} ({ask.request.tool}) is withdrawn; it will not run."

    def _no_such(self, request: int) -> str:
        known = ", ".join(str(number) for number, ask in self._asks.items() if not ask.close)
        return f"There is no request {request} here. Open requests: {known or 'none'}."


async def run_call(kit: Kit, claim: Claim, start: items.ToolStart, secret: SecretStr | None) -> list[Item]:
    """The items that came of one attempt: its result, and withdrawals it asked for."""
    thread, conversation = claim.thread, claim.conversation
    work = thread.works[start.call]
    tool = kit.tools[start.tool]
    desk = Desk(thread, work, kit)
    assert thread.opened
    requester = _requester(thread, work)
    context = Context(
        requester=requester,
        private=thread.opened.private,
        person=thread.author(work),
        workspace=thread.opened.tenant,
        thread=of_thread(thread.opened, kit.workspace_url),
        visitor=_visits(thread, work),
        tainted=work.tainted,
        authors=tuple(sorted(thread.speaker_records)),
        speakers=tuple(sorted(thread.speakers)),
        key=f"{conversation}#{start.call}",
        now=kit.now(),
        requests=desk,
        results=Kept(claim.entries, thread.author(work)),
        sight=sight_of(kit, thread, work, requester),
        secret=secret,
        resource=_approved(work).resource,
        ends=f"{conversation}#{work.call.of}" if work.call.of else None,
    )
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


def _requester(thread: Thread, work: Work) -> str | None:
    """Directory id of who asks for the call."""
    known = thread.turns[work.call.turn].known
    if work.call.requester or (work.call.by and work.call.origin != "command"):
        return work.known.requester.record if work.known and work.known.requester else None
    return known.record if known else None


def _visits(thread: Thread, work: Work) -> bool:
    """Whether the turn is a visitor's; unknown means it is. Nobody from outside has a command line here."""
    if work.call.origin == "terminal":
        return False
    known = thread.turns[work.call.turn].known
    return known is None or known.visitor


def _approved(work: Work) -> CallKnown:
    """What was known of the call when it was let start."""
    return (work.start and work.start.call) or work.known or CallKnown()


async def _attempt(
    kit: Kit, tool: Tool, work: Work, start: items.ToolStart, context: Context
) -> items.ToolResult | items.ToolUnknown:
    failure = _failure(tool, work, start)

    def result(outcome: items.Outcome, output: str, by: Untrusted | None = None) -> items.ToolResult:
        made = items.ToolResult(
            call=work.seq, tool=tool.name, outcome=outcome, output=output, trusted=tool.trusted and by is None
        )
        return made.model_copy(update={"authors": by.authors, "speakers": by.speakers}) if by else made

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
