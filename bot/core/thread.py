"""Thread: the small part of a conversation's past that deciding needs. Values only; fold.py computes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.core import items
from bot.core.effort import NONE, Effort, Trial
from bot.core.files import File
from bot.core.known import CallKnown, ClickKnown, HumansKnown, SlackUser, Source, StartKnown, TurnKnown
from bot.core.made import Made
from bot.core.quorum import Quorum, Votes, missing, widened
from bot.core.sources import Source as Read


def _empty() -> Mapping[Any, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Turn:
    """One author's say: their messages and all the model did about them."""

    seq: int
    #: empty: nobody who is known
    author: str
    #: seq of the newest message of this turn the model has not seen; 0: it has seen all
    unseen: int
    #: the newest message: its words, cut, its place in Slack, and when it was taken up
    words: str = ""
    ts: str = ""
    said_at: datetime | None = None
    #: how it came, where that was not from Slack
    through: items.Through | None = None
    #: the command line where it began
    terminal: items.Terminal | None = None
    #: its messages that nobody deleted
    messages: int = 1
    #: by message the files nobody has looked at
    files: Mapping[int, tuple[File, ...]] = field(default_factory=_empty)
    known: TurnKnown | None = None
    #: articles that the model read for it
    sources: tuple[Read, ...] = ()
    #: tickets that were made for it
    tickets: tuple[Made, ...] = ()
    model_calls: int = 0
    #: model calls that failed since the last that worked, when the first did, and what the last one was
    failures: int = 0
    failing_since: datetime | None = None
    failure: items.ModelFailed | None = None
    #: people were told that no model answers, and none has since
    delayed: bool = False
    #: what it asks of the model, and how those that failed did, by name (effort.py)
    effort: Effort = NONE
    trials: Mapping[str, Trial] = field(default_factory=_empty)
    over: bool = False
    #: its first message: its place in Slack, and when it was taken up
    first_ts: str = ""
    first_at: datetime | None = None
    #: seq of the item with which nothing was owed any more; 0: something is
    completed: int = 0
    #: a person stopped it; and the model's last words were cut off by that
    stopped: bool = False
    cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """A call that is not yet settled and seen."""

    seq: int
    call: items.Call
    #: what will run: as the model gave them, or as an approver changed them
    arguments: str
    #: it is the nth call of its turn that asks for exactly this
    nth: int
    #: untrusted text its model output had seen, and what was written beside it
    influences: tuple[str, ...] = ()
    note: str = ""
    known: CallKnown | None = None
    #: number of its request, and whether that was approved; `joined`: the request is another call's
    request: int | None = None
    joined: bool = False
    approved: bool = False
    #: how often it was asked for anew because something changed after the approval
    renewals: int = 0
    #: the last look at whether the approval still holds, and when that was
    start: StartKnown | None = None
    start_at: datetime | None = None
    attempts: int = 0
    running: bool = False
    #: when the last attempt began
    started_at: datetime | None = None
    interrupted: bool = False
    #: the last attempt's failure that may pass, and when it was
    failed_at: datetime | None = None
    #: seq of the item that settled it; 0: not settled
    settled: int = 0
    #: the system behind the tool did not do its part, for good
    failed: bool = False
    #: the requester took it back: no answer is owed
    withdrawn: bool = False
    #: not before
    due: datetime | None = None
    #: its outcome was unknown, and is known now
    learnt: bool = False

    @property
    def unproven(self) -> bool:
        """It is asked for in the name of somebody who nobody can say asks for it."""
        return self.call.origin == "terminal" and self.call.requester is not None

    @property
    def tainted(self) -> bool:
        """Nobody vouches for what led to it."""
        return bool(self.influences) or self.call.origin == "terminal"

    @property
    def owed(self) -> bool:
        """The model asked for it and is told what came of it."""
        return self.call.origin == "model" and not self.withdrawn


@dataclass(frozen=True, slots=True)
class Handing:
    """A call that handed over, of which people in IT are still to be told."""

    by: SlackUser
    #: None: no ticket could be made
    ticket: Made | None
    known: HumansKnown | None = None


#: what became of a call that was approved
Ended = Literal["done", "failed", "unknown", "refused"]


