"""The items of a conversation's log: frozen, typed, append-only. Everything else is computed from them.

An item never changes its meaning: a new meaning is a new kind. `seq` (the place in the log, from 1) is an
item's identity: "call 17", "request 7" and "turn 2" name the items with these seqs.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from bot.core.alert import About
from bot.core.files import File, FileRead
from bot.core.known import (
    CallKnown,
    ClickKnown,
    Denial,
    Frozen,
    HumansKnown,
    Person,
    SlackUser,
    Source,
    StartKnown,
    TurnKnown,
    Verified,
    Words,
)
from bot.core.quorum import Quorum
from tools.spec import Resource

#: the channels of conversations that come by the API and from a command line, which no Slack channel can be called
API, TERMINAL = "api", "terminal"


def in_slack(channel: str) -> bool:
    """Whether what is said there can be shown there."""
    return channel not in (API, TERMINAL)


def out_of_slack(conversation: str) -> bool:
    """Whether the conversation of this name takes place elsewhere."""
    return not in_slack("".join(conversation.split(":")[1:2]))


class Opened(Frozen):
    """The conversation exists: which thread it is. Once more where that has changed."""

    kind: Literal["opened"] = "opened"
    tenant: str
    channel: str
    thread_ts: str
    #: a direct message: only the person and the bot read it
    private: bool
    #: people of other companies read it, too
    shared: bool = False
    #: it is no thread of Slack's: it belongs to the API's token of this name
    token: str | None = None

    @property
    def among_colleagues(self) -> bool:
        """It is a thread in Slack that others of the house read, and nobody else."""
        return in_slack(self.channel) and not (self.private or self.shared)

    @property
    def conversation(self) -> str:
        """What the conversation is called everywhere."""
        return f"{self.tenant}:{self.channel}:{self.thread_ts}"


class Through(Frozen):
    """The API, with this token: whoever has it may have put the words into the person's mouth."""

    #: the token's name
    token: str
    #: who answers for it
    owner: SlackUser


class Sent(Through):
    """A message came by the API."""

    #: SHA-256 of what makes it one message however often it is sent, and of all that was sent
    key: str
    digest: str


class Terminal(Frozen):
    """A command line: the machine, and its user. Nobody can say which person that is."""

    host: Words
    user: Words


class Commanded(Frozen):
    """Somebody at a command line wants a tool called, which is the next item: the turn that is named by its own seq."""

    kind: Literal["commanded"] = "commanded"
    #: in whose name; None: nobody's
    actor: SlackUser | None
    terminal: Terminal


class Quoted(Frozen):
    """A message that somebody asks about: another person's words, which nobody vouches for."""

    author: SlackUser
    text: Words
    #: where it stands in Slack; empty where that is not known
    permalink: str


class UserMessage(Frozen):
    """A person wrote."""

    kind: Literal["user_message"] = "user_message"
    author: SlackUser
    text: Words
    #: Slack's own timestamp of the message
    ts: str
    #: the turn it joins; None: it starts the turn named by its own seq
    joins: int | None = None
    #: what it is about
    quoted: Quoted | None = None
    files: tuple[File, ...] = ()
    #: how it came, where that was not from Slack
    sent: Sent | None = None


class Attached(Frozen):
    """What became of the files of message `ref`, in the order they were sent; ref 0: that was erased."""

    kind: Literal["attached"] = "attached"
    turn: int
    ref: int
    #: of the message, so whose material it is
    author: SlackUser
    files: tuple[FileRead, ...]


class Edited(Frozen):
    """The author of a message changed it; `text` is what it says now."""

    kind: Literal["edited"] = "edited"
    #: the message, and the turn it belongs to
    ref: int
    turn: int
    author: SlackUser
    text: Words
    #: Slack's own timestamp of the message
    ts: str


class Deleted(Frozen):
    """A message is gone from Slack; what the items `erases` hold is erased in the same commit."""

    kind: Literal["deleted"] = "deleted"
    #: the message; None: it was only quoted, as an earlier one of the thread
    ref: int | None
    turn: int
    author: SlackUser
    ts: str
    erases: tuple[int, ...]
    #: who uploaded what was read of its files
    uploaders: tuple[SlackUser, ...] = ()


