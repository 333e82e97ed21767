"""What a tool is handed with a call: for whom and where it runs, and what it may see of the conversation."""

from collections.abc import Sequence

from pydantic import SecretStr

from bot.core import items
from bot.core.items import Entry
from bot.core.known import CallKnown
from bot.core.outsiders import outside
from bot.core.permalink import of_thread
from bot.core.results import part_of
from bot.core.thread import Ask, Thread, Work
from bot.run.claim import Claim
from bot.run.kit import Kit
from bot.run.sight import sight_of
from tools.spec import Context, Part, TryAgain


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
        ask = self._ask(request)
        tool, needs = ask.request.tool, ask.request.needs
        if ask.close is None:
            until = f"{ask.request.expires_at:%d %b %H:%M} UTC"
            return f"Request {request} ({tool}) is open: {len(ask.votes)} of {needs} approvals, expires {until}."
        by = f" by <@{ask.close.by}>" if ask.close.by else ""
        reason = f", reason: {ask.close.reason}" if ask.close.reason else ""
        return f"Request {request} ({tool}) was {ask.close.verdict}{by}{reason}."

    def withdraw(self, request: int) -> str:
        ask = self._ask(request)
        if ask.close:
            raise TryAgain(self.status(request))
        if ask.request.requester != self._person:
            raise TryAgain(f"Request {request} was made by somebody else, who alone can withdraw it.")
        now = self._kit.now()
        self.clicks.append(
            items.Click(request=request, id=ask.request.id, action="withdraw", actor=self._person, pressed_at=now)
        )
        return f"Request {request} ({ask.request.tool}) is withdrawn; it will not run."

    def _ask(self, request: int) -> Ask:
        if request not in self._asks:
            known = ", ".join(str(number) for number, ask in self._asks.items() if not ask.close)
            raise TryAgain(f"There is no request {request} here. Open requests: {known or 'none'}.")
        return self._asks[request]


def context_of(kit: Kit, claim: Claim, work: Work, desk: Desk, secret: SecretStr | None) -> Context:
    """For the call; `desk` takes what the tool asks for, `secret` is for tools that give one away."""
    thread, place, requester = claim.thread, claim.thread.opened, _requester(claim.thread, work)
    assert place
    return Context(
        requester=requester,
        private=place.private,
        person=thread.author(work),
        workspace=place.tenant,
        thread=of_thread(place, kit.workspace_url),
        visitor=_visits(thread, work),
        tainted=work.tainted,
        authors=tuple(sorted(thread.speaker_records)),
        speakers=tuple(sorted(thread.speakers)),
        key=f"{claim.conversation}#{work.seq}",
        now=kit.now(),
        requests=desk,
        results=Kept(claim.entries, thread.author(work)),
        sight=sight_of(kit, thread, work, requester),
        secret=secret,
        resource=_approved(work).resource,
        ends=f"{claim.conversation}#{work.call.of}" if work.call.of else None,
    )


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
