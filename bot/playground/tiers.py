"""Slack's rate limits: how many calls of a method it takes from an app in a minute, and messages a channel in a second.

Tiers are those of "Rate limits" on docs.slack.dev and of the methods' own pages: what Slack promises to take at least.
"""

import math
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import datetime

#: how long a call counts, seconds
WINDOW = 60.0

_TIER_2, _TIER_3, _TIER_4 = 20, 50, 100

#: calls a minute; methods that are not named are limited to several hundred, which is no limit here
PER_MINUTE: Mapping[str, int] = {
    "agents.sessions.rename": _TIER_3,
    "agents.sessions.setStatus": _TIER_3,
    "chat.appendStream": _TIER_4,
    "chat.delete": _TIER_3,
    "chat.postEphemeral": _TIER_4,
    #: the ceiling of a workspace; each channel has its own limit below it
    "chat.postMessage": 300,
    "chat.startStream": _TIER_2,
    "chat.stopStream": _TIER_2,
    "chat.update": _TIER_3,
    "conversations.history": _TIER_3,
    "conversations.info": _TIER_3,
    "conversations.list": _TIER_2,
    "conversations.members": _TIER_4,
    "conversations.open": _TIER_3,
    "conversations.replies": _TIER_3,
    "reactions.add": _TIER_3,
    "usergroups.list": _TIER_2,
    "usergroups.users.list": _TIER_2,
    "users.info": _TIER_4,
    "users.list": _TIER_2,
    "users.lookupByEmail": _TIER_3,
    "views.open": _TIER_4,
    "views.publish": _TIER_4,
    "views.push": _TIER_4,
    "views.update": _TIER_4,
}

#: messages that a channel takes at once, "short bursts"; after these it is one a second
BURST = 4


class Tiers:
    """Counts calls of one app in one workspace; one that is refused does not count."""

    def __init__(self, now: Callable[[], datetime], per_minute: Mapping[str, int] = PER_MINUTE) -> None:
        self._now = now
        self._per_minute = per_minute
        #: when each call was made that still counts, by method; seconds
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        #: when each channel has taken all its messages at one a second; seconds
        self._busy: dict[str, float] = {}

    def wait(self, method: str, channel: str) -> int:
        """Whole seconds that the app has to wait, as `Retry-After` says it; 0: the call is taken, and counts."""
        now, calls = self._now().timestamp(), self._calls[method]
        while calls and calls[0] <= now - WINDOW:
            calls.popleft()
        full = len(calls) >= self._per_minute.get(method, math.inf)
        left = calls[0] + WINDOW - now if full else 0.0
        busy = max(self._busy.get(channel, now), now) + 1
        if method == "chat.postMessage":
            left = max(left, busy - now - BURST)
        if left <= 0:
            calls.append(now)
            self._busy |= {channel: busy} if method == "chat.postMessage" else {}
        return max(0, math.ceil(left))
