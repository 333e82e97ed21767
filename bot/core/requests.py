"""What a call needs before it may run, and the request that asks people for it.

A request is made in three ways: for a call that nothing was decided about, anew for one that changed after it was
approved, and as another version because somebody edited it. Promise: none of them ever asks for less than the policy
requires now, and a version never for less than the one before.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.core import items, words
from bot.core.canonical import call_digest, digest, parse
from bot.core.known import CallKnown, SlackUser, Source
from bot.core.policy import Circumstances, Forbidden, Free, NeedsApproval, Policy, Requirement
from bot.core.quorum import missing, widened
from bot.core.steps import Append, Resolve, Step
from bot.core.terms import Terms
from bot.core.thread import Ask, Thread, Work
from tools.spec import Tool

#: characters of arguments, as JSON in ASCII, that approvers can be shown in full; nothing that is approved is shortened
MAX_CARD_ARGUMENTS = 60_000


#: the name of the tier at which an approver who has an authenticator must use it
CRITICAL = "base:critical"


def screened(thread: Thread, work: Work, terms: Terms) -> Iterator[Step]:
    """What the call needs first; nothing, where it is free to run."""
    tool, policy = terms.tools[work.call.tool], terms.policy
    if work.call.origin == "clock" or not policy.needs_facts(tool):
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
            case need:
                yield _asked(_Asking(thread, work, work.known, terms), need)


def refuse(work: Work, reason: str) -> Append:
    return Append((items.Refused(call=work.seq, reason=reason),))


def circumstances(thread: Thread, work: Work, known: CallKnown, terms: Terms) -> Circumstances:
    """All that the policy judges the call by."""
    assert thread.opened
    tool = terms.tools[work.call.tool]
    return Circumstances(
        tool=tool,
        arguments=tool.parse(work.arguments).model_dump(mode="json"),
        requester=known.requester,
        subject=known.subject,
        resource=known.resource,
        channel=thread.opened.channel,
        private=thread.opened.private,
        tainted=bool(work.influences),
        recent=known.recent,
        now=terms.now,
    )


def binding(thread: Thread, work: Work, tool: Tool, known: CallKnown, version: int) -> str:
    """The hash of all that an approval is about: any change of it is another request."""
    assert thread.opened
    resource = known.resource
    return digest(
        {
            "tool": tool.name,
            "schema": digest(tool.arguments.model_json_schema()),
            "arguments": parse(work.arguments),
            "subject": known.subject.identity if known.subject else None,
            "resource": [resource.kind, resource.id, resource.name, resource.privileged] if resource else None,
            "requester": thread.author(work),
            "conversation": [thread.opened.tenant, thread.opened.channel, thread.opened.thread_ts],
            "call": work.seq,
            "renewals": work.renewals,
            "version": version,
        }
    )


class _Asking:
    """The parts that every request is made from."""

    def __init__(self, thread: Thread, work: Work, known: CallKnown, terms: Terms) -> None:
        self.thread, self.work, self.known = thread, work, known
        self.tool, self.policy, self.now = terms.tools[work.call.tool], terms.policy, terms.now
        self.requester = thread.author(work)

    @property
    def excluded(self) -> set[SlackUser]:
        """Who may not decide it, as Slack users; nobody where the policy lets people approve their own."""
        if self.policy.allow_self_approval:
            return set()
        subject = self.known.subject.slack_user if self.known.subject else None
        return {self.requester, *self.thread.speakers, *([subject] if subject else [])}

    @property
    def excluded_records(self) -> set[str]:
        """The same as directory ids."""
        if self.policy.allow_self_approval:
            return set()
        people = [self.known.requester, self.known.subject]
        return {*self.thread.speaker_records, *(person.record for person in people if person)}

    def request(self, need: NeedsApproval, version: int, **changes: Any) -> items.Request | str:
        """The request, or why there is nobody to decide it."""
        out = frozenset(changes.pop("excluded", self.excluded))
        members = _eligible(self.known.sources, out)
        fallback = self._fallback(need, members)
        if isinstance(fallback, str):
            return fallback
        named = (*need.sources, *fallback, *self.policy.escalate_to)
        turn, bound = (
            self.thread.turns[self.work.call.turn],
            binding(self.thread, self.work, self.tool, self.known, version),
        )
        return items.Request(
            call=self.work.seq,
            tool=self.tool.name,
            version=version,
            id=bound[:32],
            hash=bound,
            arguments=self.work.arguments,
            needs=need.approvals,
            quorums=need.quorums,
            fallback=fallback,
            escalation=tuple(each for each in self.policy.escalate_to if each not in (*need.sources, *fallback)),
            step_up=_step_up(need),
            members={source: members[source] for source in dict.fromkeys(named) if source in members},
            excluded=tuple(sorted(out)),
            excluded_records=tuple(sorted(self.excluded_records)),
            self_approval=self.policy.allow_self_approval,
            requester=self.requester,
            requester_record=self.known.requester.record if self.known.requester else None,
            subject=self.known.subject,
            resource=self.known.resource,
            influences=self.work.influences,
            note=self.work.note,
            undoes=self.work.call.of,
            words="" if self.work.call.by else turn.words,
            words_ts="" if self.work.call.by else turn.ts,
            denial=self.known.denial,
            expires_at=self.now + need.expires_after,
            remind_at=self.policy.remind_after and self.now + self.policy.remind_after,
            escalate_at=self.policy.escalate_after and self.now + self.policy.escalate_after,
        ).model_copy(update=changes)

    def _fallback(
        self, need: NeedsApproval, members: Mapping[Source, tuple[SlackUser, ...]]
    ) -> tuple[Source, ...] | str:
        """Who is asked beside those the policy names, because they are not enough; or why nobody is."""
        for extra in ((), self.policy.fallback):
            quorums = widened(need.quorums, extra)
            could = _votes(members, (*need.sources, *extra))
            if need.step_up:
                could = {user: sources for user, sources in could.items() if user in self.known.enrolled}
            if not missing(need.approvals, quorums, could):
                return extra
        return words.NOT_ENROLLED if need.step_up and not self._short(need, members) else words.NOBODY_LEFT

    def _short(self, need: NeedsApproval, members: Mapping[Source, tuple[SlackUser, ...]]) -> bool:
        return missing(need.approvals, need.quorums, _votes(members, need.sources)) > 0


def _eligible(
    sources: Mapping[Source, Iterable[SlackUser]], out: frozenset[SlackUser]
) -> dict[Source, tuple[SlackUser, ...]]:
    return {source: tuple(user for user in users if user not in out) for source, users in sources.items()}


def _votes(members: Mapping[Source, Iterable[SlackUser]], sources: Iterable[Source]) -> dict[SlackUser, list[Source]]:
    """Everybody's vote, if everybody voted."""
    votes: dict[SlackUser, list[Source]] = {}
    for source in dict.fromkeys(sources):
        for user in members.get(source, ()):
            votes.setdefault(user, []).append(source)
    return votes


