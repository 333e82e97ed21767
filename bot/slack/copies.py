"""Where a request's card is shown: every copy of it, and the short posts beside them. Pure."""

from collections.abc import Container, Iterator
from dataclasses import dataclass

from bot.core import items
from bot.core.known import SlackUser
from bot.core.thread import Ask, Thread
from bot.slack import announce, blocks
from bot.slack.card import card, subject_card
from bot.slack.cases import Case, Cases
from bot.slack.progress import needed, newly_asked
from bot.slack.shared import ELSEWHERE
from bot.store.deliveries import Shown
from tools.spec import Risk

#: approvers who get a card by direct message
MAX_CARDS = 10


@dataclass(frozen=True, slots=True)
class Copies:
    """Knows where approvers look."""

    cases: Cases
    #: None: each of them is written to
    approval_channel: str | None

    def shown(self, thread: Thread, seq: int, item: items.Item) -> Iterator[Shown]:
        """What an item about a request wants shown."""
        match item:
            case items.Request(renews=renews, version=1):
                yield from self.cards(thread, seq)
                if renews is not None and renews in thread.asks:
                    yield from self.cards(thread, renews)
            case items.Deleted(ts=ts):
                for number in [number for number, ask in thread.asks.items() if ask.request.words_ts == ts]:
                    yield from self.cards(thread, number)
            case items.Request(number=int(number)):
                yield from self.cards(thread, number)
            case items.Nudge(request=number):
                yield from self.cards(thread, number)
                yield from self._nudge(thread, seq, number, item)
            case items.Joined(request=number) | items.Decision(request=number) | items.Close(request=number):
                yield from self.cards(thread, number)

    def cards(self, thread: Thread, number: int) -> Iterator[Shown]:
        """Every copy of the card as it is to look now."""
        case = self.cases.case(thread, number)
        places = dict(self._places(thread, case.ask))
        for target, may_decide in places.items():
            yield Shown(number, target, card(case, may_decide=may_decide))
        yield from _own_copy(thread, case, places)
        target = f"user:{_told(case)}"
        if _told(case) and target not in places:
            # a part of its own: nobody can approve with it, so it does not count as a place where the card is shown
            yield Shown(number, target, subject_card(case), part=1)

    def _places(self, thread: Thread, ask: Ask) -> Iterator[tuple[str, bool]]:
        assert thread.opened
        place = thread.opened
        if not place.shared:
            yield "thread", not place.private
        if self.approval_channel:
            yield f"channel:{self.approval_channel}", True
            return
        if not place.among_colleagues:
            approvers = (*ask.request.approvers[:MAX_CARDS], *_editors(thread, ask))
            yield from ((f"user:{user}", True) for user in approvers)
            if ask.request.requester not in _readers(thread):
                yield f"user:{ask.request.requester}", False
        yield from ((f"user:{user}", True) for user in newly_asked(ask)[:MAX_CARDS])

    def _nudge(self, thread: Thread, seq: int, number: int, nudge: items.Nudge) -> Iterator[Shown]:
        """A short post, because an update of a card is not noticed."""
        assert thread.opened
        ask = thread.asks[number]
        content = blocks.note(announce.nudge(number, ask, nudge.step))
        if self.approval_channel:
            yield Shown(seq, f"channel:{self.approval_channel}", content)
        elif thread.opened.among_colleagues:
            yield Shown(seq, "thread", content)
        elif nudge.step == "remind":
            own = blocks.note(announce.reminder(number, ask))
            yield from (Shown(seq, f"user:{user}", own) for user in needed(ask)[:MAX_CARDS])


def _own_copy(thread: Thread, case: Case, places: Container[str]) -> Iterator[Shown]:
    """Whoever asked sees the card, too, or in whose name it was asked; nobody can approve with it, so it does not count
    as a place where it is."""
    target = f"user:{case.ask.request.requester}"
    place = thread.opened
    if place and (place.shared or not items.in_slack(place.channel)) and target not in places:
        yield Shown(case.number, target, card(case, may_decide=False), part=ELSEWHERE)


def _told(case: Case) -> SlackUser | None:
    """The person who is told because a call of high risk touches them; None where nobody is."""
    request, tool = case.ask.request, case.tool
    subject, resource = request.subject, request.resource
    if subject is None or subject.slack_user in (None, request.requester):
        return None
    privileged = subject.privileged or (resource is not None and resource.privileged)
    quiet = tool is not None and tool.risk in (Risk.LOW, Risk.MEDIUM) and not privileged
    return None if quiet else subject.slack_user


def _editors(thread: Thread, ask: Ask) -> Iterator[SlackUser]:
    """Who had a copy before they changed something and became authors: their copy follows, too."""
    subject = ask.request.subject
    others = {ask.request.requester, subject and subject.slack_user, *_readers(thread), *ask.request.approvers}
    yield from sorted(ask.editors - others)[:MAX_CARDS]


def _readers(thread: Thread) -> set[SlackUser]:
    """Who reads a private thread: whoever talks to us there."""
    return {turn.author for turn in thread.turns.values()}
