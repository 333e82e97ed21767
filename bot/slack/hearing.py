"""What Slack tells about messages that were there before: their authors changed them, or they are gone.

Promise: it is stored only where the message is, or may come to be, in the log; all else leaves no row.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.slack.edge import seconds
from bot.slack.text import unescaped
from bot.store import inbox
from bot.store.database import Database
from bot.store.inbox import DeletionArrived, EditArrived

#: messages that are a person's words; all other subtypes are edits, joins, topics …
SPOKEN = {None, "file_share", "thread_broadcast", "me_message"}

#: what Slack leaves in place of a message that had replies
TOMBSTONE = "tombstone"

#: longest message taken from Slack, characters (its own limit is 40,000)
MAX_TEXT = 40_000


@dataclass(frozen=True, slots=True)
class _Amended:
    """What became of the message `ts`."""

    arrived: EditArrived | DeletionArrived
    thread_ts: str
    #: when, by Slack's clock; what makes it one change however often it is told
    at: str
    name: str


class Amendments:
    """Puts edits and deletions into the inbox."""

    def __init__(self, database: Database, wake: Callable[[str], None], now: Callable[[], datetime]) -> None:
        self._database = database
        self._wake = wake
        self._now = now

    async def take(self, event: Mapping[str, Any], body: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
        """Whether the event is about an earlier message; then it is dealt with."""
        if event.get("subtype") not in ("message_changed", "message_deleted") and not event.get("edited"):
            return False
        amended = _amended(event, context.get("bot_user_id"))
        if amended:
            await self._store(amended, event["channel"], context.get("enterprise_id") or body["team_id"])
        return True

    async def _store(self, amended: _Amended, channel: str, tenant: str) -> None:
        conversation = f"{tenant}:{channel}:{amended.thread_ts}"
        message = f"{tenant}:{channel}:{amended.arrived.ts}"

        def store(connection: Connection) -> bool:
            return inbox.put_about(
                connection,
                f"message:{message}",
                f"{amended.name}:{message}",
                conversation,
                amended.arrived,
                sent_at=float(amended.at),
                received_at=self._now().timestamp(),
            )

        if await self._database.run(store):
            self._wake(conversation)


def addressed(text: str, bot: str | None) -> str:
    """What was typed, without our own name; a mere mention stays as a greeting."""
    typed = re.sub(rf"\s*<@{bot}>[,:]?\s*", " ", text).strip() or ("hello" if bot and f"<@{bot}>" in text else "")
    return unescaped(typed)


def _amended(event: Mapping[str, Any], bot: str | None) -> _Amended | None:
    """What became of which message; None where nothing did that people see, or no person wrote it."""
    before = event.get("previous_message") or {}
    if event.get("subtype") == "message_deleted":
        return _deleted(event, before, event.get("deleted_ts"))
    message = event.get("message") or {} if event.get("subtype") == "message_changed" else event
    if message.get("subtype") == TOMBSTONE:
        return _deleted(event, before, message.get("ts"))
    return _edited(message, before, bot)


def _deleted(event: Mapping[str, Any], before: Mapping[str, Any], ts: Any) -> _Amended | None:
    at = event.get("event_ts") or event.get("ts")
    if not (seconds(ts) and seconds(at)) or before.get("bot_id") or before.get("app_id"):
        return None
    return _Amended(DeletionArrived(ts=ts), before.get("thread_ts") or ts, str(at), "deletion")


def _edited(message: Mapping[str, Any], before: Mapping[str, Any], bot: str | None) -> _Amended | None:
    """Links that Slack unfolds and other such changes leave the text as it was."""
    edited, author, ts = message.get("edited") or {}, message.get("user"), message.get("ts")
    posted = message.get("bot_id") or message.get("app_id")
    if message.get("subtype") not in SPOKEN or posted or not author or edited.get("user") != author:
        return None
    text, at = addressed(message.get("text") or "", bot), edited.get("ts")
    if not (seconds(ts) and seconds(at)) or message.get("text") == before.get("text"):
        return None
    arrived = EditArrived(ts=str(ts), author=author, text=text[:MAX_TEXT])
    return _Amended(arrived, message.get("thread_ts") or str(ts), str(at), f"edit:{at}")
