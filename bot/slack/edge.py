"""What the listeners are handed; and what each of them reads of a gesture, or answers it with."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.known import SlackUser
from bot.run.codes import Codes
from bot.run.kit import Kit
from bot.slack.blocks import Block
from bot.slack.forms import Place
from bot.store.database import Database
from tools.backends.memories import Memories

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


@dataclass(frozen=True, slots=True)
class HomeOf:
    """Whose App Home is shown, and by whom."""

    client: AsyncWebClient
    tenant: str
    user: SlackUser
    #: their direct message with us, where answers to buttons go
    channel: str


def seconds(ts: object) -> float | None:
    """Slack's timestamp as seconds since 1970, or None for what is none."""
    return float(ts) if isinstance(ts, str) and _TS.fullmatch(ts) else None


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
