"""What may arrive: each is stored before Slack is answered (inbox.py), and admitted to the log of its conversation."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.core.alert import About
from bot.core.files import MAX_FILES, File
from bot.core.items import Click, Quoted, Sent, Terminal, ToolResult, ToolUnknown
from bot.core.known import Verified, Words


class _Arrived(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ThreadId(_Arrived):
    """A Slack thread, or what the API's token of this name began: the conversation."""

    tenant: str
    channel: str
    thread_ts: str
    private: bool
    #: people of other companies read it, too
    shared: bool = False
    token: str | None = None

    @property
    def conversation(self) -> str:
        return f"{self.tenant}:{self.channel}:{self.thread_ts}"


class MessageArrived(_Arrived):
    """A person wrote to us."""

    type: Literal["message"] = "message"
    thread: ThreadId
    author: str
    text: Words
    ts: str
    #: we are meant: it mentions us, or stands in a direct message
    called: bool = True
    quoted: Quoted | None = None
    files: tuple[File, ...] = Field(default=(), max_length=MAX_FILES)
    sent: Sent | None = None


class CommandArrived(_Arrived):
    """Somebody at a command line wants a tool called, in the name of `requester`; None: in nobody's."""

    type: Literal["command"] = "command"
    thread: ThreadId
    terminal: Terminal
    requester: str | None
    tool: str
    arguments: Words


class EditArrived(_Arrived):
    """The author changed the message with this timestamp."""

    type: Literal["edit"] = "edit"
    ts: str
    author: str
    text: Words


class DeletionArrived(_Arrived):
    """The message with this timestamp is gone."""

    type: Literal["deletion"] = "deletion"
    ts: str


class Overheard(_Arrived):
    """A reply from before we were called into its thread: not said to us. Never stored."""

    type: Literal["overheard"] = "overheard"


class ClickArrived(_Arrived):
    """A person pressed a button of a card, or sent the form it opened."""

    type: Literal["click"] = "click"
    request: int
    id: str
    action: Literal["approve", "deny", "withdraw", "edit", "undo"]
    actor: str
    tenant: str | None = None
    channel: str | None
    reason: Words | None = None
    arguments: Words | None = None
    stepped_up: bool = False
    verified: Verified | None = None


class FeedbackArrived(_Arrived):
    """A person said whether an answer helped."""

    type: Literal["feedback"] = "feedback"
    turn: int
    actor: str
    verdict: Literal["good", "bad"]


class HumanWanted(_Arrived):
    """A person pressed the button that hands over to people in IT."""

    type: Literal["human"] = "human"
    turn: int
    #: of the turn, so whom the answer was for
    author: str
    actor: str


class SwitchArrived(_Arrived):
    """Somebody wants everything above low risk stopped, or going again; no actor: at the command line."""

    type: Literal["switch"] = "switch"
    thread: ThreadId
    action: Literal["freeze", "unfreeze"]
    actor: str | None
    channel: str | None = None


class StopArrived(_Arrived):
    """Somebody wants what is being done in the conversation to stop."""

    type: Literal["stop"] = "stop"
    actor: str
    channel: str


class PolicyArrived(_Arrived):
    """The bot was started with this policy."""

    type: Literal["policy"] = "policy"
    thread: ThreadId
    digest: str
    rules: tuple[str, ...]


class RolloutArrived(_Arrived):
    """Somebody at the command line chose which version of the prompt leads."""

    type: Literal["rollout"] = "rollout"
    thread: ThreadId
    active: str
    before: str
    percent: int
    everywhere: bool


class AlertArrived(_Arrived):
    """The workspace should be told something about its budgets, or about what fails or is lost."""

    type: Literal["alert"] = "alert"
    thread: ThreadId
    about: About
    what: str
    percent: int
    period: str


class PersonGone(_Arrived):
    """The person is no longer with us: the directory id, as far as known, and the Slack user."""

    type: Literal["person_gone"] = "person_gone"
    record: str | None
    user: str | None = None


class ThawArrived(_Arrived):
    """Things may go on."""

    type: Literal["thaw"] = "thaw"


class ResultArrived(_Arrived):
    """What a call gave a worker that had lost its conversation meanwhile, and what the call asked for itself."""

    type: Literal["result"] = "result"
    attempt: int
    result: Annotated[ToolResult | ToolUnknown, Field(discriminator="kind")]
    clicks: tuple[Click, ...] = ()


class Restored(_Arrived):
    """The database was set back to a backup: what happened after that backup is not known here."""

    type: Literal["restored"] = "restored"


class Undelivered(_Arrived):
    """What the item `seq` wanted shown was refused by Slack for good, everywhere."""

    type: Literal["undelivered"] = "undelivered"
    seq: int


Arrived = Annotated[
    MessageArrived
    | CommandArrived
    | EditArrived
    | DeletionArrived
    | Overheard
    | ClickArrived
    | FeedbackArrived
    | HumanWanted
    | SwitchArrived
    | StopArrived
    | PolicyArrived
    | RolloutArrived
    | AlertArrived
    | PersonGone
    | ThawArrived
    | ResultArrived
    | Undelivered
    | Restored,
    Field(discriminator="type"),
]
#: reads what was kept
ARRIVED: TypeAdapter[Arrived] = TypeAdapter(Arrived)