class EarlierMessage(Frozen):
    """What somebody wrote in the thread, though not to us."""

    author: SlackUser
    text: Words
    ts: str


class Earlier(Frozen):
    """What stood in the thread before we were called into it, oldest first: other people's words."""

    kind: Literal["earlier"] = "earlier"
    #: the turn it was read for
    turn: int
    messages: tuple[EarlierMessage, ...]
    #: who wrote it, those included whose messages are gone since; and their directory ids, as far as known
    authors: tuple[SlackUser, ...] = ()
    records: tuple[str, ...] = ()
    #: False: some, or all of it, could not be read
    complete: bool


class Facts(Frozen):
    """What an outside source said about item `ref`; decisions rest on this, never on a live look-up."""

    kind: Literal["facts"] = "facts"
    ref: int
    known: Annotated[TurnKnown | CallKnown | ClickKnown | StartKnown | HumansKnown, Field(discriminator="about")]
    #: milliseconds it took to look up
    ms: int = 0


class Text(Frozen):
    type: Literal["text"] = "text"
    text: Words


class Opaque(Frozen):
    """A provider's own item, sent back unchanged to the model that made it."""

    type: Literal["opaque"] = "opaque"
    item: dict[str, Any]


class CallHere(Frozen):
    """The place of a call among the parts; the call itself is the next item."""

    type: Literal["call"] = "call"


class Metered(Frozen):
    """What one request to the model took; where the provider did not say, no tokens, or `estimated` ones."""

    model: str = ""
    tokens_in: int = 0
    #: the part of `tokens_in` that came from the provider's cache
    tokens_cached: int = 0
    tokens_out: int = 0
    #: micro-USD by the price at that time; None: the model has no price
    cost: int | None = None
    #: milliseconds until the whole reply, and until its first words; None: it had none
    ms: int = 0
    first_ms: int | None = None
    #: the same was asked shortly before, so the provider was not asked again
    repeated: bool = False
    #: it was cut off, so its tokens, and the cost by them, are what we take them for
    estimated: bool = False


class ModelOutput(Metered):
    """The model replied; `seen` is the last seq its request contained. Its calls follow as items of their own."""

    kind: Literal["model_output"] = "model_output"
    turn: int
    seen: int
    prompt: str
    #: `stopped`: a person did not want to hear more; these are the words that had come
    status: Literal["complete", "incomplete", "refused", "stopped"]
    parts: tuple[Annotated[Text | Opaque | CallHere, Field(discriminator="type")], ...]

    @property
    def text(self) -> str:
        return "\n\n".join(part.text for part in self.parts if isinstance(part, Text)).strip()


FailureReason = Literal["unavailable", "rejected", "empty", "stopped"]


class ModelFailed(Metered):
    """The model gave nothing usable; `retry_at` None means that asking again is useless.

    `stopped`: nobody waited for its answer any more; that changes nothing, and is there for what it took.
    """

    kind: Literal["model_failed"] = "model_failed"
    turn: int
    why: FailureReason
    retry_at: datetime | None
    #: False: its provider had failed so often that it was not even asked
    asked: bool = True


RoutedWhy = Literal["easy", "long", "files", "synthesis", "failures", "budget", "fallback"]


class Routed(Frozen):
    """From here on another model is asked; `why` says which rule chose it, or that the others failed."""

    kind: Literal["routed"] = "routed"
    turn: int
    model: str
    why: RoutedWhy


class Delayed(Frozen):
    """People are told that it takes a while: no model answers, or too many turns of the author's run."""

    kind: Literal["delayed"] = "delayed"
    turn: int
    why: Literal["model", "turns"] = "model"


class Call(Frozen):
    """A call that is asked for: by the model, in the model_output just before it; by a person who takes another call
    back, or presses a button that stands for it (`command`); by the clock, when what another call gave is to end; by
    somebody at a command line (`terminal`)."""

    kind: Literal["call"] = "call"
    origin: Literal["model", "undo", "clock", "command", "terminal"] = "model"
    turn: int
    tool: Words
    #: JSON text exactly as the model gave it, unchecked
    arguments: Words
    #: the call this one takes back
    of: int | None = None
    #: who asks for it, and the click that did; None: the author of the turn
    by: SlackUser | None = None
    click: int | None = None
    #: whom it is for, where the turn is somebody else's because theirs is not remembered; of a command line in whose
    #: name it is asked for
    requester: SlackUser | None = None
    #: not before
    due: datetime | None = None
    #: directory id of the person whose leaving makes it due at once
    subject: str | None = None


