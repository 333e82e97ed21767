"""What a call needs before it may run, and the request that asks people for it.

A request is made in three ways: for a call that nothing was decided about, anew for one that changed after it was
approved, and as another version because somebody edited it (edits.py). Promise: none of them ever asks for less than
the policy requires now, and a version never for less than the one before.
"""

from collections.abc import Iterator
from dataclasses import replace

from bot.core import items, words
from bot.core.canonical import call_digest
from bot.core.drafts import Draft, asked_with, circumstances, decidable, no_less, too_long
from bot.core.known import CallKnown, Person
from bot.core.outsiders import outside
from bot.core.policy import Forbidden, Free, NeedsApproval, stricter
from bot.core.steps import Append, Resolve, Step
from bot.core.terms import Terms
from bot.core.thread import Thread, Work


def screened(thread: Thread, work: Work, terms: Terms) -> Iterator[Step]:
    """What the call needs first; nothing, where it is free to run."""
    tool, policy = terms.tools[work.call.tool], terms.policy
    unknown = work.call.requester is not None
    if work.call.origin == "clock" or not (unknown or policy.needs_facts(tool)):
        return
    if work.known is None:
        yield Resolve("call", work.seq)
    elif work.known.refusal:
        yield refuse(work, work.known.refusal)
    else:
        match policy.requires(circumstances(thread, work, work.known, terms)):
            case Free():
                return
            case Forbidden(reason):
                yield refuse(work, reason)
            case _ if work.call.origin == "terminal" and not work.unproven:
                yield refuse(work, words.NOBODY_ASKS)
            case need:
                yield _asked(Draft(thread, work, work.known, terms), need)


def refuse(work: Work, reason: str) -> Append:
    """The call is not run; where it was attempted already nobody can say so, and its outcome is unknown."""
    if work.attempts:
        return Append((items.ToolUnknown(call=work.seq, tool=work.call.tool),))
    return Append((items.Refused(call=work.seq, reason=reason),))


# ── for a call nothing was decided about ──


def _asked(draft: Draft, need: NeedsApproval) -> Append:
    thread, work = draft.thread, draft.work
    if (number := _same(draft, need)) is not None:
        if not decidable(thread.asks[number], draft.excluded):
            return refuse(work, words.NOBODY_LEFT)
        joined = items.Joined(
            call=work.seq,
            request=number,
            excluded=tuple(sorted(draft.excluded)),
            excluded_records=tuple(sorted(draft.excluded_records)),
        )
        return Append((joined,))
    if reason := _unwanted(draft):
        return refuse(work, reason)
    made = draft.request(need, version=1)
    return refuse(work, made) if isinstance(made, str) else Append((made,))


def _unwanted(draft: Draft) -> str | None:
    """Why people are not asked although they could be."""
    if reason := too_long(draft.work.arguments):
        return reason
    if draft.known.open_requests >= draft.policy.max_open:
        return words.too_many_open(draft.policy.max_open)
    denial, said_at = draft.known.denial, draft.thread.turns[draft.work.call.turn].said_at
    if denial and said_at and said_at <= denial.at and draft.work.call.origin == "model":
        return words.DENIED_BEFORE
    return None


def _same(draft: Draft, need: NeedsApproval) -> int | None:
    """The number of the open request that asks for exactly this already, and of no fewer people."""
    thread, known = draft.thread, draft.known
    if outside(thread, thread.turns[draft.work.call.turn]):
        return None  # what comes of it is for colleagues to know
    wanted = call_digest(draft.tool.name, draft.work.arguments)
    for number, ask in thread.asks.items():
        request = ask.request
        other = request.undoes != draft.work.call.of
        if ask.close or other or call_digest(request.tool, request.arguments) != wanted:
            continue
        touches = known.resource == request.resource and _identity(known.subject) == _identity(request.subject)
        if touches and not stricter(need, asked_with(request)):
            return number
    return None


def _identity(person: Person | None) -> object:
    return person.identity if person else None


# ── anew, because something changed after the approval ──


def renewed(thread: Thread, work: Work, known: CallKnown, terms: Terms, why: str) -> Append:
    """The request asked anew, once, if the call was never attempted; else the call is refused."""
    if work.attempts or work.renewals or known.refusal or work.request is None:
        return refuse(work, words.CHANGED)
    need = terms.policy.requires(circumstances(thread, work, known, terms))
    if isinstance(need, Forbidden):
        return refuse(work, need.reason)
    ask = thread.asks[work.request]
    draft = Draft(thread, replace(work, renewals=work.renewals + 1), known, terms)
    need = no_less(need, ask.request, terms.policy)
    out = draft.excluded | ask.excluded
    made = draft.request(need, version=1, excluded=out, renews=work.request, why=why)
    return refuse(work, made) if isinstance(made, str) else Append((made,))
