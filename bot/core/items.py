"""The items of a conversation's log: frozen, typed, append-only. Everything else is computed from them.

An item never changes its meaning: a new meaning is a new kind. `seq` (the place in the log, from 1) is an
item's identity: "call 17", "request 7" and "turn 2" name the items with these seqs.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

#: a Slack user id, `U…` or `W…`
SlackUser = str


def _whole(text: object) -> object:
    """Text without halves of characters, which neither a database nor a model takes."""
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) else text


#: text from outside
Words = Annotated[str, BeforeValidator(_whole)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Subject(Frozen):
    """The directory record a call touches, as it was when it was looked up."""

    record: str
    name: str
    #: in an admin group; any call that touches such a person is critical
    privileged: bool
    #: where the person reads direct messages; None if they are not in Slack
    slack_user: SlackUser | None


class TurnKnown(Frozen):
    """Whether the turn's author may have it, and who they are in the directory."""

    about: Literal["turn"] = "turn"
    record: str | None
    #: why the turn is not taken, a sentence for people; None if it is
    refusal: str | None = None


class CallKnown(Frozen):
    """Whom a call touches and who could approve it (people, groups expanded)."""

    about: Literal["call"] = "call"
    subject: Subject | None
    requester_record: str | None
    approvers: tuple[SlackUser, ...]
    #: why nothing of this could be known; None if it could
    refusal: str | None = None


class ClickKnown(Frozen):
    """Whether the person who clicked is, right now, an approver; `refusal` says why not."""

    about: Literal["click"] = "click"
    refusal: str | None


class StartKnown(Frozen):
    """Whether all that the approval rested on still holds right before the start."""

    about: Literal["start"] = "start"
    refusal: str | None


class Opened(Frozen):
    """The conversation exists: which thread it is."""

    kind: Literal["opened"] = "opened"
    tenant: str
    channel: str
    thread_ts: str
    #: a direct message: only the person and the bot read it
    private: bool


class UserMessage(Frozen):
    """A person wrote."""

    kind: Literal["user_message"] = "user_message"
    author: SlackUser
    text: Words
    #: Slack's own timestamp of the message
    ts: str
    #: the turn it joins; None: it starts the turn named by its own seq
    joins: int | None = None


class Facts(Frozen):
    """What an outside source said about item `ref`; decisions rest on this, never on a live look-up."""

    kind: Literal["facts"] = "facts"
    ref: int
    known: Annotated[TurnKnown | CallKnown | ClickKnown | StartKnown, Field(discriminator="about")]


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


class ModelOutput(Frozen):
    """The model replied; `seen` is the last seq its request contained. Its calls follow as items of their own."""

    kind: Literal["model_output"] = "model_output"
    turn: int
    seen: int
    model: str
    prompt: str
    status: Literal["complete", "incomplete", "refused"]
    parts: tuple[Annotated[Text | Opaque | CallHere, Field(discriminator="type")], ...]
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0

    @property
    def text(self) -> str:
        return "\n\n".join(part.text for part in self.parts if isinstance(part, Text)).strip()


FailureReason = Literal["unavailable", "rejected", "empty"]


class ModelFailed(Frozen):
    """The model gave nothing usable; `retry_at` None means that asking again is useless."""

    kind: Literal["model_failed"] = "model_failed"
    turn: int
    why: FailureReason
    retry_at: datetime | None


class Call(Frozen):
    """A call the model asks for, in the model_output just before it."""

    kind: Literal["call"] = "call"
    origin: Literal["model"] = "model"
    turn: int
    tool: Words
    #: JSON text exactly as the model gave it, unchecked
    arguments: Words


class Refused(Frozen):
    """The call is not run; `reason` is told to the model."""

    kind: Literal["refused"] = "refused"
    call: int
    reason: str


class Request(Frozen):
    """People are asked to approve one version of one exact call; its seq is the request's number."""

    kind: Literal["request"] = "request"
    call: int
    tool: str
    version: int
    #: opaque id of this version: what buttons carry
    id: str
    #: SHA-256 over all that is approved (canonical.py)
    hash: str
    #: approvals of different people it takes
    needs: int
    #: who is asked: entitled when the card was posted
    approvers: tuple[SlackUser, ...]
    #: who may never decide it: requester, subject, everybody whose words were in the call's input
    excluded: tuple[SlackUser, ...]
    requester: SlackUser
    subject: Subject | None
    expires_at: datetime


class Click(Frozen):
    """Somebody pressed a button of a card, or took a request back in words; nothing is decided by that alone."""

    kind: Literal["click"] = "click"
    request: int
    id: str
    action: Literal["approve", "deny", "withdraw"]
    actor: SlackUser
    #: when it was pressed, by Slack's clock; expiry is compared with this
    pressed_at: datetime
    #: the channel the card was clicked in, where a private answer can be shown; None: there was no button
    channel: str | None = None
    reason: str | None = None


class Decision(Frozen):
    """The click counted."""

    kind: Literal["decision"] = "decision"
    click: int
    request: int
    actor: SlackUser
    verdict: Literal["approve", "deny"]
    reason: str | None = None


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


OverReason = Literal["refused", "failed", "steps", "gave_up"]


class TurnOver(Frozen):
    """The turn ends without an answer of the model; `text` tells people why."""

    kind: Literal["turn_over"] = "turn_over"
    turn: int
    why: OverReason
    text: str


Item = Annotated[
    Opened
    | UserMessage
    | Facts
    | ModelOutput
    | ModelFailed
    | Call
    | Refused
    | Request
    | Click
    | Decision
    | ClickRefused
    | Close
    | ToolStart
    | ToolResult
    | LinkLost
    | Interrupted
    | ToolUnknown
    | TurnOver,
    Field(discriminator="kind"),
]

ITEM: TypeAdapter[Item] = TypeAdapter(Item)


class Entry(Frozen):
    """An item at its place in the log; `at` is aware UTC."""

    seq: int
    at: datetime
    item: Item