class Refused(Frozen):
    """The call is not run; `reason` is told to the model."""

    kind: Literal["refused"] = "refused"
    call: int
    reason: str


class Request(Frozen):
    """People are asked to approve one version of one exact call.

    The seq of version 1 is the request's number.
    """

    kind: Literal["request"] = "request"
    call: int
    tool: str
    version: int
    #: of version 2 and later: the request it is a version of
    number: int | None = None
    #: opaque id of this version: what buttons carry
    id: str
    #: SHA-256 over all that is approved (canonical.py)
    hash: str
    #: JSON text of the arguments; what is approved and what will run
    arguments: Words
    #: approvals of different people it takes, and what they must come from
    needs: int
    quorums: tuple[Quorum, ...]
    #: the same, with the fallback beside those whose own people are not enough, and who that is
    asked: tuple[Quorum, ...]
    fallback: tuple[Source, ...] = ()
    #: sources that count for every quorum once it is escalated
    escalation: tuple[Source, ...] = ()
    #: whose votes need a code of an authenticator
    step_up: Literal["nobody", "enrolled", "everybody"] = "nobody"
    #: whether approvers are asked how they made sure that it is the person themselves who wants it
    verify: Literal["no", "asked", "needed"] = "no"
    #: who is entitled, by source, as it was when the card was posted
    members: dict[Source, tuple[SlackUser, ...]]
    #: who may never decide it: requester, subject, everybody whose words were in the call's input, as Slack users and
    #: as directory ids
    excluded: tuple[SlackUser, ...]
    excluded_records: tuple[str, ...] = ()
    #: asked while the policy let people approve what they ask for
    self_approval: bool = False
    requester: SlackUser
    #: directory id
    requester_record: str | None = None
    subject: Person | None
    resource: Resource | None = None
    #: untrusted text the model had read: `user:U…` and `tool:name`
    influences: tuple[str, ...] = ()
    #: what the AI wrote beside the call, cut
    note: Words = ""
    #: what the requester wrote, cut, and when, by Slack's clock
    words: Words = ""
    words_ts: str = ""
    #: how their message came, where that was not from Slack
    through: Through | None = None
    #: the command line that it was asked for at
    terminal: Terminal | None = None
    denial: Denial | None = None
    #: the call that it is to take back
    undoes: int | None = None
    #: who changed the arguments of this version, and the click that did
    edited_by: SlackUser | None = None
    click: int | None = None
    #: they only lowered a limit, so they are no author of the call
    narrowed: bool = False
    #: the approved request it takes the place of, and why that was not enough
    renews: int | None = None
    why: str | None = None
    expires_at: datetime
    remind_at: datetime | None = None
    escalate_at: datetime | None = None

    @property
    def approvers(self) -> tuple[SlackUser, ...]:
        """Who is asked now: everybody entitled before an escalation."""
        asked = (self.members[each] for each in self.members if each not in self.escalation)
        return tuple(dict.fromkeys(user for users in asked for user in users))


class Joined(Frozen):
    """The call asks for what an open request asks for already: one card, one execution, the same result."""

    kind: Literal["joined"] = "joined"
    call: int
    request: int
    #: who may not decide the request any more
    excluded: tuple[SlackUser, ...]
    excluded_records: tuple[str, ...]


class Nudge(Frozen):
    """Nobody decided for a while: the same people are reminded, or more people are asked."""

    kind: Literal["nudge"] = "nudge"
    request: int
    step: Literal["remind", "escalate"]


class Click(Frozen):
    """Somebody pressed a button of a card, or took a request back in words; nothing is decided by that alone."""

    kind: Literal["click"] = "click"
    request: int
    id: str
    action: Literal["approve", "deny", "withdraw", "edit", "undo"]
    actor: SlackUser
    #: where the clicker belongs: another tenant's people decide nothing
    tenant: str | None = None
    #: when it was pressed, by Slack's clock; expiry is compared with this
    pressed_at: datetime
    #: the channel the card was clicked in, where a private answer can be shown; None: there was no button
    channel: str | None = None
    reason: str | None = None
    #: the edited arguments, JSON text
    arguments: Words | None = None
    #: a code of the clicker's authenticator was right
    stepped_up: bool = False
    verified: Verified | None = None


