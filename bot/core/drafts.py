"""A request in the making: whom it asks, who may not answer, what it is bound to.

Promise: it never asks for less than it is told to need, and there is none that nobody could decide.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

from bot.core import items, words
from bot.core.canonical import digest, parse
from bot.core.known import CallKnown, SlackUser, Source
from bot.core.policy import Circumstances, NeedsApproval, Policy, Requirement
from bot.core.quorum import Quorum, missing, widened
from bot.core.terms import Terms
from bot.core.thread import Ask, Thread, Work
from tools.spec import Tool

#: characters of arguments, as JSON in ASCII, that approvers can be shown in full; nothing that is approved is shortened
MAX_CARD_ARGUMENTS = 60_000


#: the name of the tier at which an approver who has an authenticator must use it
CRITICAL = "base:critical"


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
        tainted=work.tainted,
        unproven=work.unproven,
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
            "requester": [thread.author(work), known.requester.record if known.requester else None],
            "conversation": [thread.opened.tenant, thread.opened.channel, thread.opened.thread_ts],
            "call": work.seq,
            "takes back": work.call.of,
            "renewals": work.renewals,
            "version": version,
        }
    )


class Draft:
    """The parts that every request is made from."""

    def __init__(self, thread: Thread, work: Work, known: CallKnown, terms: Terms) -> None:
        self.thread, self.known = thread, known
        self.tool, self.policy, self.now = terms.tools[work.call.tool], terms.policy, terms.now
        # what was left out runs with its default, so that is shown and approved, too
        self.work = replace(work, arguments=self.tool.parse(work.arguments).model_dump_json())
        self.requester = thread.author(work)

    @property
    def excluded(self) -> set[SlackUser]:
        """Who may not decide it, as Slack users; where the policy lets people approve their own, only who may have put
        it into somebody else's mouth."""
        if self.policy.allow_self_approval:
            return {*self.thread.owners} - {self.requester}
        subject = self.known.subject.slack_user if self.known.subject else None
        return {self.requester, *self.thread.speakers, *([subject] if subject else [])}

    @property
    def excluded_records(self) -> set[str]:
        """The same as directory ids."""
        if self.policy.allow_self_approval:
            return set()
        people = [self.known.requester, self.known.subject]
        spoke = (*self.thread.speaker_records, *self.known.speakers)
        return {*spoke, *(person.record for person in people if person)}

    def request(self, need: NeedsApproval, version: int, **changes: Any) -> items.Request | str:
        """The request, or why there is nobody to decide it."""
        out = frozenset(changes.pop("excluded", self.excluded))
        members = eligible(self.known.sources, out)
        found = self._fallback(need, members)
        if isinstance(found, str):
            return found
        asked, fallback = found
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
            asked=asked,
            fallback=fallback,
            escalation=tuple(each for each in self.policy.escalate_to if each not in (*need.sources, *fallback)),
            step_up=_step_up(need),
            verify="needed" if need.verified else "asked" if self.tool.sealed else "no",
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
            through=None if self.work.call.by else turn.through,
            terminal=None if self.work.call.by else turn.terminal,
            denial=self.known.denial,
            expires_at=self.now + need.expires_after,
            remind_at=self.policy.remind_after and self.now + self.policy.remind_after,
            escalate_at=self.policy.escalate_after and self.now + self.policy.escalate_after,
        ).model_copy(update=changes)

    def _fallback(
        self, need: NeedsApproval, members: Mapping[Source, tuple[SlackUser, ...]]
    ) -> tuple[tuple[Quorum, ...], tuple[Source, ...]] | str:
        """What votes must come from, with the fallback only where the policy's own people are not enough; or why
        nobody is."""
        for extra in ((), self.policy.fallback):
            own, could = self._could(need, members, ()), self._could(need, members, extra)
            asked = tuple(each if not each.missing(own) else widened((each,), extra)[0] for each in need.quorums)
            if not missing(need.approvals, asked, could):
                return asked, extra
        uncoded = votes(members, need.sources)
        enough = not missing(need.approvals, need.quorums, uncoded)
        return words.NOT_ENROLLED if need.step_up and enough else words.NOBODY_LEFT

    def _could(
        self, need: NeedsApproval, members: Mapping[Source, tuple[SlackUser, ...]], extra: tuple[Source, ...]
    ) -> dict[SlackUser, list[Source]]:
        """Everybody's vote, of those who have what a vote takes."""
        could = votes(members, (*need.sources, *extra))
        return {user: sources for user, sources in could.items() if not need.step_up or user in self.known.enrolled}


def eligible(
    sources: Mapping[Source, Iterable[SlackUser]], out: frozenset[SlackUser]
) -> dict[Source, tuple[SlackUser, ...]]:
    return {source: tuple(user for user in users if user not in out) for source, users in sources.items()}


def votes(members: Mapping[Source, Iterable[SlackUser]], sources: Iterable[Source]) -> dict[SlackUser, list[Source]]:
    """Everybody's vote, if everybody voted."""
    found: dict[SlackUser, list[Source]] = {}
    for source in dict.fromkeys(sources):
        for user in members.get(source, ()):
            found.setdefault(user, []).append(source)
    return found


def _step_up(need: NeedsApproval) -> Literal["nobody", "enrolled", "everybody"]:
    if need.step_up:
        return "everybody"
    return "enrolled" if CRITICAL in need.rules else "nobody"


def decidable(ask: Ask, out: set[SlackUser]) -> bool:
    """Enough people are left to decide the request without these, now or once it is escalated."""
    members = eligible(ask.request.members, frozenset(out) | ask.excluded)
    quorums = widened(ask.request.asked, ask.request.escalation)
    return not missing(ask.request.needs, quorums, votes(members, members))


def too_long(arguments: str) -> str | None:
    return words.TOO_LONG_TO_SHOW if len(json.dumps(parse(arguments))) > MAX_CARD_ARGUMENTS else None


def no_less(need: Requirement, old: items.Request, policy: Policy) -> NeedsApproval:
    """What is required now and what was asked with before, both."""
    before = asked_with(old)
    if not isinstance(need, NeedsApproval):
        return replace(before, expires_after=policy.expires_after)
    return replace(
        need,
        approvals=max(need.approvals, before.approvals),
        quorums=tuple(dict.fromkeys((*need.quorums, *before.quorums))),
        step_up=need.step_up or before.step_up,
        verified=need.verified or before.verified,
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
        verified=request.verify == "needed",
    )
