"""What was looked up: frozen values that decisions rest on, kept in the log as `facts`."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from tools.spec import Resource

#: a Slack user id, `U…` or `W…`
SlackUser = str
SLACK_USER = re.compile("[UW][A-Z0-9]{1,30}")

#: who may approve, as a policy names them: a Slack user (`U…`, `W…`), a user group (`S…`), `requester.manager`,
#: `subject.manager` or `resource.owner`
Source = str

#: how an approver made sure, outside of Slack, that people are who they say they are
Verified = Literal["met", "called", "video", "vouched", "other"]


def whole(text: str) -> str:
    """Text without halves of characters and without NUL, which not every database and no model takes."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


#: text from outside
Words = Annotated[str, BeforeValidator(lambda text: whole(text) if isinstance(text, str) else text)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(Frozen):
    """A directory record, as it was when it was looked up."""

    record: str
    name: str
    #: in an admin group, however nested; any call that touches such a person is critical
    privileged: bool
    #: the one Slack user who is this person; None if nobody is, or several claim to be
    slack_user: SlackUser | None
    department: str | None = None
    #: directory id
    manager: str | None = None
    #: names of all groups, nested ones too
    groups: tuple[str, ...] = ()

    @property
    def identity(self) -> dict[str, object]:
        """What an approval is bound to: who it is, and whether that is an administrator."""
        return {name: getattr(self, name) for name in ("record", "name", "privileged", "slack_user")}


class Recent(Frozen):
    """How many calls above low risk were started lately, in all conversations."""

    #: of this tool for this requester, within an hour and a day
    tool_hour: int = 0
    tool_day: int = 0
    #: of any tool on this subject, within a day
    subject_day: int = 0


class Denial(Frozen):
    """Somebody said no to the same (tool, subject, resource) within the last hour."""

    by: SlackUser
    at: datetime
    reason: Words | None


class TurnKnown(Frozen):
    """Whether the turn's author may have it, and who they are in the directory."""

    about: Literal["turn"] = "turn"
    record: str | None
    #: who they may be, though it is disputed or was never confirmed: enough to bar, never to give a right
    claims: str | None = None
    #: no colleague, but somebody who is let in: from another company, or a bot
    visitor: bool = False
    #: why the turn is not taken, a sentence for people; None if it is
    refusal: str | None = None
    #: the version of the prompt that leads the conversation from this turn on; empty: the shipped one
    prompt: str = ""
    #: of the budget that is tightest for them, the share that was used before
    spent: float = 0.0


class CallKnown(Frozen):
    """Whom and what a call touches, who asks for it, and who could approve it."""

    about: Literal["call"] = "call"
    requester: Person | None = None
    subject: Person | None = None
    resource: Resource | None = None
    #: directory ids of everybody whose words the model had read, as far as known
    speakers: tuple[str, ...] = ()
    #: active full members of the workspace behind each source that the policy names for the tool
    sources: dict[Source, tuple[SlackUser, ...]] = {}
    #: who of them has an authenticator
    enrolled: tuple[SlackUser, ...] = ()
    #: the subject's manager, where they are to hear of it
    manager: SlackUser | None = None
    recent: Recent = Recent()
    denial: Denial | None = None
    #: requests of this requester that are open
    open_requests: int = 0
    #: why nothing of this could be known, or the call makes no sense; None if it could and does
    refusal: str | None = None


class ClickKnown(Frozen):
    """Who the person who clicked is right now; `refusal` says why they cannot decide anything."""

    about: Literal["click"] = "click"
    refusal: str | None = None
    #: of the request's sources, those the person belongs to now
    sources: tuple[Source, ...] = ()
    #: directory id of who they are, or may be, if any
    record: str | None = None
    #: has an authenticator
    enrolled: bool = False
    #: everything above low risk stands still
    frozen: bool = False
    #: the same as for a call, where the click edits its arguments
    call: CallKnown | None = None


class HumansKnown(Frozen):
    """Whom in IT a hand-over is told."""

    about: Literal["humans"] = "humans"
    #: where it is posted: `channel:C…`, or `user:U…` each
    to: tuple[str, ...] = ()
    #: the user group (S…) that is mentioned
    group: str | None = None


class StartKnown(Frozen):
    """All that an approval rested on, looked up again right before the start."""

    about: Literal["start"] = "start"
    #: an approver stopped everything above low risk
    frozen: bool = False
    #: None where nothing is to be compared
    call: CallKnown | None = None
    #: of those who approved: the sources each belongs to now; somebody missing is no approver any more
    voters: dict[SlackUser, tuple[Source, ...]] = {}
    #: directory ids of who they are, or may be, now
    records: dict[SlackUser, str | None] = {}
    #: why it cannot start whatever the rest says
    refusal: str | None = None
