"""Addresses of Slack's messages."""

from bot.core.items import Opened, in_slack


def permalink(workspace_url: str, channel: str, thread_ts: str, ts: str) -> str:
    """The address of a message; `thread_ts` is empty where it is in no thread."""
    message = f"{workspace_url}archives/{channel}/p{ts.replace('.', '')}"
    return f"{message}?thread_ts={thread_ts}&cid={channel}" if thread_ts else message


def of_thread(place: Opened, workspace_url: str) -> str | None:
    """The address of the thread; None where only one person could open it, or nobody."""
    if place.private or not (workspace_url and in_slack(place.channel)):
        return None
    return permalink(workspace_url, place.channel, place.thread_ts, place.thread_ts)
