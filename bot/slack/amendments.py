"""What becomes of messages: their authors change them, or they are gone.

Promise: an edit or a deletion is stored only where the message is, or may come to be, in the log; all else leaves no
row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.slack.clients import tenant_here
from bot.slack.edge import Edge, seconds
from bot.slack.hearing import MAX_TEXT, SPOKEN, addressed
from bot.store import inbox
from bot.store.arrivals import DeletionArrived, EditArrived

#: what Slack leaves in place of a message that had replies
TOMBSTONE = "tombstone"


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

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def take(self, event: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
        """Whether the event is about an earlier message; then it is dealt with."""
        if event.get("subtype") not in ("message_changed", "message_deleted") and not event.get("edited"):
            return False
        amended, channel = _amended(event, context.get("bot_user_id")), event.get("channel")
        if amended and isinstance(channel, str):
            await self._store(amended, channel, tenant_here(context))
        return True

    async def _store(self, amended: _Amended, channel: str, tenant: str) -> None:
        conversation = f"{tenant}:{channel}:{amended.thread_ts}"
        message = f"{tenant}:{channel}:{amended.arrived.ts}"

        def store(connection: Connection) -> str | None:
            return inbox.put_about(
                connection,
                f"message:{message}",
                f"{amended.name}:{message}",
                conversation,
                amended.arrived,
                sent_at=float(amended.at),
                received_at=self._edge.now().timestamp(),
            )

        if told := await self._edge.database.run(store):
            self._edge.wake(told)


def called_late(event: Mapping[str, Any], bot: str | None) -> tuple[Mapping[str, Any], float] | None:
    """The message, as if it had just been said, where its author's edit is what mentions us; and when that was."""
    message, before = _mapping(event.get("message")), _mapping(event.get("previous_message"))
    mention = f"<@{bot}>"
    if event.get("subtype") != "message_changed" or not isinstance(before.get("text"), str):
        return None
    edit = _edited(message, before, bot)
    if edit is None or mention not in message["text"] or mention in before["text"]:
        return None
    where = {name: event.get(name) for name in ("channel", "channel_type")}
    said = {name: value for name, value in message.items() if name != "edited"}
    return {**said, **where}, float(edit.at)


def _amended(event: Mapping[str, Any], bot: str | None) -> _Amended | None:
    """What became of which message; None where nothing did that people see, or no person wrote it."""
    before = _mapping(event.get("previous_message"))
    if event.get("subtype") == "message_deleted":
        return _deleted(event, before, event.get("deleted_ts"))
    message = _mapping(event.get("message")) if event.get("subtype") == "message_changed" else event
    if message.get("subtype") == TOMBSTONE:
        return _deleted(event, before, message.get("ts"))
    return _edited(message, before, bot)


def _deleted(event: Mapping[str, Any], before: Mapping[str, Any], ts: object) -> _Amended | None:
    at = event.get("event_ts") or event.get("ts")
    if not (seconds(ts) and seconds(at)) or before.get("bot_id") or before.get("app_id"):
        return None
    return _Amended(DeletionArrived(ts=str(ts)), _root(before, str(ts)), str(at), "deletion")


def _edited(message: Mapping[str, Any], before: Mapping[str, Any], bot: str | None) -> _Amended | None:
    """Links that Slack unfolds and other such changes leave the text as it was."""
    edited, author, ts, said = (message.get(name) for name in ("edited", "user", "ts", "text"))
    by, at = (_mapping(edited).get(name) for name in ("user", "ts"))
    posted = message.get("bot_id") or message.get("app_id")
    if message.get("subtype") not in SPOKEN or posted or not isinstance(author, str) or by != author:
        return None
    if not (seconds(ts) and seconds(at)) or said == before.get("text") or not isinstance(said, str):
        return None
    arrived = EditArrived(ts=str(ts), author=author, text=addressed(said, bot)[:MAX_TEXT])
    return _Amended(arrived, _root(message, str(ts)), str(at), f"edit:{at}")


def _root(message: Mapping[str, Any], ts: str) -> str:
    """The thread that the message is in, or would begin."""
    thread = message.get("thread_ts")
    return str(thread) if seconds(thread) else ts


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
