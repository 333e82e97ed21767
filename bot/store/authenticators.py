"""The authenticators of approvers: their seeds, encrypted, and how far their codes are used up.

Promise: a step is taken at most once, whoever asks at the same time, and wrong codes in a row lock for a while.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import SecretStr
from sqlalchemy import ColumnElement, Connection, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.store.sealed import Seal
from bot.store.tables import authenticators

#: wrong codes in a row after which none is looked at, and for how long, seconds
MAX_FAILURES, LOCKED = 5, 15 * 60

_mine = authenticators.c


@dataclass(frozen=True, slots=True)
class Authenticator:
    """What is known of a user's authenticator; unconfirmed, it counts for nothing yet."""

    slack_user: str
    confirmed: bool
    #: seconds since the epoch; 0 where it never was locked
    locked_until: float
    ciphertext: bytes = field(repr=False)

    def seed(self, seal: Seal) -> SecretStr | None:
        """The seed in base32; None where another key sealed it, or it was sealed for another user."""
        opened = seal.decrypted(self.ciphertext)
        user, _, seed = opened.get_secret_value().partition(" ") if opened else ("", "", "")
        return SecretStr(seed) if user == self.slack_user else None


def seal_of(key: SecretStr) -> Seal:
    """What seeds are sealed with."""
    return Seal.of(key, "authenticators 1")


def enroll(connection: Connection, slack_user: str, seed: SecretStr, seal: Seal, now: float) -> None:
    """From now on this is the user's authenticator, still to be confirmed; an earlier one is forgotten."""
    values = {
        "slack_user": slack_user,
        "seed": seal.encrypted(SecretStr(f"{slack_user} {seed.get_secret_value()}")),
        "confirmed": 0,
        "last_step": -1,
        "failures": 0,
        "locked_until": 0.0,
        "enrolled_at": now,
    }
    row = insert(authenticators).values(values)
    connection.execute(row.on_conflict_do_update(index_elements=[_mine.slack_user], set_=values))


def reset(connection: Connection, slack_user: str) -> bool:
    """Forget the user's authenticator; False where there was none."""
    return connection.execute(delete(authenticators).where(_mine.slack_user == slack_user)).rowcount > 0


def of_user(connection: Connection, slack_user: str) -> Authenticator | None:
    """The user's authenticator, confirmed or not."""
    found = _found(connection, _mine.slack_user == slack_user, 1)
    return found[0] if found else None


def hold(connection: Connection, slack_user: str) -> None:
    """Whoever tries a code of this user waits until the transaction has ended."""
    connection.execute(select(_mine.slack_user).where(_mine.slack_user == slack_user).with_for_update())


def others(connection: Connection, slack_user: str, limit: int) -> list[Authenticator]:
    """The authenticators of everybody else, by user."""
    return _found(connection, _mine.slack_user != slack_user, limit)


def enrolled_among(connection: Connection, users: Iterable[str]) -> tuple[str, ...]:
    """Those of the users who have a confirmed authenticator, in their order, each once."""
    asked = dict.fromkeys(users)
    have = select(_mine.slack_user).where(_mine.slack_user.in_(asked), _mine.confirmed == 1)
    confirmed = set(connection.scalars(have))
    return tuple(user for user in asked if user in confirmed)


def take(connection: Connection, slack_user: str, step: int, *, confirms: bool) -> bool:
    """Use the step up; False where it, or a later one, is used up. `confirms`: the authenticator counts from now on."""
    unused = (_mine.slack_user == slack_user) & (_mine.confirmed == int(not confirms)) & (_mine.last_step < step)
    taken = update(authenticators).where(unused).values(last_step=step, failures=0, confirmed=1)
    return connection.execute(taken).rowcount == 1


def miss(connection: Connection, slack_user: str, now: float) -> int:
    """Count a wrong code; how many more may be wrong before none is looked at. 0: that is so now, for LOCKED s."""
    last = _mine.failures + 1 >= MAX_FAILURES
    counted = update(authenticators).where(_mine.slack_user == slack_user)
    counted = counted.values(
        failures=case((last, 0), else_=_mine.failures + 1),
        locked_until=case((last, now + LOCKED), else_=_mine.locked_until),
    )
    failures = connection.scalar(counted.returning(_mine.failures))
    return MAX_FAILURES - failures if failures else 0


def _found(connection: Connection, where: ColumnElement[bool], limit: int) -> list[Authenticator]:
    rows = connection.execute(select(authenticators).where(where).order_by(_mine.slack_user).limit(limit))
    return [Authenticator(row.slack_user, bool(row.confirmed), row.locked_until, row.seed) for row in rows]
