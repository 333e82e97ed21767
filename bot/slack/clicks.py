"""Buttons and forms of approval cards. They open and close forms themselves, because a trigger lives three seconds;
everything else is an inbox row, and whether a click counts is decided behind it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.slack import blocks
from bot.store import inbox, projections
from bot.store.database import Database
from bot.store.inbox import ClickArrived

#: longest reason of a denial, characters
MAX_REASON = 1_000

FORGED = "This button leads nowhere: there is no such request. Nothing was changed."
NOT_OPENED = "The form could not be opened. Please press again."
NOT_STORED = "That did not reach me because of a problem on my side. Please press again."

Action = Literal["approve", "deny", "withdraw"]

_TS = re.compile(r"[0-9]{1,11}(\.[0-9]{1,9})?")

log = structlog.get_logger()


def listen(app: AsyncApp, database: Database, wake: Callable[[str], None], now: Callable[[], datetime]) -> None:
    """Attach the listeners to the app."""
    hand = _Hand(database, wake, now)
    app.action("approval.approve")(hand.approve)
    app.action("approval.withdraw")(hand.withdraw)
    app.action("approval.deny")(hand.ask_reason)
    app.view("approval.deny")(hand.deny)


def seconds(ts: object) -> float | None:
    """Slack's timestamp as seconds since 1970, or None for what is none."""
    return float(ts) if isinstance(ts, str) and _TS.fullmatch(ts) else None


class _Hand:
    def __init__(self, database: Database, wake: Callable[[str], None], now: Callable[[], datetime]) -> None:
        self._database = database
        self._wake = wake
        self._now = now

    async def approve(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Approve was pressed."""
        await ack()
        await self._press(body, client, "approve")

    async def withdraw(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Withdraw was pressed."""
        await ack()
        await self._press(body, client, "withdraw")

    async def _press(self, body: Mapping[str, Any], client: AsyncWebClient, action: Action) -> None:
        pressed, channel = body["actions"][0], body["channel"]["id"]
        at = seconds(pressed.get("action_ts")) or self._now().timestamp()
        refusal = await self._store(body, pressed.get("value") or "", action, channel, at, reason=None)
        if refusal:
            await self._tell(body, client, refusal)

    async def _tell(self, body: Mapping[str, Any], client: AsyncWebClient, text: str) -> None:
        channel, user = body["channel"]["id"], body["user"]["id"]
        thread = body.get("message", {}).get("thread_ts") or body.get("container", {}).get("thread_ts")
        await client.chat_postEphemeral(channel=channel, user=user, text=text, thread_ts=thread)

    async def ask_reason(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Deny was pressed: a reason is asked for first."""
        await ack()
        version = body["actions"][0].get("value") or ""
        form = blocks.deny_form(version, body["channel"]["id"])
        try:
            await client.views_open(trigger_id=body["trigger_id"], view=form)
        except (SlackApiError, aiohttp.ClientError, TimeoutError):
            log.warning("a form could not be opened")
            await self._tell(body, client, NOT_OPENED)

    async def deny(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        """The reason was sent."""
        version, channel = blocks.denied(view)
        reason = (view["state"]["values"]["reason"]["reason"].get("value") or "").strip()
        if not reason:
            await ack(response_action="errors", errors={"reason": "Please say why, in a few words."})
            return
        at = self._now().timestamp()
        refusal = await self._store(body, version, "deny", channel, at, reason=reason[:MAX_REASON])
        if refusal:
            await ack(response_action="errors", errors={"reason": refusal})
        else:
            await ack()

    async def _store(
        self, body: Mapping[str, Any], version: str, action: Action, channel: str, at: float, *, reason: str | None
    ) -> str | None:
        """Put the click into the inbox; else the sentence that says why it is not there."""
        actor, key = body["user"]["id"], f"click:{body['trigger_id']}"

        def store(connection: Connection) -> str | None:
            found = projections.request_by_id(connection, version)
            if found is None:
                return None
            click = ClickArrived(
                request=found[1], id=version, action=action, actor=actor, channel=channel, reason=reason
            )
            received = self._now().timestamp()
            inbox.put(connection, key, found[0], click, sent_at=at, received_at=received)
            return found[0]

        try:
            conversation = await self._database.run(store)
        except SQLAlchemyError:
            log.exception("a click was not stored", action=action)
            return NOT_STORED
        if conversation is None:
            return FORGED
        self._wake(conversation)
        return None
