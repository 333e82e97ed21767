"""What to do next in a conversation: one pure function of what is in its log.

The law of this file, top down; the first rule that has something to do gives the step:
    1  a click counts only for an open request, in time, by a person who is entitled now and was when asked
    2  an open request ends when its time is over
    3  a call runs only if it is known, fits its schema, is not repeated, and the policy lets it or enough people
       approved exactly it; everything else is refused with a reason the model can use
    4  a call whose worker died is repeated only if that cannot act twice; else its outcome is unknown
    5  what was approved must still hold right before the start; only read-only calls run side by side
    6  turns take place in order; the model is asked when it has not seen something a person said or a call gave,
       at most MAX_MODEL_CALLS times a turn
Steps that only write come before steps that take time, so a click is answered while a model call runs.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import takewhile

from bot.core import items, words
from bot.core.canonical import Ambiguous, digest, parse
from bot.core.fold import Ask, Thread, Turn, Work
from bot.core.policy import Forbidden, Free, NeedsApproval, Policy, eligible
from bot.core.steps import Append, CallModel, Resolve, Run, Step, Wait
from tools.spec import BadArguments, OnFailure, Tool

#: model calls in one turn; the last one must answer
MAX_MODEL_CALLS = 8

#: the same call in one turn is refused from this time on
REPEAT_LIMIT = 3

#: how long a turn waits for a model that is down
MODEL_PATIENCE = timedelta(minutes=30)

#: empty replies in a row that end a turn
MAX_EMPTY = 3

#: waits before a failed attempt of a tool is repeated, and the attempts that makes
RETRY_WAITS = (timedelta(seconds=0.5), timedelta(seconds=2))
MAX_ATTEMPTS = len(RETRY_WAITS) + 1

#: an approved call that could not start is not run later than this after its approval
APPROVAL_LASTS = timedelta(hours=1)

#: characters of arguments, as JSON in ASCII, that approvers can be shown in full: a message of Slack's that is near
#: 13,000 characters may be refused, and a card never shortens what is approved
MAX_CARD_ARGUMENTS = 10_000

#: what was looked up for a start is good for this long
START_FRESH = timedelta(seconds=5)

Menu = Mapping[str, Tool]


def decide(thread: Thread, tools: Menu, policy: Policy, now: datetime) -> Step:
    """The next step of the conversation."""
    return next(_steps(thread, tools, policy, now))


def _steps(thread: Thread, tools: Menu, policy: Policy, now: datetime) -> Iterator[Step]:
    for seq, click in thread.clicks.items():
        yield _answer(thread, seq, click)
    for number, ask in thread.asks.items():
        if not ask.close and now >= ask.request.expires_at:
            yield Append((items.Close(request=number, verdict="expired"),))
    for work in _open(thread):
        if work.interrupted and not _repeatable(work, tools):
            yield Append((items.ToolUnknown(call=work.seq, tool=work.call.tool),))
        elif work.call.tool not in tools and thread.waits(work):
            yield Append((items.Close(request=work.request or 0, verdict="void", reason=words.TOOL_GONE),))
        elif work.call.tool not in tools or (work.request is None and not work.attempts):
            yield from _screen(thread, work, tools, policy, now)
    yield from _ended(thread, tools)
    yield from _run(thread, tools, policy, now)
    yield from _model(thread, now)
    yield Wait(min(_times(thread), default=None))


def _open(thread: Thread) -> list[Work]:
    return [work for work in thread.works.values() if not work.settled and not work.running]


# 1 ── clicks


def _answer(thread: Thread, seq: int, click: items.Click) -> Step:
    ask = thread.asks.get(click.request)
    if ask is None:
        return _turn_away(seq, click, words.UNKNOWN_REQUEST)
    if ask.close:
        return _turn_away(seq, click, words.already_closed(ask))
    if click.pressed_at >= ask.request.expires_at:
        return Append((items.Close(request=click.request, verdict="expired"),))
    if click.action == "withdraw":
        return _withdraw(ask, seq, click)
    if reason := _barred(ask, click):
        return _turn_away(seq, click, reason)
    known = thread.click_known.get(seq)
    if known is None:
        return Resolve("click", seq)
    if known.refusal:
        return _turn_away(seq, click, known.refusal)
    return Append(tuple(_count(ask, seq, click)))


def _turn_away(seq: int, click: items.Click, reason: str) -> Append:
    return Append(
        (items.ClickRefused(click=seq, request=click.request, actor=click.actor, channel=click.channel, reason=reason),)
    )


def _withdraw(ask: Ask, seq: int, click: items.Click) -> Append:
    if click.actor != ask.request.requester:
        return _turn_away(seq, click, words.NOT_YOURS)
    return Append((items.Close(request=click.request, verdict="withdrawn", by=click.actor, click=seq),))


def _barred(ask: Ask, click: items.Click) -> str | None:
    """Why this person can never decide this request, as far as the log alone tells."""
    if click.actor in ask.request.excluded:
        return words.barred(ask.request, click.actor)
    if click.actor not in ask.request.approvers:
        return words.NOT_APPROVER
    if click.action == "approve" and click.id != ask.request.id:
        return words.OLD_VERSION
    if any(vote.actor == click.actor for vote in ask.votes):
        return words.VOTED
    return None


def _count(ask: Ask, seq: int, click: items.Click) -> Iterator[items.Item]:
    verdict = "approve" if click.action == "approve" else "deny"
    yield items.Decision(click=seq, request=click.request, actor=click.actor, verdict=verdict, reason=click.reason)
    if verdict == "deny":
        yield items.Close(request=click.request, verdict="denied", by=click.actor, reason=click.reason)
    elif len(ask.votes) + 1 >= ask.request.needs:
        yield items.Close(request=click.request, verdict="approved", by=click.actor)


# 3 ── calls


def _screen(thread: Thread, work: Work, tools: Menu, policy: Policy, now: datetime) -> Iterator[Step]:
    """What a call that nothing was decided about needs first; nothing, where it is free to run."""
    if reason := _unfit(thread, work, tools):
        yield _refuse(work, reason)
        return
    tool = tools[work.call.tool]
    if not policy.needs_facts(tool):
        return
    if work.known is None:
        yield Resolve("call", work.seq)
        return
    if work.known.refusal:
        yield _refuse(work, work.known.refusal)
        return
    match policy.requires(tool, work.known):
        case Free():
            return
        case Forbidden(reason):
            yield _refuse(work, reason)
        case NeedsApproval(approvals):
            yield _ask(thread, work, tool, work.known, approvals, now + policy.expires_after)


def _unfit(thread: Thread, work: Work, tools: Menu) -> str | None:
    """Why the call cannot run whatever anybody allows; None if it can."""
    turn, tool = thread.turns[work.call.turn], tools.get(work.call.tool)
    if turn.over or turn.model_calls >= MAX_MODEL_CALLS:
        return words.TURN_ENDED
    if tool is None:
        return words.unknown_tool(tools)
    if work.nth >= REPEAT_LIMIT:
        return words.REPEATED
    try:
        parse(work.call.arguments)
        tool.parse(work.call.arguments)
    except (Ambiguous, BadArguments) as error:
        return words.bad_arguments(error)
    return None


def _refuse(work: Work, reason: str) -> Append:
    return Append((items.Refused(call=work.seq, reason=reason),))


def _ask(thread: Thread, work: Work, tool: Tool, known: items.CallKnown, needs: int, expires_at: datetime) -> Append:
    requester = thread.turns[work.call.turn].author
    approvers = eligible(known.approvers, requester, known.subject, thread.speakers)
    if len(approvers) < needs:
        return _refuse(work, words.NOBODY_LEFT)
    if len(json.dumps(parse(work.call.arguments))) > MAX_CARD_ARGUMENTS:
        return _refuse(work, words.TOO_LONG_TO_SHOW)
    bound = binding(thread, work, tool, known.subject, version=1)
    subject_user = known.subject.slack_user if known.subject else None
    return Append(
        (
            items.Request(
                call=work.seq,
                tool=tool.name,
                version=1,
                id=bound[:32],
                hash=bound,
                needs=needs,
                approvers=approvers,
                excluded=tuple(sorted({requester, *thread.speakers, *filter(None, [subject_user])})),
                requester=requester,
                subject=known.subject,
                expires_at=expires_at,
            ),
        )
    )


def binding(thread: Thread, work: Work, tool: Tool, subject: items.Subject | None, version: int) -> str:
    """The hash of all that an approval is about: any change of it is another request."""
    assert thread.opened
    return digest(
        {
            "tool": tool.name,
            "schema": digest(tool.arguments.model_json_schema()),
            "arguments": parse(work.call.arguments),
            "subject": subject.model_dump() if subject else None,
            "requester": thread.turns[work.call.turn].author,
            "conversation": [thread.opened.tenant, thread.opened.channel, thread.opened.thread_ts],
            "call": work.seq,
            "version": version,
        }
    )


# 4, 5 ── starting


def _repeatable(work: Work, tools: Menu) -> bool:
    tool = tools.get(work.call.tool)
    return tool is not None and tool.idempotent and work.attempts < MAX_ATTEMPTS


def _ended(thread: Thread, tools: Menu) -> Iterator[Step]:
    for work in thread.works.values():
        tool, turn = tools.get(work.call.tool), thread.turns[work.call.turn]
        if work.failed and not turn.over and tool and tool.on_failure is OnFailure.GIVE_UP:
            yield Append((items.TurnOver(turn=turn.seq, why="gave_up", text=words.gave_up(tool.name)),))


def _run(thread: Thread, tools: Menu, policy: Policy, now: datetime) -> Iterator[Step]:
    ready = [work for work in _open(thread) if not thread.waits(work) and now >= (_retry_at(work) or now)]
    if not ready:
        return
    together = [work.seq for work in takewhile(lambda work: tools[work.call.tool].read_only, ready)]
    if ready[0].approved:
        yield from _confirm(thread, ready[0], tools[ready[0].call.tool], policy, now)
    yield Run(tuple(together) or (ready[0].seq,))


def _confirm(thread: Thread, work: Work, tool: Tool, policy: Policy, now: datetime) -> Iterator[Step]:
    """What stands between an approved call and its start; nothing, where all that was approved still holds."""
    ask = thread.asks[work.request or 0]
    if not _still_enough(thread, work, tool, policy, ask):
        yield _refuse(work, words.CHANGED)
    elif ask.closed_at and now - ask.closed_at > APPROVAL_LASTS:
        yield _refuse(work, words.TOO_LATE)
    elif work.start is None or work.start_at is None or now - work.start_at > START_FRESH:
        yield Resolve("start", work.seq)
    elif work.start.refusal:
        yield _refuse(work, work.start.refusal)


def _still_enough(thread: Thread, work: Work, tool: Tool, policy: Policy, ask: Ask) -> bool:
    """What would run is what was approved, and no more is required for it today."""
    request = ask.request
    if work.known is None or binding(thread, work, tool, request.subject, request.version) != request.hash:
        return False
    match policy.requires(tool, work.known):
        case Free():
            return True
        case NeedsApproval(approvals):
            return approvals <= request.needs
        case Forbidden():
            return False


def _retry_at(work: Work) -> datetime | None:
    return work.failed_at and work.failed_at + RETRY_WAITS[min(work.attempts, len(RETRY_WAITS)) - 1]


# 6 ── the model


def _model(thread: Thread, now: datetime) -> Iterator[Step]:
    if any(not work.settled and not thread.waits(work) for work in thread.works.values()):
        return
    for seq in sorted(thread.turns):
        turn = thread.turns[seq]
        late = [work for work in thread.works.values() if work.call.turn == seq and work.settled]
        if not turn.over and (turn.unseen or any(not work.withdrawn for work in late)):
            yield from _turn(thread, turn, late, now)
            return


def _turn(thread: Thread, turn: Turn, late: list[Work], now: datetime) -> Iterator[Step]:
    if turn.known is None:
        yield Resolve("turn", turn.seq)
    elif turn.known.refusal:
        yield _over(turn, "refused", turn.known.refusal)
    elif turn.model_calls >= MAX_MODEL_CALLS:
        yield _over(turn, "steps", words.out_of_steps(thread.asks[work.request] for work in late if work.request))
    elif turn.failure and _hopeless(turn, turn.failure):
        yield _over(turn, "failed", words.failed(turn.failure))
    elif not turn.failure or turn.failure.retry_at is None or now >= turn.failure.retry_at:
        yield CallModel(turn.seq, last=turn.model_calls == MAX_MODEL_CALLS - 1)


def _hopeless(turn: Turn, failure: items.ModelFailed) -> bool:
    """Said by the failure's own times: a request that is on its way is waited for."""
    if failure.retry_at is None or (failure.why == "empty" and turn.failures >= MAX_EMPTY):
        return True
    return turn.failing_since is not None and failure.retry_at - turn.failing_since >= MODEL_PATIENCE


def _over(turn: Turn, why: items.OverReason, text: str) -> Append:
    return Append((items.TurnOver(turn=turn.seq, why=why, text=text),))


def _times(thread: Thread) -> Iterator[datetime]:
    yield from (ask.request.expires_at for ask in thread.asks.values() if not ask.close)
    yield from (at for work in _open(thread) if (at := _retry_at(work)))
    for turn in thread.turns.values():
        if turn.failure and turn.failure.retry_at and not turn.over:
            yield turn.failure.retry_at