class Decision(Frozen):
    """The click counted."""

    kind: Literal["decision"] = "decision"
    click: int
    request: int
    actor: SlackUser
    verdict: Literal["approve", "deny"]
    reason: str | None = None
    #: what the approver belongs to, of what the request asks for
    sources: tuple[Source, ...] = ()
    #: directory id of the person, if any
    record: str | None = None
    #: None: they did not say
    verified: Verified | None = None


class ClickRefused(Frozen):
    """The click changed nothing; `reason` is shown to the clicker alone."""

    kind: Literal["click_refused"] = "click_refused"
    click: int
    request: int
    actor: SlackUser
    channel: str | None
    reason: str


class Close(Frozen):
    """The request is over. `by` is a Slack user, or None where time or circumstances closed it.

    `click` is the withdrawal that did it, where one did.
    """

    kind: Literal["close"] = "close"
    request: int
    verdict: Literal["approved", "denied", "expired", "withdrawn", "void"]
    by: SlackUser | None = None
    reason: str | None = None
    click: int | None = None


class Postponed(Frozen):
    """What the clock ends cannot be done now: everything stands still, or its tool is not there."""

    kind: Literal["postponed"] = "postponed"
    call: int
    until: datetime


class Thawed(Frozen):
    """Things may go on: what the clock could not end meanwhile ends now."""

    kind: Literal["thawed"] = "thawed"


class Rebase(Metered):
    """From here on the model is shown only what stands at `since` and later, where a turn begins.

    In place of the rest stands the summary; one that begins where the last one did leaves that one's there.
    """

    kind: Literal["rebase"] = "rebase"
    reason: Literal["compaction", "deletion", "prompt", "model"]
    since: int
    #: the version of the prompt that leads from here on, where that is why
    prompt: str = ""
    #: what a model says of what is left out; empty: nothing is said of it
    summary: Words = ""
    #: the first item that the summary is made of
    covers: int = 0
    #: for whose turn a model was asked for it
    actor: SlackUser | None = None


class ToolStart(Frozen):
    """An attempt to run the call begins; committed before anything happens outside."""

    kind: Literal["tool_start"] = "tool_start"
    call: int
    tool: str
    attempt: int


Outcome = Literal["done", "wrong", "passing", "failed"]


class ToolResult(Frozen):
    """What the attempt gave: JSON text for the model, or, where it is not done, a sentence.

    `wrong`: the model may correct itself; `passing`: it failed and will be attempted again; `failed`: it will not.
    """

    kind: Literal["tool_result"] = "tool_result"
    call: int
    tool: str
    outcome: Outcome
    output: Words
    #: nothing in the output was written by people
    trusted: bool = False
    #: directory ids of those who wrote what is in it, as far as known; and users who did, in the directory or not
    authors: tuple[str, ...] = ()
    speakers: tuple[SlackUser, ...] = ()
    #: nobody knew it when it was told: the truth about a call whose outcome was unknown
    late: bool = False
    #: it failed, though the system behind the tool works
    impossible: bool = False
    #: milliseconds the attempt took; `cached`: it took what the same call had just given
    ms: int = 0
    cached: bool = False


class LinkLost(Frozen):
    """The one-time secret of the call could not be delivered to its reader."""

    kind: Literal["link_lost"] = "link_lost"
    call: int


class Interrupted(Frozen):
    """The worker that ran these calls is gone; whether they took effect is not known here."""

    kind: Literal["interrupted"] = "interrupted"
    calls: tuple[int, ...]


class ToolUnknown(Frozen):
    """Nobody can say whether the call took effect; it is not repeated, people are told."""

    kind: Literal["tool_unknown"] = "tool_unknown"
    call: int
    tool: str
    #: milliseconds the attempt took, where it ended
    ms: int = 0


class Feedback(Frozen):
    """Somebody said whether the answer of a turn helped; of each person the last word counts."""

    kind: Literal["feedback"] = "feedback"
    turn: int
    actor: SlackUser
    verdict: Literal["good", "bad"]