def _step_up(need: NeedsApproval) -> Any:
    if need.step_up:
        return "everybody"
    return "enrolled" if CRITICAL in need.rules else "nobody"


# ── for a call nothing was decided about ──


def _asked(asking: _Asking, need: NeedsApproval) -> Append:
    thread, work, known = asking.thread, asking.work, asking.known
    if (number := _same(thread, work, known)) is not None:
        if not _decidable(thread.asks[number], asking.excluded):
            return refuse(work, words.NOBODY_LEFT)
        joined = items.Joined(
            call=work.seq,
            request=number,
            excluded=tuple(sorted(asking.excluded)),
            excluded_records=tuple(sorted(asking.excluded_records)),
        )
        return Append((joined,))
    if reason := _unwanted(asking):
        return refuse(work, reason)
    made = asking.request(need, version=1)
    return refuse(work, made) if isinstance(made, str) else Append((made,))


def _decidable(ask: Ask, out: set[SlackUser]) -> bool:
    """Enough people are left to decide the request without these, now or once it is escalated."""
    members = _eligible(ask.request.members, frozenset(out) | ask.excluded)
    quorums = widened(ask.request.quorums, (*ask.request.fallback, *ask.request.escalation))
    return not missing(ask.request.needs, quorums, _votes(members, members))


def _unwanted(asking: _Asking) -> str | None:
    """Why people are not asked although they could be."""
    if reason := _too_long(asking.work.arguments):
        return reason
    if asking.known.open_requests >= asking.policy.max_open:
        return words.too_many_open(asking.policy.max_open)
    denial, said_at = asking.known.denial, asking.thread.turns[asking.work.call.turn].said_at
    if denial and said_at and said_at <= denial.at and asking.work.call.origin == "model":
        return words.DENIED_BEFORE
    return None


def _too_long(arguments: str) -> str | None:
    return words.TOO_LONG_TO_SHOW if len(json.dumps(parse(arguments))) > MAX_CARD_ARGUMENTS else None


