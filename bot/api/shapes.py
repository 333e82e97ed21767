"""What goes over the wire: what is asked, what is answered, and what a refusal looks like."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

#: characters of a message; Slack's own limit
MAX_MESSAGE = 40_000

#: how an id of a conversation looks: the workspace, `api`, something nobody can guess
CONVERSATION = r"^[A-Z0-9]{1,30}:api:[A-Za-z0-9_-]{10,60}$"

#: what became of a question
Status = Literal["answered", "waiting_for_approval", "working", "refused", "failed"]

#: what became of a call
Outcome = Literal[
    "asked",
    "waiting_for_approval",
    "approved",
    "running",
    "done",
    "undelivered",
    "failed",
    "unknown",
    "refused",
    "denied",
    "expired",
    "withdrawn",
    "void",
]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(_Wire):
    """What somebody asks."""

    user_id: str = Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]*$",
        description="Who asks: a Slack user (`U0123456789`) or an id of the directory (`U-123`).",
        examples=["U-123"],
    )
    message: str = Field(
        min_length=1,
        max_length=MAX_MESSAGE,
        description="What they say.",
        examples=["My wifi is down."],
    )
    conversation_id: str | None = Field(
        default=None,
        max_length=100,
        description="The conversation it goes on with; without one it begins a new one.",
        examples=[None],
    )


class ToolCall(_Wire):
    """A tool that was called, or is to be."""

    call: int = Field(description="Its number in the conversation.")
    name: str
    arguments: dict[str, Any] = Field(description="As they run, after what approvers changed.")
    outcome: Outcome


class Approval(_Wire):
    """A call that waits for people. They decide in Slack; nothing here can."""

    call: int = Field(description="The number of the call that waits.")
    tool: str
    summary: str = Field(description="What would be done, and to whom.")
    missing: int = Field(description="How many approvals it still takes.")
    approvers: int = Field(description="How many people are asked.")
    expires_at: datetime


class Usage(_Wire):
    """What the question took."""

    model: str = Field(default="", description="The model that spoke last.")
    tokens_in: int = 0
    tokens_cached: int = Field(default=0, description="The part of `tokens_in` that came from the provider's cache.")
    tokens_out: int = 0
    cost_usd: float | None = Field(default=0.0, description="Null where a model has no price.")


class Answer(_Wire):
    """How things stand with a question."""

    conversation_id: str
    answer: str | None = Field(
        description="The newest answer, Markdown that a model wrote; its links are shown as text unless they are known "
        "to be ours. Null while there is none."
    )
    status: Status
    tool_calls: tuple[ToolCall, ...] = ()
    pending_approvals: tuple[Approval, ...] = ()
    usage: Usage = Usage()


class Reason(_Wire):
    code: str = Field(description="For programs; it stays the same.", examples=["unauthorized"])
    message: str = Field(description="For people.")


class Refusal(_Wire):
    """Every answer that is none."""

    error: Reason


class Problem(Exception):
    """The request is refused."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        """`headers` are named with `_` in the place of `-`."""
        super().__init__(code)
        self.status = status
        self.refusal = Refusal(error=Reason(code=code, message=message))
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
