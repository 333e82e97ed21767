"""What to do next in a conversation: one pure function of what is in its log.

The law of this file, top down; the first rule that has something to do gives the step:
    0  a stop ends the turns of whoever wants it, and nothing of them starts any more (stops.py); a turn whose messages
       were all deleted ends, with what it asked people for (takebacks.py)
    1  a click counts only for an open request, in time, by a person who is entitled now and was when asked (votes.py)
    2  an open request reminds, asks more people, and ends, each at its time
    3  a call runs only if it is known, fits its schema, is not repeated, and the policy lets it or enough people
       approved exactly it (requests.py); everything else is refused with a reason the model can use
    4  a call whose worker died is repeated only if that cannot act twice; else its outcome is unknown
    5  what a call rests on must still hold right before the start (starts.py); only read-only calls run side by side
    6  turns take place in order; the model is asked when it has not seen something a person said or a call gave,
       and once the files that were sent are read; at most MAX_MODEL_CALLS times a turn; where its input gets too long
       it begins anew, with a summary of what is left out (rebase.py)
Steps that only write come before steps that take time, so a click is answered while a model call runs.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import takewhile

from bot.core import items, words
from bot.core.canonical import Ambiguous, parse
from bot.core.handover import told
from bot.core.house import switched
from bot.core.policy import Policy
from bot.core.rebase import crowded, led_anew, rebased
from bot.core.requests import refuse, screened
from bot.core.routing import ONE, Choice, Lineup, chosen, routed, unspent
from bot.core.starts import confirmed, postponed
from bot.core.steps import Append, CallModel, Fetch, Resolve, Run, Step, Wait
from bot.core.stops import stopped
from bot.core.takebacks import taken_back
from bot.core.terms import Terms
from bot.core.thread import Ask, Thread, Turn, Work
from bot.core.votes import answered
from bot.core.weight import Weigh, weightless
from tools.spec import BadArguments, OnFailure, Tool

#: model calls in one turn; the last one must answer
MAX_MODEL_CALLS = 8

#: the same call in one turn is refused from this time on
REPEAT_LIMIT = 3

#: how long a turn waits for a model that is down
MODEL_PATIENCE = timedelta(minutes=30)

#: a model that keeps people waiting for so long is told
TELL_AFTER = timedelta(seconds=3)

#: empty replies in a row that end a turn
MAX_EMPTY = 3

#: waits before a failed attempt of a tool is repeated, and the attempts that makes
RETRY_WAITS = (timedelta(seconds=0.5), timedelta(seconds=2))
MAX_ATTEMPTS = len(RETRY_WAITS) + 1

#: what the clock ends is attempted without end, at least this often
LONGEST_RETRY = timedelta(minutes=10)

Menu = Mapping[str, Tool]


def decide(
    thread: Thread, tools: Menu, policy: Policy, now: datetime, weigh: Weigh = weightless, models: Lineup = ONE
) -> Step:
    """The next step of the conversation; `weigh` says how full the model's input is."""
    return next(_steps(thread, Terms(tools, policy, now, weigh, models)))


def _steps(thread: Thread, terms: Terms) -> Iterator[Step]:
    tools, now = terms.tools, terms.now
    yield from switched(thread)
    yield from stopped(thread, terms)
    yield from taken_back(thread)
    for seq, click in thread.clicks.items():
        yield answered(thread, seq, click, terms)
    for number, ask in thread.asks.items():
        if not ask.close:
            yield from _timely(number, ask, now)
    for work in _open(thread, now):
        if work.call.origin == "clock" and _unfit(thread, work, tools):
            yield postponed(work, now)
        elif work.call.tool not in tools and thread.waits(work):
            yield Append((items.Close(request=work.request or 0, verdict="void", reason=words.TOOL_GONE),))
        elif work.interrupted and not thread.waits(work) and not _repeatable(work, tools):
            yield Append((items.ToolUnknown(call=work.seq, tool=work.call.tool),))
        elif work.call.tool not in tools or (work.request is None and not work.attempts):
            yield from _screen(thread, work, terms)
    yield from told(thread)
    yield from _ended(thread, tools)
    yield from _run(thread, terms)
    yield from _model(thread, terms)
    yield Wait(min((at for at in _times(thread) if at > now), default=None))


def _open(thread: Thread, now: datetime) -> list[Work]:
    """The calls that something may be done about now; one that joined a request waits for the other's outcome."""
    return [
        work
        for work in thread.works.values()
        if not (work.settled or work.running or work.joined) and (work.due is None or now >= work.due)
    ]


# 2 ── time


def _timely(number: int, ask: Ask, now: datetime) -> Iterator[Step]:
    request = ask.request
    if now >= request.expires_at:
        yield Append((items.Close(request=number, verdict="expired"),))
    if request.escalate_at and now >= request.escalate_at and not ask.escalated:
        yield Append((items.Nudge(request=number, step="escalate"),))
    if request.remind_at and now >= request.remind_at and not ask.reminded:
        yield Append((items.Nudge(request=number, step="remind"),))


# 3 ── calls


def _screen(thread: Thread, work: Work, terms: Terms) -> Iterator[Step]:
    """What a call that nothing was decided about needs first; nothing, where it is free to run."""
    if reason := _unfit(thread, work, terms.tools):
        yield refuse(work, reason)
    else:
        yield from screened(thread, work, terms)


