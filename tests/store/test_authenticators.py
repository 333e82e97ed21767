"""Authenticators at rest: only the right key opens a seed, for its own user, and a step is taken once."""

from pydantic import SecretStr
from sqlalchemy import Connection, select, update

from bot.store import authenticators
from bot.store.authenticators import LOCKED, MAX_FAILURES, Authenticator, seal_of
from bot.store.sealed import Seal
from bot.store.tables import authenticators as table

KEY = SecretStr("k" * 32)
SEED = SecretStr("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")


def enroll(connection: Connection, *users: str, confirmed: bool = True) -> None:
    for user in users:
        authenticators.enroll(connection, user, SEED, seal_of(KEY), 1.0)
        if confirmed:
            assert authenticators.take(connection, user, 1, confirms=True)


def known(connection: Connection, user: str = "U0DANA") -> Authenticator:
    found = authenticators.of_user(connection, user)
    assert found
    return found


def test_only_the_key_it_was_made_with_opens_a_seed(connection: Connection) -> None:
    enroll(connection, "U0DANA")
    assert known(connection).seed(seal_of(KEY)) == SEED
    assert known(connection).seed(seal_of(SecretStr("l" * 32))) is None
    assert known(connection).seed(Seal.of(KEY)) is None, "one-time secrets are sealed with another key"


def test_a_seed_opens_for_its_own_user_only(connection: Connection) -> None:
    enroll(connection, "U0DANA", "U0MALLORY")
    stolen = select(table.c.seed).where(table.c.slack_user == "U0MALLORY").scalar_subquery()
    connection.execute(update(table).where(table.c.slack_user == "U0DANA").values(seed=stolen))
    assert known(connection).seed(seal_of(KEY)) is None
    assert known(connection, "U0MALLORY").seed(seal_of(KEY)) == SEED


def test_neither_the_database_nor_what_is_printed_shows_a_seed(connection: Connection) -> None:
    enroll(connection, "U0DANA")
    kept = connection.execute(select(table)).one()
    assert SEED.get_secret_value() not in str(kept)
    assert SEED.get_secret_value() not in repr(known(connection))
    assert kept.seed.decode() not in repr(known(connection))


def test_a_step_is_taken_once_and_none_before_it_afterwards(connection: Connection) -> None:
    enroll(connection, "U0DANA")
    taken = [authenticators.take(connection, "U0DANA", step, confirms=False) for step in (5, 5, 4, 6, 6)]
    assert taken == [True, False, False, True, False]


def test_the_step_that_confirms_is_used_up_and_confirms_once(connection: Connection) -> None:
    enroll(connection, "U0DANA", confirmed=False)
    assert not authenticators.take(connection, "U0DANA", 7, confirms=False), "it does not count yet"
    assert authenticators.take(connection, "U0DANA", 7, confirms=True)
    assert not authenticators.take(connection, "U0DANA", 7, confirms=False)
    assert not authenticators.take(connection, "U0DANA", 8, confirms=True)


def test_wrong_codes_are_counted_down_and_the_last_one_locks(connection: Connection) -> None:
    enroll(connection, "U0DANA", "U0OMAR")
    for _ in range(2):
        left = [authenticators.miss(connection, "U0DANA", 100.0) for _ in range(MAX_FAILURES)]
        assert left == [4, 3, 2, 1, 0]
        assert known(connection).locked_until == 100.0 + LOCKED
    assert known(connection, "U0OMAR").locked_until == 0


def test_a_right_code_between_them_makes_the_count_begin_anew(connection: Connection) -> None:
    enroll(connection, "U0DANA")
    assert authenticators.miss(connection, "U0DANA", 100.0) == 4
    authenticators.take(connection, "U0DANA", 9, confirms=False)
    assert authenticators.miss(connection, "U0DANA", 100.0) == 4


def test_enrolled_are_those_who_confirmed_in_the_order_asked_for(connection: Connection) -> None:
    enroll(connection, "U0ALEX", "U0DANA", "U0OMAR")
    enroll(connection, "U0SAM", confirmed=False)
    asked = ("U0SAM", "U0OMAR", "U0GRACE", "U0ALEX", "U0OMAR")
    assert authenticators.enrolled_among(connection, asked) == ("U0OMAR", "U0ALEX")
    assert authenticators.enrolled_among(connection, ()) == ()


def test_whoever_is_enrolled_anew_begins_as_anybody_does(connection: Connection) -> None:
    enroll(connection, "U0DANA")
    for _ in range(MAX_FAILURES):
        authenticators.miss(connection, "U0DANA", 100.0)
    enroll(connection, "U0DANA", confirmed=False)
    assert (known(connection).confirmed, known(connection).locked_until) == (False, 0)
    assert authenticators.take(connection, "U0DANA", 1, confirms=True)
    assert authenticators.reset(connection, "U0DANA") is True
    assert authenticators.reset(connection, "U0DANA") is False
    assert authenticators.of_user(connection, "U0DANA") is None
