"""Permissions that an interaction gives for a short time: trigger ids (3 s, one use) and response URLs (30 min)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.playground.errors import ApiError

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_LIFE = timedelta(minutes=30)
RESPONSE_USES = 5


@dataclass
class Trigger:
    """May open one view for one person."""

    user: str
    expires: datetime
    used: bool = False


@dataclass
class ResponseUrl:
    """May answer in one place, five times."""

    user: str
    channel: str
    #: the message with the button that was pressed; none after a slash command
    ts: str | None
    expires: datetime
    uses: int = 0


class Triggers:
    """All permissions given; they end with the process, as 3 s rarely outlive it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._triggers: dict[str, Trigger] = {}
        self._responses: dict[str, ResponseUrl] = {}

    def trigger(self, user: str) -> str:
        """A fresh trigger_id."""
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user, self._now() + TRIGGER_LIFE)
        return trigger_id

    def exchange(self, trigger_id: str) -> str:
        """The person whose interaction it was; once only."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if self._now() > trigger.expires:
            raise ApiError("expired_trigger_id")
        trigger.used = True
        return trigger.user

    def response(self, user: str, channel: str, ts: str | None) -> str:
        """The id of a fresh response URL."""
        response_id = secrets.token_urlsafe(18)
        self._responses[response_id] = ResponseUrl(user, channel, ts, self._now() + RESPONSE_LIFE)
        return response_id

    def respond(self, response_id: str) -> ResponseUrl:
        """Use a response URL once, or `expired_url` / `used_url`."""
        found = self._responses.get(response_id)
        if found is None or self._now() > found.expires:
            raise ApiError("expired_url")
        if found.uses >= RESPONSE_USES:
            raise ApiError("used_url")
        found.uses += 1
        return found
