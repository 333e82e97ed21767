"""Slack's hand on an app's door: signed requests, exactly as a test wants them, without any retries."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx2
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy import text

from bot.api import app as http
from bot.playground import interactions
from bot.playground.events import envelope
from bot.playground.messages import Message
from bot.run.codes import Codes
from bot.run.kit import utc_now
from bot.slack.app import slack_app
from bot.slack.client import connection_pool, web_client
from bot.slack.clients import OneWorkspace
from bot.slack.edge import Edge
from bot.slack.hearing import Hearing
from bot.slack.listeners import listen
from bot.store.database import Database
from tests.rig import CHANNEL, KEY, Helpdesk, is_card

Json = dict[str, Any]
Headers = dict[str, str]

SECRET = "playground-signing-secret"
US = AuthorizeResult(
    enterprise_id=None, team_id="T0DEMO", bot_user_id="U0BOT", bot_id="B0BOT", bot_token="xoxb-playground"
)


@dataclass
class Door:
    """The HTTP door of one app instance."""

    client: httpx2.AsyncClient
    database: Database

    async def post(self, body: bytes, kind: str = "application/json", headers: Headers | None = None) -> int:
        """Send it signed, unless `headers` are given instead of a signature; the HTTP status."""
        sent = {"Content-Type": kind} | (signed(body) if headers is None else headers)
        return (await self.client.post("/slack/events", content=body, headers=sent)).status_code

    async def event(self, event: Json, event_id: str = "Ev0", retry: int = 0) -> int:
        """Deliver an event, its `retry`th repetition; the HTTP status."""
        body = json.dumps(envelope(event, event_id, int(time.time()))).encode()
        again = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"} if retry else {}
        return await self.post(body, headers=signed(body) | again)

    async def interaction(self, payload: Json) -> int:
        """Deliver an interaction; the HTTP status."""
        return await self.post(
            urlencode({"payload": json.dumps(payload)}).encode(), "application/x-www-form-urlencoded"
        )


def signed(body: bytes, timestamp: int | None = None, secret: str = SECRET) -> Headers:
    """Slack's two headers for the body."""
    at = str(int(time.time()) if timestamp is None else timestamp)
    digest = hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}


@asynccontextmanager
async def door_of(desk: Helpdesk) -> AsyncIterator[Door]:
    """The bot's door, without a socket."""
    async with _opened(desk.bot.slack, desk.bot.database) as door:
        yield door


@asynccontextmanager
async def replica(desk: Helpdesk) -> AsyncIterator[Door]:
    """The door of a second app instance on the same database, which cannot wake the first one."""
    database = Database(desk.bot.database.address)
    async with connection_pool() as pool:
        client = web_client(None, f"{desk.slack.base_url}/api/", pool)
        app = slack_app(SecretStr(SECRET), client, OneWorkspace(client, US))
        edge = Edge(
            kit=replace(desk.bot.kit, database=database),
            wake=lambda _: None,
            codes=Codes(database, KEY, utc_now),
            approval_channel=None,
            demo=False,
            stored="",
        )
        listen(app, edge, Hearing(), lambda *_: None)
        async with _opened(app, database) as door:
            yield door
    database.close()


@asynccontextmanager
async def _opened(app: AsyncApp, database: Database) -> AsyncIterator[Door]:
    transport = httpx2.ASGITransport(http.application(app, _ready))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield Door(client, database)


async def _ready() -> bool:
    return True


@dataclass
class Clock:
    """The time of day, and as much later as a test says."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def monotonic(self) -> float:
        """Seconds, as much later."""
        return time.monotonic() + self.ahead.total_seconds()

    def pass_(self, seconds: float) -> bool:
        """Let time go by; always true."""
        self.ahead += timedelta(seconds=seconds)
        return True


def unheard(desk: Helpdesk, user: str, words: str, thread: str | None = None, channel: str = CHANNEL) -> Json:
    """The `message` event of a message that stands in Slack and that the app was not told of."""
    ts = desk.slack.workspace.next_ts()
    desk.slack.workspace.store(Message(channel=channel, ts=ts, user=user, text=words, thread_ts=thread))
    kind = "im" if channel.startswith("D") else "channel"
    event = {"type": "message", "user": user, "text": words, "ts": ts, "channel": channel, "channel_type": kind}
    return event | {"event_ts": ts, "team": "T0DEMO"} | ({"thread_ts": thread} if thread else {})


def as_mention(event: Json) -> Json:
    """The `app_mention` that comes beside the `message` event."""
    return {key: value for key, value in event.items() if key != "channel_type"} | {"type": "app_mention"}


def press(desk: Helpdesk, user: str, card: Message, action: str, value: str | None = None) -> Json:
    """The payload of a click on the card as it was when `card` was read; `value` forges another one."""
    pressed = interactions.action(card.blocks, f"approval.{action}", None, desk.slack.workspace.next_ts())
    payload = interactions.frame("block_actions", desk.slack.workspace.users[user])
    payload |= interactions.on_message(card, "it-help", pressed | ({"value": value} if value is not None else {}))
    return payload | {"trigger_id": desk.slack.workspace.triggers.trigger(user)}


def links(desk: Helpdesk, channel: str = "D0SAM") -> list[Message]:
    """What stands in the direct message beside the cards: one-time links."""
    return [each for each in desk.slack.messages(channel) if not is_card(each)]


async def rows(desk: Helpdesk, table: str) -> int:
    """How many rows the table has; what the house says of itself is not counted."""
    query = text(f"SELECT count(*) FROM {table} WHERE conversation NOT LIKE '%:house:%'")  # noqa: S608 -- the test's own
    return int(await desk.bot.database.run(lambda connection: connection.scalar(query)) or 0)


async def answers(desk: Helpdesk, thread: str, channel: str = CHANNEL) -> list[str]:
    """What the bot said in the thread, once it is at rest."""
    await desk.settle()
    lines = [line.partition(": ") for line in desk.transcript(thread, channel)]
    return [said for who, _, said in lines if who == "U0BOT"]
