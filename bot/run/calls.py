"""Running a call: its arguments checked again, its time limited, its failure turned into words for the model."""

import asyncio
from datetime import timedelta

import structlog
from pydantic import SecretStr
from pydantic_core import to_json

from bot.core import items
from bot.core.decide import MAX_ATTEMPTS
from bot.core.items import Item
from bot.core.known import CallKnown
from bot.core.thread import Thread, Work
from bot.run.kit import Kit
from bot.run.live import title
from tools.spec import Context, OnFailure, Tool, ToolFailed, TryAgain, Untrusted

#: between the commit of a start and the call; a worker that was paused for longer may have been replaced
START_WITHIN = timedelta(seconds=2)

#: a result of more characters is kept shortened
MAX_RESULT_CHARS = 200_000

log = structlog.get_logger()


class Desk:
    """The conversation's approval requests, as a tool may see and touch them on behalf of `person`."""

    def __init__(self, thread: Thread, person: str, kit: Kit) -> None:
        self._thread = thread
        self._person = person
        self._kit = kit
        self.clicks: list[items.Click] = []

    def status(self, request: int) -> str:
        ask = self._thread.asks.get(request)
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
        ask = self._thread.asks.get(request)
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
        known = ", ".join(str(number) for number, ask in self._thread.asks.items() if not ask.close)
        return f"There is no request {request} here. Open requests: {known or 'none'}."


async def run_call(
    kit: Kit, thread: Thread, conversation: str, start: items.ToolStart, secret: SecretStr | None
) -> list[Item]:
    """The items that came of one attempt: its result, and withdrawals it asked for."""
    work = thread.works[start.call]
    tool = kit.tools[start.tool]
    desk = Desk(thread, thread.author(work), kit)
    assert thread.opened
    context = Context(
        requester=_requester(thread, work),
        private=thread.opened.private,
        key=f"{conversation}#{start.call}",
        now=kit.now(),
        requests=desk,
        secret=secret,
        resource=_approved(work).resource,
        ends=f"{conversation}#{work.call.of}" if work.call.of else None,
    )
    if work.call.origin == "model":
        kit.live.started(conversation, work.seq, title(tool))
    result = None
    try:
        result = await _attempt(kit, tool, work, start, context)
    finally:
        # also where it is cut off
        kit.live.ended(conversation, work.seq, ok=isinstance(result, items.ToolResult) and result.outcome == "done")
    return [*desk.clicks, result]


def _requester(thread: Thread, work: Work) -> str | None:
    """Directory id of who asks for the call."""
    known = thread.turns[work.call.turn].known
    if work.call.by and work.call.origin != "command":
        return work.known.requester.record if work.known and work.known.requester else None
    return known.record if known else None


def _approved(work: Work) -> CallKnown:
    """What was known of the call when it was let start."""
    return (work.start and work.start.call) or work.known or CallKnown()


async def _attempt(kit: Kit, tool: Tool, work: Work, start: items.ToolStart, context: Context) -> Item:
    failure = _failure(tool, work, start)

    def result(outcome: items.Outcome, output: str, *, by: tuple[str, ...] | None = None) -> Item:
        trusted = tool.trusted and by is None
        return items.ToolResult(
            call=work.seq, tool=tool.name, outcome=outcome, output=output, trusted=trusted, authors=by or ()
        )

    try:
        async with asyncio.timeout(tool.timeout_s):
            value = await tool.call(tool.parse(work.arguments), {**kit.backends, Context: context})
        if isinstance(value, Untrusted):
            return result("done", _text(value.value), by=value.authors)
        return result("done", _text(value))
    except TryAgain as error:
        return result("passing" if work.call.origin == "clock" else "wrong", str(error))
    except ToolFailed as error:
        return result(failure, str(error))
    except TimeoutError:
        log.warning("tool timed out", tool=tool.name, conversation=context.key)
        text = f"{tool.name} took longer than {tool.timeout_s:g} seconds."
    except Exception:  # a bug in a tool is told, not passed on
        log.exception("tool broke", tool=tool.name, conversation=context.key)
        text = f"{tool.name} is broken; IT can see why in the log."
    if failure == "failed" and not tool.read_only:
        return items.ToolUnknown(call=work.seq, tool=tool.name)
    return result(failure, text)


def _text(value: object) -> str:
    return to_json(value).decode()[:MAX_RESULT_CHARS]


def _failure(tool: Tool, work: Work, start: items.ToolStart) -> items.Outcome:
    """What the clock ends is attempted without end."""
    again = tool.on_failure is OnFailure.RETRY and start.attempt < MAX_ATTEMPTS
    return "passing" if again or work.call.origin == "clock" else "failed"
