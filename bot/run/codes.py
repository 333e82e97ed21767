"""Codes of authenticators (RFC 6238): who has one, and whether a typed code is right.

Promise: a code counts once, however often and at how many places it is sent; a wrong key is told, never taken for a
wrong code.
"""

import hmac
import math
import re
from collections.abc import Callable
from datetime import datetime

import pyotp
import structlog
from pydantic import SecretStr
from sqlalchemy import Connection

from bot.store import authenticators
from bot.store.authenticators import LOCKED, MAX_FAILURES, Authenticator
from bot.store.database import Database

#: how long an authenticator shows a code, seconds
STEP = 30

#: steps before and after the present one whose codes are taken, because clocks differ
WINDOW = 1

NO_AUTHENTICATOR = "You have no authenticator yet. Whoever runs me can make one for you: helpdesk totp enroll {user}"
NOT_CONFIRMED = "Your authenticator does not count yet. Confirm it first: /helpdesk authenticator"
NOTHING_WAITING = "There is no authenticator of yours to confirm."
SIX_DIGITS = "Type the six digits that your authenticator shows."
USED = "This code, or a later one, was used already. Wait for the next one."
UNREADABLE = (
    "I cannot read your authenticator any more, so I cannot check the code. Whoever runs me has to look at "
    "HELPDESK_SECRET_KEY: it is not the key your authenticator was made with."
)

_SIX = re.compile("[0-9]{6}")

log = structlog.get_logger()


class Codes:
    """Checks codes; every answer that is not None is a sentence for the person."""

    def __init__(self, database: Database, key: SecretStr, now: Callable[[], datetime]) -> None:
        """`key` is HELPDESK_SECRET_KEY; `now` gives aware UTC."""
        self._database = database
        self._seal = authenticators.seal_of(key)
        self._now = now

    async def enrolled(self, user: str) -> bool:
        """The user has a confirmed authenticator."""
        return await self._confirmed(user) is True

    async def waiting(self, user: str) -> bool:
        """The user has an authenticator that is still to be confirmed."""
        return await self._confirmed(user) is False

    async def check(self, user: str, code: str) -> str | None:
        """None: the code is right, and used up by that; else why it does not count."""
        return await self._database.run(lambda connection: self._judge(connection, user, code, confirms=False))

    async def confirm(self, user: str, code: str) -> str | None:
        """None: the code is right, and the authenticator counts from now on; else why it does not."""
        return await self._database.run(lambda connection: self._judge(connection, user, code, confirms=True))

    async def _confirmed(self, user: str) -> bool | None:
        found = await self._database.run(lambda connection: authenticators.of_user(connection, user))
        return found.confirmed if found else None

    def _judge(self, connection: Connection, user: str, typed: str, *, confirms: bool) -> str | None:
        authenticators.hold(connection, user)
        known, now = authenticators.of_user(connection, user), self._now().timestamp()
        if known is None or known.confirmed == confirms:
            return _none_to_use(known, user, confirms=confirms)
        if now < known.locked_until:
            return locked(known.locked_until - now)
        code = "".join(typed.split())
        if not _SIX.fullmatch(code):
            return SIX_DIGITS
        seed = known.seed(self._seal)
        if seed is None:
            log.error("an authenticator is sealed with another HELPDESK_SECRET_KEY", user=user)
            return UNREADABLE
        step = step_of(seed, code, now)
        if step is None:
            return self._missed(connection, user, now)
        return None if authenticators.take(connection, user, step, confirms=confirms) else USED

    def _missed(self, connection: Connection, user: str, now: float) -> str:
        left = authenticators.miss(connection, user, now)
        if left:
            return (
                f"This code is wrong. {left} more wrong {'one' if left == 1 else 'ones'} and I take none for a while."
            )
        log.warning("an authenticator is locked", user=user, seconds=LOCKED)
        return locked(LOCKED)


def _none_to_use(known: Authenticator | None, user: str, *, confirms: bool) -> str:
    if confirms:
        return NOTHING_WAITING
    return NOT_CONFIRMED if known else NO_AUTHENTICATOR.format(user=user)


def step_of(seed: SecretStr, code: str, now: float) -> int | None:
    """The step that the code belongs to, in steps since the epoch; None for a code of none near `now`."""
    totp, present = pyotp.TOTP(seed.get_secret_value(), interval=STEP), int(now // STEP)
    near = range(max(present - WINDOW, 0), present + WINDOW + 1)
    # all are compared, each in constant time, so that the time taken tells nothing
    return max([step for step in near if hmac.compare_digest(totp.generate_otp(step), code)], default=None)


def locked(seconds: float) -> str:
    """What is told while no code is looked at."""
    minutes = math.ceil(seconds / 60)
    return (
        f"{MAX_FAILURES} codes in a row were wrong, so I take none for {minutes} minute{'' if minutes == 1 else 's'}."
    )
