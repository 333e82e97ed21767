"""What the listeners are handed, who pressed what where, and how that gets into the inbox.

Promise: a click that is not stored is told to whoever pressed, and one that is stored is stored once.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Literal, cast

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.core.known import SlackUser
from bot.run.codes import Codes
from bot.run.kit import Kit
from bot.slack import verified
from bot.slack.blocks import Block
from bot.slack.card_words import FORGED, NOT_STORED
from bot.slack.forms import Place
from bot.store import inbox, lists
from bot.store.database import Database
from bot.store.inbox import ClickArrived
from tools.backends.memories import Memories

Action = Literal["approve", "deny", "withdraw", "edit", "undo"]

_TS = re.compile(r"[0-9]{1,11}(\.[0-9]{1,9})?")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The parts that the listeners share."""

    kit: Kit
    #: is told of each conversation with something new
    wake: Callable[[str], None]
    #: of approvers' authenticators; one that is handed in is neither kept nor logged
    codes: Codes
    #: whose members see every card
    approval_channel: str | None
    #: the directory's people are made up
    demo: bool
    #: what is kept, and how long, as people are told
    stored: str

    @property
    def database(self) -> Database:
        """The bot's own."""
        return self.kit.database

    def now(self) -> datetime:
        """Aware UTC."""
        return self.kit.now()

    @property
    def memories(self) -> Memories:
        """What people want to be known of them."""
        return cast("Memories", self.kit.backends[Memories])


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

    @property
    def key(self) -> str:
        """What makes it one click however often it is delivered."""
        return f"click:{self.trigger}"


class Taken(Enum):
    """What became of a press."""

    STORED = None
    FORGED = FORGED
    FAILED = NOT_STORED
    #: a code has to be asked for first, of everybody or of who has an authenticator
    CODE = "everybody"
    CODE_IF_ENROLLED = "enrolled"


def seconds(ts: object) -> float | None:
    """Slack's timestamp as seconds since 1970, or None for what is none."""
    return float(ts) if isinstance(ts, str) and _TS.fullmatch(ts) else None


def of_button(body: Mapping[str, Any], action: Action, now: datetime) -> Press:
    """What was pressed, in a message or in a form or App Home of ours."""
    pressed, view = body["actions"][0], body.get("view")
    carried = Place.of(view) if view else Place("", body["channel"]["id"])
    place = replace(carried, version=pressed.get("value") or "")
    at = seconds(pressed.get("action_ts")) or now.timestamp()
    return _press(body, place, action, at)


def of_form(body: Mapping[str, Any], action: Action, now: datetime) -> Press:
    """What was sent."""
    return _press(body, Place.of(body["view"]), action, now.timestamp())


def _press(body: Mapping[str, Any], place: Place, action: Action, at: float) -> Press:
    return Press(
        place=replace(place, verified=verified.chosen(body, place.version) or place.verified),
        actor=body["user"]["id"],
        tenant=tenant_of(body),
        trigger=body["trigger_id"],
        at=at,
        action=action,
    )


def tenant_of(body: Mapping[str, Any]) -> str:
    """Where the person belongs: an enterprise, else a team; empty where nothing says so, which is nobody's tenant.

    Somebody of another team than the one this came from is not taken for a colleague, in an enterprise neither.
    """
    user = body["user"]
    enterprise, team = ((body.get(name) or {}).get("id") for name in ("enterprise", "team"))
    own = user.get("team_id")
    if own in (None, team, enterprise):
        return str(user.get("enterprise_id") or enterprise or own or team or "")
    return str(own)


async def take(edge: Edge, press: Press, *, ask_code: bool = True) -> Taken:
    """Put it into the inbox; an approval that may need a code is given back first, where it is said to `ask_code`."""

    def store(connection: Connection) -> str | Taken:
        found = lists.version(connection, press.place.version)
        if found is None:
            return Taken.FORGED
        secured = press.action == "approve" and not press.stepped_up and ask_code
        if secured and found.request.step_up != "nobody":
            return Taken(found.request.step_up)
        click = ClickArrived(
            request=found.number,
            id=press.place.version,
            action=press.action,
            actor=press.actor,
            tenant=press.tenant,
            channel=press.place.channel or None,
            reason=press.reason,
            arguments=press.arguments,
            stepped_up=press.stepped_up,
            verified=press.place.verified,
        )
        received = edge.now().timestamp()
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


async def opened(client: AsyncWebClient, body: Mapping[str, Any], form: Block) -> bool:
    """Open the form, on top of the one that was pressed in; False where Slack does not."""
    on_top = (body.get("view") or {}).get("type") == "modal"
    try:
        if on_top:
            await client.views_push(trigger_id=body["trigger_id"], view=form)
        else:
            await client.views_open(trigger_id=body["trigger_id"], view=form)
    except (SlackApiError, aiohttp.ClientError, TimeoutError):
        log.warning("a form could not be opened")
        return False
    return True


async def tell(client: AsyncWebClient, body: Mapping[str, Any], place: Place, text: str) -> None:
    """A sentence that only the person sees, where they pressed; App Home has a direct message for it.

    Where Slack does not take it, its error passes through, and Slack itself shows that the press did not work.
    """
    user, thread = body["user"]["id"], thread_of(body)
    if place.channel:
        await client.chat_postEphemeral(channel=place.channel, user=user, text=text, thread_ts=thread)


def thread_of(body: Mapping[str, Any]) -> str | None:
    """The thread that was pressed in; None where it was in none."""
    found = (body.get("message") or {}).get("thread_ts") or (body.get("container") or {}).get("thread_ts")
    return str(found) if found else None
