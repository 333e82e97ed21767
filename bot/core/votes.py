"""What a click on a card is worth. Most clicks change nothing; then its clicker alone is told why.

The order is the promise: what the log alone can answer (closed, too late, another version, not asked) is answered
without a look-up, so that nobody can make us ask Slack ten thousand times.
"""

import json
from collections.abc import Iterator

from bot.core import items, words
from bot.core.canonical import Ambiguous, call_digest, parse
from bot.core.edits import edited
from bot.core.known import ClickKnown
from bot.core.starts import APPROVAL_LASTS
from bot.core.steps import Append, Resolve, Step
from bot.core.terms import Terms
from bot.core.thread import Ask, Thread, Work
from tools.spec import BadArguments, Tool


def answered(thread: Thread, seq: int, click: items.Click, terms: Terms) -> Step:
    """What the click leads to."""
    ask = thread.asks.get(click.request)
    if ask is None:
        return _turn_away(seq, click, words.UNKNOWN_REQUEST)
    assert thread.opened
    if click.tenant not in (None, thread.opened.tenant):
        return _turn_away(seq, click, words.NOT_APPROVER)
    if click.action == "undo":
        return _undo(thread, ask, seq, click, terms)
    if ask.close:
        return _turn_away(seq, click, words.already_closed(ask))
    if click.pressed_at >= ask.request.expires_at:
        return Append((items.Close(request=click.request, verdict="expired"),))
    if click.action == "withdraw":
        return _withdraw(ask, seq, click)
    return _of_open(thread, ask, seq, click, terms)


def _of_open(thread: Thread, ask: Ask, seq: int, click: items.Click, terms: Terms) -> Step:
    """What a click of an approver leads to, while the request is open."""
    if click.action == "approve" and terms.now - click.pressed_at > APPROVAL_LASTS:
        return _turn_away(seq, click, words.PRESSED_LONG_AGO)
    if reason := _barred(ask, click):
        return _turn_away(seq, click, reason)
    known = ClickKnown() if _objects(ask, click) else thread.click_known.get(seq)
    if known is None:
        return Resolve("click", seq)
    if reason := _not_entitled(ask, click, known):
        return _turn_away(seq, click, reason)
    if click.action == "edit":
        return _edit(thread, ask, seq, click, known, terms)
    return Append(tuple(_count(ask, seq, click, known)))


def _turn_away(seq: int, click: items.Click, reason: str) -> Append:
    return Append(
        (items.ClickRefused(click=seq, request=click.request, actor=click.actor, channel=click.channel, reason=reason),)
    )


def _withdraw(ask: Ask, seq: int, click: items.Click) -> Append:
    if click.actor != ask.request.requester:
        return _turn_away(seq, click, words.NOT_YOURS)
    return Append((items.Close(request=click.request, verdict="withdrawn", by=click.actor, click=seq),))


def _objects(ask: Ask, click: items.Click) -> bool:
    """The person it is about says no, and may."""
    subject = ask.request.subject
    mine = subject is not None and click.actor == subject.slack_user
    return mine and click.action == "deny" and click.actor != ask.request.requester


def _edits_own(ask: Ask, click: items.Click) -> bool:
    return click.action == "edit" and click.actor == ask.request.requester


def _barred(ask: Ask, click: items.Click) -> str | None:
    """Why this person can never do this to the request, as far as the log alone tells."""
    if click.action != "deny" and click.id != ask.request.id:
        return words.OLD_VERSION
    if _objects(ask, click) or _edits_own(ask, click):
        return None
    if click.actor in ask.excluded:
        return words.barred(ask.request, click.actor)
    if not any(click.actor in users for users in ask.entitled.values()):
        return words.NOT_APPROVER
    if click.action == "approve" and click.actor in ask.voted:
        return words.VOTED
    return None


def _not_entitled(ask: Ask, click: items.Click, known: ClickKnown) -> str | None:
    """Why this person cannot do this to the request now."""
    if known.refusal:
        return known.refusal
    if _objects(ask, click) or _edits_own(ask, click):
        return None
    if known.record in ask.excluded_records:
        return words.SAME_PERSON
    if not ask.sources_of(click.actor, known.sources):
        return words.NOT_APPROVER
    return _cannot_vote(ask, click, known) if click.action == "approve" else None