@dataclass(frozen=True, slots=True)
class Ask:
    """An approval request, its newest version, and what came of it so far."""

    request: items.Request
    #: when people were first asked
    asked_at: datetime | None = None
    votes: tuple[items.Decision, ...] = ()
    #: who may not decide it, those who joined included
    excluded: frozenset[SlackUser] = frozenset()
    excluded_records: frozenset[str] = frozenset()
    #: who changed it and so is an author of it
    editors: frozenset[SlackUser] = frozenset()
    reminded: bool = False
    escalated: bool = False
    close: items.Close | None = None
    closed_at: datetime | None = None
    #: the request that took its place because something changed after the approval
    renewed_by: int | None = None
    ended: Ended | None = None
    ended_text: str = ""
    ended_at: datetime | None = None
    #: the call that takes it back, and the one that did
    undo: int | None = None
    undone_at: datetime | None = None

    @property
    def quorums(self) -> tuple[Quorum, ...]:
        """What votes must come from now."""
        return widened(self.request.asked, self.request.escalation if self.escalated else ())

    @property
    def entitled(self) -> Mapping[Source, tuple[SlackUser, ...]]:
        """Who may vote now, as far as known when the card was posted."""
        hidden = () if self.escalated else self.request.escalation
        return {source: users for source, users in self.request.members.items() if source not in hidden}

    def sources_of(self, user: SlackUser, now: tuple[Source, ...]) -> tuple[Source, ...]:
        """The sources the user belonged to when the card was posted and belongs to `now`."""
        return tuple(source for source, users in self.entitled.items() if user in users and source in now)

    def missing(self, votes: Votes) -> int:
        """How many votes are needed beside these; 0: it is approved."""
        return missing(self.request.needs, self.quorums, votes)

    @property
    def voted(self) -> dict[SlackUser, tuple[Source, ...]]:
        """Who approved this version, and the sources each counts for."""
        return {vote.actor: vote.sources for vote in self.votes if vote.verdict == "approve"}


@dataclass(frozen=True, slots=True)
class Thread:
    """The folded conversation. `head` is the last seq."""

    head: int = 0
    opened: items.Opened | None = None
    turns: Mapping[int, Turn] = field(default_factory=_empty)
    works: Mapping[int, Work] = field(default_factory=_empty)
    asks: Mapping[int, Ask] = field(default_factory=_empty)
    #: clicks nothing was decided about, oldest first, with the facts looked up about them
    clicks: Mapping[int, items.Click] = field(default_factory=_empty)
    click_known: Mapping[int, ClickKnown] = field(default_factory=_empty)
    #: switches of the house, as clicks
    switches: Mapping[int, items.Switch] = field(default_factory=_empty)
    #: stops nobody answered, oldest first
    stops: Mapping[int, items.Stop] = field(default_factory=_empty)
    #: everything above low risk stands still; who wants it to go on
    frozen: bool = False
    unfreeze: items.Switched | None = None
    #: of each running turn, how often each call (digest of tool and arguments) was asked for
    asked: Mapping[int, Mapping[str, int]] = field(default_factory=_empty)
    #: the newest calls whose outcome nobody knew, because the truth may come yet
    unknown: Mapping[int, Work] = field(default_factory=_empty)
    #: calls that handed over to people who are not told yet
    handing: Mapping[int, Handing] = field(default_factory=_empty)
    #: how people in IT were told, where nobody has called us since
    handed_over: items.HandedOver | None = None
    #: everybody whose words are in the model's input, as Slack users and as directory ids
    speakers: frozenset[str] = frozenset()
    speaker_records: frozenset[str] = frozenset()
    #: who answers for the API's tokens that its messages came by
    owners: frozenset[str] = frozenset()
    #: untrusted text in the model's input: `user:U…` or `tool:name`, and the seq it came with
    influences: Mapping[str, int] = field(default_factory=_empty)
    #: what the model was shown when it last replied, and what it wrote, cut
    seen: int = 0
    note: str = ""
    #: the model that was chosen last; empty where there is nothing to choose
    model: str = ""
    #: Slack's timestamp of the message that called us into other people's thread, until what stood before it is read
    called_at: str = ""
    #: the version of the prompt that leads it; empty: the shipped one
    prompt: str = ""
    #: where what the model is shown begins; 0: at the first item
    since: int = 0
    #: the item whose summary of the rest it is shown, 0: none; and the first item that this one is made of
    summary: int = 0
    covers: int = 0
    #: bytes of the pictures in it, by the message they came with
    pictures: Mapping[int, int] = field(default_factory=_empty)
    #: turns it could begin with at the next rebase, oldest first (rebase.py)
    borders: tuple[int, ...] = ()
    #: addresses that trusted tools gave, which may be links in answers
    links: tuple[str, ...] = ()

    @property
    def latest(self) -> Turn | None:
        return self.turns[max(self.turns)] if self.turns else None

    def author(self, work: Work) -> SlackUser:
        """Who asks for the call."""
        return work.call.by or self.turns[work.call.turn].author

    def waits(self, work: Work) -> bool:
        """Only people can move this call on."""
        return work.request is not None and not work.approved and not work.settled

    def busy(self, turn: Turn) -> bool:
        """There is something to do for the turn that does not wait for people."""
        mine = (work for work in self.works.values() if work.call.turn == turn.seq and work.owed)
        return not turn.over and (bool(turn.unseen) or any(not self.waits(work) for work in mine))

    def owes(self, turn: Turn) -> bool:
        """Somebody still waits for something that the turn is about, people or not."""
        works = (work for work in self.works.values() if work.call.turn == turn.seq)
        return not turn.over and (bool(turn.unseen) or any(work.owed for work in works))

    def joins(self, author: str) -> int | None:
        """The turn a new message of `author` joins; None: it starts one."""
        turn = self.latest
        return turn.seq if turn and turn.author == author and self.busy(turn) else None

    def of_request(self, number: int) -> list[Work]:
        """The call that people are asked about, and those that joined it."""
        return [work for work in self.works.values() if work.request == number]