def _same(thread: Thread, work: Work, known: CallKnown) -> int | None:
    """The number of the open request that asks for exactly this already."""
    wanted = call_digest(work.call.tool, work.arguments)
    for number, ask in thread.asks.items():
        request = ask.request
        if ask.close or call_digest(request.tool, request.arguments) != wanted:
            continue
        same_resource = known.resource == request.resource
        if same_resource and _identity(known.subject) == _identity(request.subject):
            return number
    return None


def _identity(person: Any) -> object:
    return person.identity if person else None


# ── anew, because something changed after the approval ──


def renewed(thread: Thread, work: Work, known: CallKnown, terms: Terms, why: str) -> Append:
    """The request asked anew, once; else the call is refused."""
    if work.renewals or known.refusal or work.request is None:
        return refuse(work, words.CHANGED)
    need = terms.policy.requires(circumstances(thread, work, known, terms))
    if isinstance(need, Forbidden):
        return refuse(work, need.reason)
    ask = thread.asks[work.request]
    asking = _Asking(thread, replace(work, renewals=work.renewals + 1), known, terms)
    need = _no_less(need, ask.request, terms.policy)
    out = asking.excluded | ask.excluded
    made = asking.request(need, version=1, excluded=out, renews=work.request, why=why)
    return refuse(work, made) if isinstance(made, str) else Append((made,))


# ── as another version, because somebody edited it ──


def edited(
    thread: Thread, click: int, arguments: str, record: str | None, known: CallKnown, terms: Terms
) -> items.Request | str:
    """The next version with these arguments, which fit the tool; or why there is none. `record`: who the editor is."""
    number, editor = thread.clicks[click].request, thread.clicks[click].actor
    ask = thread.asks[number]
    old = ask.request
    work = replace(thread.works[old.call], arguments=arguments)
    if reason := known.refusal or _too_long(arguments):
        return reason
    need = terms.policy.requires(circumstances(thread, work, known, terms))
    if isinstance(need, Forbidden):
        return need.reason
    need = _no_less(need, old, terms.policy)
    asking = _Asking(thread, work, known, terms)
    out, records = asking.excluded | ask.excluded, asking.excluded_records | ask.excluded_records
    anybody = terms.policy.allow_self_approval and old.self_approval
    if not (anybody or _only_narrowed(asking.tool, old.arguments, arguments)):
        out, records = out | {editor}, records | ({record} if record else set())
    return asking.request(
        need,
        version=old.version + 1,
        excluded=out,
        excluded_records=tuple(sorted(records)),
        self_approval=anybody,
        number=number,
        edited_by=editor,
        click=click,
        renews=old.renews,
        expires_at=min(old.expires_at, terms.now + need.expires_after),
        remind_at=old.remind_at,
        escalate_at=old.escalate_at,
    )


def _only_narrowed(tool: Tool, before: str, after: str) -> bool:
    """Nothing changed but numbers that only limit what the call does, downwards."""
    old, new = json.loads(before), json.loads(after)
    changed = [name for name in old.keys() | new.keys() if old.get(name) != new.get(name)]
    return all(name in tool.narrow and _lower(new.get(name), old.get(name)) for name in changed)


def _lower(new: object, old: object) -> bool:
    return isinstance(new, int | float) and isinstance(old, int | float) and new < old


def _no_less(need: Requirement, old: items.Request, policy: Policy) -> NeedsApproval:
    """What is required now and what was asked with before, both."""
    before = asked_with(old)
    if not isinstance(need, NeedsApproval):
        return replace(before, expires_after=policy.expires_after)
    return replace(
        need,
        approvals=max(need.approvals, before.approvals),
        quorums=tuple(dict.fromkeys((*need.quorums, *before.quorums))),
        step_up=need.step_up or before.step_up,
        rules=(*need.rules, *before.rules),
    )


def asked_with(request: items.Request) -> NeedsApproval:
    """What the request asks for, in the policy's own terms; when it expires has no part in what it asks for."""
    return NeedsApproval(
        approvals=request.needs,
        quorums=request.quorums,
        step_up=request.step_up == "everybody",
        expires_after=timedelta(0),
        rules=(CRITICAL,) if request.step_up == "enrolled" else (),
    )


def editable(tool: Tool) -> tuple[str, ...]:
    """The arguments people may change: never whom or what the call touches."""
    fixed = {tool.subject, tool.resource}
    return tuple(name for name in tool.arguments.model_fields if name not in fixed)
