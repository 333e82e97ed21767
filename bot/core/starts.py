"""What stands between a call that may run and its start: everything that it rests on is looked up once more.

Stricter or changed means asked anew, once; laxer changes nothing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.core import items, words
from bot.core.drafts import CRITICAL, asked_with, binding, circumstances
from bot.core.known import CallKnown, StartKnown
from bot.core.policy import Free, NeedsApproval, Policy, stricter
from bot.core.quorum import Votes, missing, widened
from bot.core.requests import refuse, renewed
from bot.core.steps import Append, Resolve, Step
from bot.core.terms import Terms
from bot.core.thread import Ask, Thread, Work
from tools.spec import Risk

#: an approved call that could not start is not run later than this after its approval
APPROVAL_LASTS = timedelta(hours=1)

#: what was looked up for a start is good for this long
START_FRESH = timedelta(seconds=5)

#: how soon it is looked again whether what the clock ends can be done; the end of a freeze is told at once
THAW = timedelta(hours=6)


def postponed(work: Work, now: datetime) -> Append:
    """What the clock ends is done later, never given up."""
    return Append((items.Postponed(call=work.seq, until=now + THAW),))


def confirmed(thread: Thread, work: Work, terms: Terms) -> Iterator[Step]:
    """What has to be done first; nothing, where the call may start now."""
    tool, now = terms.tools[work.call.tool], terms.now
    if not (work.approved or terms.policy.needs_facts(tool)):
        return
    ask = thread.asks[work.request] if work.request is not None else None
    if not tool.takes(work.arguments):
        yield _not_now(work, words.OTHER_TOOL, now)
    elif ask and ask.closed_at and now - ask.closed_at > APPROVAL_LASTS:
        yield _not_now(work, words.TOO_LATE, now)
    elif work.start is None or work.start_at is None or now - work.start_at > START_FRESH:
        yield Resolve("start", work.seq)
    elif work.start.refusal:
        yield _not_now(work, work.start.refusal, now)
    elif work.start.frozen and (ask or tool.risk is not Risk.LOW):
        yield _not_now(work, words.FROZEN, now)
    elif ask:
        yield from _still_approved(thread, work, ask, work.start, terms)
    elif work.call.origin != "clock":
        yield from _still_free(thread, work, work.start.call, terms)


def _not_now(work: Work, reason: str, now: datetime) -> Step:
    """The call is refused; what the clock ends is only put off."""
    return postponed(work, now) if work.call.origin == "clock" else refuse(work, reason)


def _still_free(thread: Thread, work: Work, known: CallKnown | None, terms: Terms) -> Iterator[Step]:
    """A call that needed nobody's approval when it was made may need one by what is known now."""
    if known is None:
        yield refuse(work, words.START_UNKNOWN)
    elif known.refusal or not isinstance(terms.policy.requires(circumstances(thread, work, known, terms)), Free):
        yield refuse(work, words.CHANGED) if work.attempts else Append((items.Facts(ref=work.seq, known=known),))


def _still_approved(thread: Thread, work: Work, ask: Ask, start: StartKnown, terms: Terms) -> Iterator[Step]:
    if start.call is None:
        yield refuse(work, words.START_UNKNOWN)
    elif start.call.refusal:
        yield refuse(work, start.call.refusal)
    elif _left(ask, start.call):
        yield _not_now(work, words.SUBJECT_LEFT, terms.now)
    elif why := _changed(thread, work, ask, start.call, start, terms):
        yield renewed(thread, work, start.call, terms, why)


def _left(ask: Ask, known: CallKnown) -> bool:
    """The person it touches was in Slack when people were asked, and is not any more."""
    was = ask.request.subject
    return bool(was and was.slack_user and not (known.subject and known.subject.slack_user))


def _changed(thread: Thread, work: Work, ask: Ask, known: CallKnown, start: StartKnown, terms: Terms) -> str | None:
    """What is not as it was approved."""
    if binding(thread, work, terms.tools[work.call.tool], known, ask.request.version) != ask.request.hash:
        return words.OTHER_NOW
    policy = terms.policy
    if ask.request.self_approval and not policy.allow_self_approval:
        return words.STRICTER_NOW
    votes = {
        user: tuple(source for source in sources if source in start.voters.get(user, ()))
        for user, sources in ask.voted.items()
    }
    people = [record for user, record in start.records.items() if user in votes and record]
    if len(people) != len(set(people)) or ask.excluded_records.intersection(people):
        return words.VOTER_LOST
    if not all(votes.values()) or ask.missing(votes):
        return words.VOTER_LOST
    need = policy.requires(circumstances(thread, work, known, terms))
    if stricter(need, asked_with(ask.request)) or (isinstance(need, NeedsApproval) and _short(need, votes, policy)):
        return words.STRICTER_NOW
    uncoded = ask.request.step_up == "nobody" and isinstance(need, NeedsApproval) and CRITICAL in need.rules
    return words.STRICTER_NOW if uncoded else None


def _short(need: NeedsApproval, votes: Votes, policy: Policy) -> bool:
    """The votes are not enough by those whom the policy asks today, later or for want of others."""
    return missing(need.approvals, widened(need.quorums, (*policy.fallback, *policy.escalate_to)), votes) > 0
