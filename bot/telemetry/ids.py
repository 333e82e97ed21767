"""Ids of traces and spans, computed from what is known everywhere, so that no process has to tell another one."""

import hashlib
from datetime import UTC, datetime
from re import compile as pattern

#: a message's place in Slack, which is when it was sent: seconds, and six digits that make it unique
_TS = pattern(r"[0-9]{10}\.[0-9]{6}")


def trace_id(conversation: str, ts: str) -> int:
    """Of all that follows from the message at `ts`: 128 bits."""
    return _number(16, conversation, ts)


def root_id(conversation: str, ts: str) -> int:
    """Of the span at the top of that trace: 64 bits."""
    return _number(8, conversation, ts, "root")


def span_id(conversation: str, *what: object) -> int:
    """Of any other span: 64 bits."""
    return _number(8, conversation, *what)


def written(trace: int) -> str:
    """A trace id as it is written everywhere: 32 hexadecimal digits."""
    return f"{trace:032x}"


def sent_at(ts: str, otherwise: datetime) -> datetime:
    """When the message was sent by Slack's clock, never after `otherwise`; that itself where `ts` is no such time."""
    if not _TS.fullmatch(ts):
        return otherwise
    return min(datetime.fromtimestamp(float(ts), UTC), otherwise)


def _number(length: int, *what: object) -> int:
    digest = hashlib.sha256("\n".join(map(str, what)).encode()).digest()
    # 0 is no valid id
    return int.from_bytes(digest[:length]) or 1