def _unfit(thread: Thread, work: Work, tools: Menu) -> str | None:
    """Why the call cannot run whatever anybody allows; None if it can."""
    turn, tool = thread.turns[work.call.turn], tools.get(work.call.tool)
    if work.owed and (turn.over or turn.model_calls >= MAX_MODEL_CALLS):
        return words.TURN_ENDED
    if tool is None:
        return words.unknown_tool(tools)
    if work.nth >= REPEAT_LIMIT:
        return words.REPEATED
    try:
        parse(work.arguments)
        tool.parse(work.arguments)
    except (Ambiguous, BadArguments) as error:
        return words.bad_arguments(error)
    return None


# 4, 5 ── starting


def _repeatable(work: Work, tools: Menu) -> bool:
    tool = tools.get(work.call.tool)
    again = work.attempts < MAX_ATTEMPTS or work.call.origin == "clock"
    return tool is not None and tool.idempotent and again


def _ended(thread: Thread, tools: Menu) -> Iterator[Step]:
    for work in thread.works.values():
        tool, turn = tools.get(work.call.tool), thread.turns[work.call.turn]
        if work.failed and not turn.over and tool and tool.on_failure is OnFailure.GIVE_UP:
            yield Append((items.TurnOver(turn=turn.seq, why="gave_up", text=words.gave_up(tool.name)),))


def _run(thread: Thread, terms: Terms) -> Iterator[Step]:
    now = terms.now
    ready = [work for work in _open(thread, now) if not thread.waits(work) and now >= (_retry_at(work) or now)]
    if not ready:
        return
    together = [work.seq for work in takewhile(lambda work: _side_by_side(work, terms), ready)]
    if not together:
        yield from confirmed(thread, ready[0], terms)
    yield Run(tuple(together) or (ready[0].seq,))


def _side_by_side(work: Work, terms: Terms) -> bool:
    tool = terms.tools[work.call.tool]
    return tool.read_only and work.request is None and not terms.policy.needs_facts(tool)


def _retry_at(work: Work) -> datetime | None:
    if work.failed_at is None or work.call.origin != "clock":
        return work.failed_at and work.failed_at + RETRY_WAITS[min(work.attempts, len(RETRY_WAITS)) - 1]
    return work.failed_at + min(LONGEST_RETRY, timedelta(seconds=2.0 ** min(work.attempts, 20)))


# 6 ── the model


def _model(thread: Thread, terms: Terms) -> Iterator[Step]:
    if any(work.owed and not work.settled and not thread.waits(work) for work in thread.works.values()):
        return
    for seq in sorted(thread.turns):
        turn = thread.turns[seq]
        late = [work for work in thread.works.values() if work.call.turn == seq and work.settled and work.owed]
        if not turn.over and (turn.unseen or late):
            yield from _turn(thread, turn, late, terms)
            return


def _turn(thread: Thread, turn: Turn, late: list[Work], terms: Terms) -> Iterator[Step]:
    choice = chosen(thread, turn, terms.models)
    if turn.known is None:
        yield Resolve("turn", turn.seq)
    elif turn.known.refusal:
        yield _over(turn, "refused", turn.known.refusal)
    elif turn.model_calls >= MAX_MODEL_CALLS:
        yield _over(turn, "steps", words.out_of_steps(thread.asks[work.request] for work in late if work.request))
    elif choice is None or (turn.failure and _hopeless(turn, turn.failure, choice, terms.models)):
        yield _over(turn, "failed", words.failed(turn.failure))
    elif turn.files:
        yield Fetch(turn.seq, min(turn.files))
    else:
        yield from _asked(thread, turn, choice, terms)


def _asked(thread: Thread, turn: Turn, choice: Choice, terms: Terms) -> Iterator[Step]:
    now = terms.now
    if choice.at and now < choice.at:
        if not turn.delayed and choice.at - (turn.failing_since or now) >= TELL_AFTER:
            yield Append((items.Delayed(turn=turn.seq),))
        return
    if thread.called_at:
        yield Resolve("earlier", turn.seq)
    if not (turn.model_calls or turn.failures):
        yield from led_anew(thread, turn)
    yield from rebased(thread, turn, terms.weigh)
    yield from routed(thread, turn, choice)
    last = turn.model_calls == MAX_MODEL_CALLS - 1 or crowded(thread, turn, terms.weigh)
    yield CallModel(turn.seq, last=last, model=choice.model)


def _hopeless(turn: Turn, failure: items.ModelFailed, choice: Choice, models: Lineup) -> bool:
    """Said by the times of the failures: a request that is on its way is waited for."""
    if failure.why == "empty" and turn.failures >= MAX_EMPTY:
        return choice.model not in unspent(turn, (choice.model,), models) or not choice.model
    waited = choice.at - turn.failing_since if choice.at and turn.failing_since else timedelta(0)
    return waited >= MODEL_PATIENCE


def _over(turn: Turn, why: items.OverReason, text: str) -> Append:
    return Append((items.TurnOver(turn=turn.seq, why=why, text=text),))


def _times(thread: Thread) -> Iterator[datetime]:
    for ask in thread.asks.values():
        if not ask.close:
            yield ask.request.expires_at
            yield from (at for at in (not ask.reminded and ask.request.remind_at,) if at)
            yield from (at for at in (not ask.escalated and ask.request.escalate_at,) if at)
    for work in thread.works.values():
        if not (work.settled or work.running):
            yield from (at for at in (_retry_at(work) or work.due,) if at)
    for turn in thread.turns.values():
        # also of a model that failed before another one replied: the rules may go back to it
        if not turn.over:
            yield from (trial.retry_at for trial in turn.trials.values() if trial.retry_at)