class HandedOver(Frozen):
    """People in IT are told that somebody needs them; where others read along, the bot is silent until it is called."""

    kind: Literal["handed_over"] = "handed_over"
    #: the call that handed over
    call: int
    #: who needs them, or pressed the button
    by: SlackUser
    #: None: no ticket could be made; and its page in the ticket system, where there is one
    ticket: str | None
    url: str | None = None
    #: where it is posted; nowhere: the ticket alone tells them
    to: tuple[str, ...] = ()
    group: str | None = None
    #: it said so before, and could be posted nowhere
    untold: bool = False


class PersonLeft(Frozen):
    """The person (directory id) is no longer with us: what they were given for a time ends now."""

    kind: Literal["person_left"] = "person_left"
    record: str


class Switch(Frozen):
    """Somebody wants everything above low risk stopped, or going again; nothing is decided by that alone."""

    kind: Literal["switch"] = "switch"
    action: Literal["freeze", "unfreeze"]
    #: a Slack user, or None for the command line
    actor: SlackUser | None
    #: where a private answer can be shown
    channel: str | None = None


class Switched(Frozen):
    """The switch counted: `frozen` is how things are now; `asked` says that another person has to agree."""

    kind: Literal["switched"] = "switched"
    switch: int
    frozen: bool
    asked: bool = False
    actor: SlackUser | None
    #: directory id of the person, if any
    record: str | None = None


class SwitchRefused(Frozen):
    """The switch changed nothing; `reason` is shown to the person alone."""

    kind: Literal["switch_refused"] = "switch_refused"
    switch: int
    actor: SlackUser | None
    channel: str | None
    reason: str


class PolicyChanged(Frozen):
    """The bot was started with another policy than before."""

    kind: Literal["policy_changed"] = "policy_changed"
    digest: str
    rules: tuple[str, ...]


class RolledOut(Frozen):
    """Somebody at the command line chose which version of the prompt leads (rollout.py)."""

    kind: Literal["rolled_out"] = "rolled_out"
    active: str
    before: str
    percent: int
    everywhere: bool


class Alert(Frozen):
    """So much of a budget is used, or so many calls of a tool, or requests to a model, failed; per cent.

    Or Slack withheld events.
    """

    kind: Literal["alert"] = "alert"
    about: About
    #: the budget in words, or the name of the tool or model; of events nothing
    what: str
    percent: int
    #: the first UTC day of the period it is told once for
    period: str


class Stop(Frozen):
    """Somebody wants what is being done here to stop; nothing is decided by that alone."""

    kind: Literal["stop"] = "stop"
    actor: SlackUser
    #: by Slack's clock: it is not for what was asked later
    pressed_at: datetime
    #: where a private answer can be shown
    channel: str | None = None
    #: it was typed in a message that came by the API
    sent: Sent | None = None


class StopRefused(Frozen):
    """The stop changed nothing; `reason` is shown to the person alone, where there is a channel."""

    kind: Literal["stop_refused"] = "stop_refused"
    stop: int
    actor: SlackUser
    channel: str | None
    reason: str


OverReason = Literal["refused", "failed", "steps", "gave_up", "stopped", "deleted"]


class TurnOver(Frozen):
    """The turn ends without an answer of the model; `text` tells people why; empty: nobody need be told."""

    kind: Literal["turn_over"] = "turn_over"
    turn: int
    why: OverReason
    text: str
    #: the stop that ended it
    stop: int | None = None


Item = Annotated[
    Opened
    | UserMessage
    | Commanded
    | Edited
    | Deleted
    | Earlier
    | Attached
    | Facts
    | ModelOutput
    | ModelFailed
    | Routed
    | Delayed
    | Call
    | Refused
    | Request
    | Joined
    | Nudge
    | Click
    | Decision
    | ClickRefused
    | Close
    | Postponed
    | Thawed
    | Rebase
    | ToolStart
    | ToolResult
    | LinkLost
    | Interrupted
    | ToolUnknown
    | Feedback
    | HandedOver
    | PersonLeft
    | Switch
    | Switched
    | SwitchRefused
    | PolicyChanged
    | RolledOut
    | Alert
    | Stop
    | StopRefused
    | TurnOver,
    Field(discriminator="kind"),
]

ITEM: TypeAdapter[Item] = TypeAdapter(Item)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item at its place in the log; `at` is aware UTC."""

    seq: int
    at: datetime
    item: Item
