"""What the Events API tells the app about a change: pure functions from messages to events and envelopes."""

from bot.playground.messages import Json, Message
from bot.playground.seed import APP_ID, BOT_USER_ID, TEAM_ID, VERIFICATION, User, UserGroup

MENTION = f"<@{BOT_USER_ID}>"
#: direct messages, where nobody needs to be called: there is no `app_mention`
DIRECT = ("im", "mpim")


def posted(message: Message, channel_type: str) -> list[Json]:
    """A `message`, and in channels an `app_mention` of the same ts if a person mentions the bot."""
    told = [_message(message, channel_type)]
    if channel_type not in DIRECT and message.bot_id is None and MENTION in message.text:
        told.insert(0, _mention(message))
    return told


def changed(before: Message, after: Message, channel_type: str, event_ts: str) -> list[Json]:
    """A `message_changed`, and a new `app_mention` with `edited` where a person's message mentions the bot."""
    event = _hidden("message_changed", after.channel, channel_type, event_ts)
    told = [event | {"message": after.wire(), "previous_message": before.wire()}]
    if channel_type not in DIRECT and after.bot_id is None and MENTION in after.text:
        told.append(_mention(after))
    return told


def deleted(message: Message, channel_type: str, event_ts: str) -> list[Json]:
    """A `message_deleted`."""
    event = _hidden("message_deleted", message.channel, channel_type, event_ts)
    return [event | {"deleted_ts": message.ts, "previous_message": message.wire()}]


def home_opened(user: str, channel: str, event_ts: str, tab: str, view: Json | None) -> Json:
    """The person opened App Home (`tab` "home") or the DM with the app ("messages")."""
    event: Json = {"type": "app_home_opened", "user": user, "channel": channel, "tab": tab, "event_ts": event_ts}
    return event | ({"view": view} if view else {})


def stopped(user: str, channel: str, thread_ts: str, event_ts: str) -> Json:
    """The person pressed stop while the agent was working."""
    where = {"channel": channel, "channel_id": channel, "thread_ts": thread_ts}
    return {"type": "agent_session_stopped", "user": user, "event_ts": event_ts, **where}


def user_changed(user: User, event_ts: str) -> list[Json]:
    """A `user_change`; the object is that of `users.info`."""
    return [{"type": "user_change", "user": user.wire(), "cache_ts": user.updated, "event_ts": event_ts}]


def members_changed(before: UserGroup, after: UserGroup, event_ts: str) -> list[Json]:
    """A `subteam_members_changed` with what is new, and a `subteam_updated` with the whole group."""
    added = [user for user in after.users if user not in before.users]
    removed = [user for user in before.users if user not in after.users]
    delta = {
        "type": "subteam_members_changed",
        "subteam_id": after.id,
        "team_id": TEAM_ID,
        "date_previous_update": before.updated,
        "date_update": after.updated,
        "added_users": added,
        "added_users_count": str(len(added)),
        "removed_users": removed,
        "removed_users_count": str(len(removed)),
        "event_ts": event_ts,
    }
    whole = {**after.wire(), "is_subteam": True, "users": list(after.users), "user_count": len(after.users)}
    return [delta, {"type": "subteam_updated", "subteam": whole, "event_ts": event_ts}]


def envelope(event: Json, event_id: str, event_time: int, *, shared: bool = False) -> Json:
    """The outer JSON that Slack posts; `shared`: other companies are in the channel."""
    authorization = {"enterprise_id": None, "team_id": TEAM_ID, "user_id": BOT_USER_ID, "is_bot": True}
    return {
        "token": VERIFICATION,
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": event_time,
        "authorizations": [authorization | {"is_enterprise_install": False}],
        "is_ext_shared_channel": shared,
    }


def _message(message: Message, channel_type: str) -> Json:
    where = {"channel": message.channel, "channel_type": channel_type, "event_ts": message.ts}
    return message.wire() | where


def _mention(message: Message) -> Json:
    told = {key: value for key, value in message.wire(metadata=False).items() if key != "subtype"}
    return told | {"type": "app_mention", "channel": message.channel, "event_ts": message.ts}


def _hidden(subtype: str, channel: str, channel_type: str, event_ts: str) -> Json:
    return {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": channel,
        "channel_type": channel_type,
        "ts": event_ts,
        "event_ts": event_ts,
    }
