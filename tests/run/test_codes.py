"""Codes of authenticators: each counts once, whoever sends it how often; wrong ones lock; every no is a sentence."""

import asyncio
import itertools
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.run import codes
from bot.run.codes import STEP, WINDOW, Codes, step_of
from bot.store import authenticators, schema
from bot.store.authenticators import LOCKED, MAX_FAILURES
from bot.store.database import Database

KEY = SecretStr("k" * 32)
SEED = SecretStr("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")

#: a moment at which a step begins, seconds since the epoch
START = 60_000_000 * STEP

_numbers = itertools.count()


class Approver:
    """Somebody with a confirmed authenticator, a clock, and the bot's check; each has a row of their own."""

    def __init__(self, database: Database, *, confirmed: bool = True, key: SecretStr = KEY) -> None:
        self.user = f"U{next(_numbers)}"
        self.now = float(START)
        self.database = database
        self.codes = Codes(database, key, lambda: datetime.fromtimestamp(self.now, UTC))
        self._run(self._enroll(confirmed))

    async def _enroll(self, confirmed: bool) -> None:
        seal = authenticators.seal_of(KEY)
        await self.database.run(lambda c: authenticators.enroll(c, self.user, SEED, seal, self.now))
        if confirmed:
            assert await self.database.run(lambda c: authenticators.take(c, self.user, 0, confirms=True))

    def check(self, code: str) -> str | None:
        return self._run(self.codes.check(self.user, code))

    def confirm(self, code: str) -> str | None:
        return self._run(self.codes.confirm(self.user, code))

    def enrolled(self) -> tuple[bool, bool]:
        """Enrolled; to be confirmed."""
        return self._run(self.codes.enrolled(self.user)), self._run(self.codes.waiting(self.user))

    def code(self, later: int = 0) -> str:
        """What the authenticator shows, or showed, `later` steps from now."""
        return pyotp.TOTP(SEED.get_secret_value()).generate_otp(int(self.now // STEP) + later)

    def wrong(self) -> str:
        """A code of no step near."""
        near = {self.code(later) for later in range(-WINDOW, WINDOW + 1)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)

    _run = staticmethod(asyncio.run)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('codes') / 'own.db'}")
    asyncio.run(made.run(schema.upgrade))
    yield made
    made.close()


@pytest.fixture
def dana(database: Database) -> Approver:
    return Approver(database)


# ── once ──


@given(st.lists(st.tuples(st.integers(-40, 100), st.integers(-3, 3)), max_size=25))
def test_whatever_the_order_of_codes_and_times_a_step_is_taken_once_and_only_near_its_time(
    database: Database, attempts: list[tuple[int, int]]
) -> None:
    dana, taken = Approver(database), []
    for passed, later in attempts:
        dana.now += passed
        if dana.check(dana.code(later)) is None:
            assert abs(later) <= WINDOW
            taken.append(int(dana.now // STEP) + later)
    assert taken == sorted(set(taken))


async def test_of_many_who_send_the_same_code_at_once_one_is_right(database: Database) -> None:
    user, now = "U0DANA", datetime.fromtimestamp(START, UTC)
    other = Database(database.address)
    await database.run(lambda c: authenticators.enroll(c, user, SEED, authenticators.seal_of(KEY), 0.0))
    await database.run(lambda c: authenticators.take(c, user, 0, confirms=True))
    code = pyotp.TOTP(SEED.get_secret_value()).at(START)
    doors = [Codes(each, KEY, lambda: now) for each in (database, other)]
    answers = await asyncio.gather(*(door.check(user, code) for door in doors * 25))
    other.close()
    assert answers.count(None) == 1
    assert set(answers) == {None, codes.USED}


def test_a_code_is_good_half_a_minute_early_and_late_but_no_more(dana: Approver) -> None:
    assert [dana.check(dana.code(later)) is None for later in (-2, -1, 0, 1, 2)] == [False, True, True, True, False]


def test_a_code_sent_again_is_told_apart_from_a_wrong_one_and_is_none(dana: Approver) -> None:
    code = dana.code()
    assert dana.check(code) is None
    assert {dana.check(code) for _ in range(2 * MAX_FAILURES)} == {codes.USED}


def test_the_published_values_come_out() -> None:
    """RFC 6238, appendix B: the last six of its eight digits for SHA-1."""
    seed = SecretStr("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    published = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037"}
    for at, code in published.items():
        assert step_of(seed, code, at) == at // 30
    assert step_of(seed, "287082", 59 + 120) is None


# ── wrong ──


@given(st.lists(st.sampled_from(["right", "again", "wrong", "late"]), max_size=12), st.integers(0, LOCKED - 1))
def test_five_wrong_in_a_row_always_lock_and_later_it_works_again(
    database: Database, before: list[str], moment: int
) -> None:
    dana = Approver(database)
    for each in before:
        dana.now += 2 * STEP if each == "right" else 0
        dana.check({"right": dana.code(), "again": dana.code(), "wrong": dana.wrong(), "late": dana.code(-9)}[each])
    dana.now += LOCKED + 2 * STEP  # no lock of before is left
    assert dana.check(dana.code()) is None

    told = [dana.check(dana.wrong()) for _ in range(MAX_FAILURES)]
    assert told[-2:] == [
        "This code is wrong. 1 more wrong one and I take none for a while.",
        "5 codes in a row were wrong, so I take none for 15 minutes.",
    ]
    locked_at = dana.now
    dana.now = locked_at + moment
    assert "codes in a row were wrong" in str(dana.check(dana.code()))
    dana.now = locked_at + LOCKED
    assert dana.check(dana.code()) is None


def test_wrong_codes_while_it_is_locked_do_not_lock_it_longer(dana: Approver) -> None:
    for _ in range(MAX_FAILURES):
        dana.check(dana.wrong())
    dana.now += LOCKED - 1
    assert dana.check(dana.wrong()) == "5 codes in a row were wrong, so I take none for 1 minute."
    dana.now += 1
    assert dana.check(dana.code()) is None


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12345６", "-12345", "123.456"])  # noqa: RUF001 -- on purpose
def test_what_is_no_code_is_told_and_counts_as_no_guess(dana: Approver, typed: str) -> None:
    assert {dana.check(typed) for _ in range(2 * MAX_FAILURES)} == {codes.SIX_DIGITS}
    assert dana.check(dana.code()) is None


def test_a_code_may_be_typed_as_it_is_shown(dana: Approver) -> None:
    code = dana.code()
    assert dana.check(f" {code[:3]} {code[3:]} ") is None


def test_a_lock_is_in_the_log_and_the_codes_are_not(dana: Approver, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        for _ in range(MAX_FAILURES):
            dana.check(dana.wrong())
        dana.check(dana.code())
    (record,) = caplog.records
    assert record.getMessage() == f"an authenticator is locked {{'user': '{dana.user}', 'seconds': {LOCKED}}}"
    assert record.__dict__["user"] == dana.user
    assert dana.wrong() not in str(record.__dict__)


# ── enrolment ──


def test_nothing_is_approved_with_an_authenticator_before_it_is_confirmed(database: Database) -> None:
    dana = Approver(database, confirmed=False)
    assert dana.enrolled() == (False, True)
    assert dana.check(dana.code()) == codes.NOT_CONFIRMED

    code = dana.code()
    assert dana.confirm(code) is None
    assert dana.enrolled() == (True, False)
    assert dana.check(code) == codes.USED
    assert dana.confirm(dana.code(1)) == codes.NOTHING_WAITING
    assert dana.check(dana.code(1)) is None


def test_whoever_guesses_at_a_confirmation_is_locked_too(database: Database) -> None:
    dana = Approver(database, confirmed=False)
    for _ in range(MAX_FAILURES):
        dana.confirm(dana.wrong())
    assert "I take none for 15 minutes" in str(dana.confirm(dana.code()))
    assert dana.enrolled() == (False, True)


async def test_who_has_no_authenticator_is_told_how_to_get_one(database: Database) -> None:
    checked = Codes(database, KEY, lambda: datetime.fromtimestamp(START, UTC))
    assert await checked.enrolled("U0NOBODY") is await checked.waiting("U0NOBODY") is False
    assert "helpdesk totp enroll U0NOBODY" in str(await checked.check("U0NOBODY", "123456"))
    assert await checked.confirm("U0NOBODY", "123456") == codes.NOTHING_WAITING


def test_another_key_is_told_and_is_no_wrong_code(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    dana = Approver(database, key=SecretStr("l" * 32))
    assert {dana.check(dana.code()) for _ in range(2 * MAX_FAILURES)} == {codes.UNREADABLE}
    assert "HELPDESK_SECRET_KEY" in codes.UNREADABLE
    assert "an authenticator is sealed with another HELPDESK_SECRET_KEY" in caplog.text
