"""What is pressed and sent on approval cards and in their forms, and how that gets into the inbox.

Promise: a click that is not stored is told to whoever pressed, and one that is stored is stored once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Literal, Self

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.core.known import SlackUser
from bot.slack import verified
from bot.slack.card_words import FORGED, NOT_STORED
from bot.slack.edge import Edge, seconds, tenant_of
from bot.slack.forms import Place
from bot.store import inbox, lists
from bot.store.arrivals import ClickArrived

Action = Literal["approve", "deny", "withdraw", "edit", "undo"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button pressed or a form sent: by whom, for which version, where."""

    place: Place
    actor: SlackUser
    tenant: str
    #: Slack's id of this one gesture
    trigger: str
    #: seconds since the epoch, by Slack's clock where it says
    at: float
    action: Action
    reason: str | None = None
    arguments: str | None = None
    stepped_up: bool = False

    @classmethod
    def of_button(cls, body: Mapping[str, Any], action: Action, now: datetime) -> Self:
        """What was pressed, in a message or in a form or App Home of ours."""
        pressed, view = body["actions"][0], body.get("view")
        carried = Place.of(view) if view else Place("", body["channel"]["id"])
        place = replace(carried, version=pressed.get("value") or "")
        at = seconds(pressed.get("action_ts")) or now.timestamp()
        return cls._made(body, place, action, at)

    @classmethod
    def of_form(cls, body: Mapping[str, Any], action: Action, now: datetime) -> Self:
        """What was sent."""
        return cls._made(body, Place.of(body["view"]), action, now.timestamp())

    @classmethod
    def _made(cls, body: Mapping[str, Any], place: Place, action: Action, at: float) -> Self:
        return cls(
            place=replace(place, verified=verified.chosen(body, place.version) or place.verified),
            actor=body["user"]["id"],
            tenant=tenant_of(body),
            trigger=body["trigger_id"],
            at=at,
            action=action,
        )

    @property
    def key(self) -> str:
        """What makes it one click however often it is delivered."""
        return f"click:{self.trigger}"

    def click_on(self, request: int) -> ClickArrived:
        """What is put into the inbox of the request of this number."""
        return ClickArrived(
            request=request,
            id=self.place.version,
            action=self.action,
            actor=self.actor,
            tenant=self.tenant,
            channel=self.place.channel or None,
            reason=self.reason,
            arguments=self.arguments,
            stepped_up=self.stepped_up,
            verified=self.place.verified,
        )


class Taken(Enum):
    """What became of a press."""

    STORED = None
    FORGED = FORGED
    FAILED = NOT_STORED
    #: a code has to be asked for first, of everybody or of who has an authenticator
    CODE = "everybody"
    CODE_IF_ENROLLED = "enrolled"


async def take(edge: Edge, press: Press, *, ask_code: bool = True) -> Taken:
    """Put it into the inbox; an approval that may need a code is given back first, where it is said to `ask_code`."""

    def store(connection: Connection) -> str | Taken:
        found = lists.version(connection, press.place.version)
        if found is None:
            return Taken.FORGED
        secured = press.action == "approve" and not press.stepped_up and ask_code
        if secured and found.request.step_up != "nobody":
            return Taken(found.request.step_up)
        click, received = press.click_on(found.number), edge.now().timestamp()
        inbox.put(connection, press.key, found.conversation, click, sent_at=press.at, received_at=received)
        return found.conversation

    try:
        taken = await edge.database.run(store)
    except SQLAlchemyError:
        log.exception("a click was not stored", action=press.action)
        return Taken.FAILED
    if isinstance(taken, Taken):
        return taken
    edge.wake(taken)
    return Taken.STORED