def _cannot_vote(ask: Ask, click: items.Click, known: ClickKnown) -> str | None:
    """Why an approval of this person does not count now, although they are asked."""
    if known.frozen:
        return words.FROZEN_VOTE
    if known.record is not None and any(vote.record == known.record for vote in ask.votes):
        return words.VOTED
    step_up = ask.request.step_up
    if not click.stepped_up and (step_up == "everybody" or (step_up == "enrolled" and known.enrolled)):
        return words.NO_CODE
    return words.NOT_VERIFIED if ask.request.verify == "needed" and click.verified is None else None


def _count(ask: Ask, seq: int, click: items.Click, known: ClickKnown) -> Iterator[items.Item]:
    yes = click.action == "approve"
    vote = items.Decision(
        click=seq,
        request=click.request,
        actor=click.actor,
        verdict="approve" if yes else "deny",
        reason=click.reason,
        sources=ask.sources_of(click.actor, known.sources),
        record=known.record,
        verified=click.verified if yes else None,
    )
    yield vote
    if not yes:
        yield items.Close(request=click.request, verdict="denied", by=click.actor, reason=click.reason)
    elif not ask.missing({**ask.voted, vote.actor: vote.sources}):
        yield items.Close(request=click.request, verdict="approved", by=click.actor)


# ── editing ──


def _edit(thread: Thread, ask: Ask, seq: int, click: items.Click, known: ClickKnown, terms: Terms) -> Append:
    tool, arguments = terms.tools.get(ask.request.tool), click.arguments or ""
    if tool is None or known.call is None:
        return _turn_away(seq, click, words.UNKNOWN_REQUEST)
    if reason := _unusable(ask, tool, arguments):
        return _turn_away(seq, click, reason)
    made = edited(thread, seq, arguments, known.record, known.call, terms)
    return _turn_away(seq, click, words.not_edited(made)) if isinstance(made, str) else Append((made,))


def _unusable(ask: Ask, tool: Tool, arguments: str) -> str | None:
    """Why these arguments cannot take the place of the old ones."""
    try:
        new, old = parse(arguments), parse(ask.request.arguments)
        tool.parse(arguments)
    except (Ambiguous, BadArguments) as error:
        return words.not_edited(f"{error}.")
    if any(new.get(name) != old.get(name) for name in (tool.subject, tool.resource)):
        return words.not_edited("whom and what it touches cannot be changed; deny it and ask for the other thing.")
    if call_digest(tool.name, arguments) == call_digest(tool.name, ask.request.arguments):
        return words.not_edited("nothing is different.")
    return None


# ── taking back ──


def _undo(thread: Thread, ask: Ask, seq: int, click: items.Click, terms: Terms) -> Step:
    """A new call, which needs what the policy requires for it."""
    tool, request = terms.tools.get(ask.request.tool), ask.request
    if tool is None or tool.undone_by is None or ask.ended != "done":
        return _turn_away(seq, click, words.NOTHING_TO_UNDO)
    if ask.undone_at is not None:
        return _turn_away(seq, click, words.UNDONE)
    if any(_undoes(work, request.call) for work in thread.works.values()):
        return _turn_away(seq, click, words.UNDO_ASKED)
    known = thread.click_known.get(seq)
    if known is None:
        return Resolve("click", seq)
    involved = click.actor in (request.requester, request.subject and request.subject.slack_user)
    if not involved and (known.refusal or not ask.sources_of(click.actor, known.sources)):
        return _turn_away(seq, click, known.refusal or words.NOT_APPROVER)
    latest = thread.latest
    try:
        given = tool.parse(request.arguments).model_dump(mode="json")
    except BadArguments:
        return _turn_away(seq, click, words.NOTHING_TO_UNDO)
    assert latest
    arguments = json.dumps({name: given[name] for name in tool.undone_by.arguments}, ensure_ascii=False)
    undo = items.Call(
        origin="undo",
        turn=latest.seq,
        tool=tool.undone_by.tool,
        arguments=arguments,
        of=request.call,
        by=click.actor,
        click=seq,
    )
    return Append((undo,))


def _undoes(work: Work, call: int) -> bool:
    return work.call.origin == "undo" and work.call.of == call and not work.settled
