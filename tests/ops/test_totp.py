"""`helpdesk totp`: a seed is shown once and kept sealed; it counts for nothing until its owner confirmed it."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.run.codes import Codes
from bot.run.kit import utc_now
from bot.store import links
from bot.store.tables import authenticators
from tests.ops.beside import Desk, Told
from tests.ops.conftest import only_sqlite

KEY = "a secret key of thirty-two characters"


@pytest.fixture
def desk(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HELPDESK_SECRET_KEY", KEY)
    made = Desk(database_url)
    yield made
    made.database.close()


def seed(told: Told) -> str:
    """The seed as it was shown."""
    found = re.search(r"^Secret:  ((?:[A-Z2-7]{4} ?){8})$", told.out, re.MULTILINE)
    assert found, told
    return found[1].replace(" ", "")


def confirm(desk: Desk, shown: str, user: str = "U0DANA") -> str | None:
    codes = Codes(desk.database, SecretStr(KEY), utc_now)
    return asyncio.run(codes.confirm(user, pyotp.TOTP(shown).now()))


def enrolled(desk: Desk, user: str = "U0DANA") -> tuple[bool, bool]:
    """Enrolled; to be confirmed."""
    codes = Codes(desk.database, SecretStr(KEY), utc_now)
    return asyncio.run(codes.enrolled(user)), asyncio.run(codes.waiting(user))


def test_what_is_shown_makes_the_codes_that_confirm_it(desk: Desk) -> None:
    told = desk.run("totp", "enroll", "U0DANA")
    assert told.code == 0
    assert enrolled(desk) == (False, True)
    assert confirm(desk, seed(told)) is None
    assert enrolled(desk) == (True, False)


def test_the_address_for_apps_says_the_same(desk: Desk) -> None:
    told = desk.run("totp", "enroll", "U0DANA")
    address = re.search(r"^Address: (otpauth://\S+)$", told.out, re.MULTILINE)
    assert address
    app = pyotp.parse_uri(address[1])
    assert isinstance(app, pyotp.TOTP)
    assert (app.issuer, app.name, app.secret, app.digits, app.interval) == ("Helpdesk", "U0DANA", seed(told), 6, 30)


@only_sqlite
def test_a_seed_is_in_no_log_and_not_readable_in_the_database(desk: Desk, tmp_path: Path) -> None:
    told = desk.run("totp", "enroll", "U0DANA")
    desk.database.close()
    assert '"event": "authenticator made"' in told.err
    secret = seed(told)
    assert secret not in told.err
    assert secret.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_whoever_the_bot_never_saw_gets_one_with_a_warning(desk: Desk) -> None:
    warned = "Warning: U0DANA never did anything here"
    assert warned in desk.run("totp", "enroll", "U0DANA").out
    desk.look(lambda connection: links.claim(connection, "U0DANA", "U-201", 1.0))
    assert warned not in desk.run("totp", "enroll", "U0DANA").out


def test_each_seed_is_another_one(desk: Desk) -> None:
    seeds = {seed(desk.run("totp", "enroll", user)) for user in ("U0DANA", "U0DANA", "U0OMAR")}
    assert len(seeds) == 3


def test_one_that_was_never_confirmed_is_simply_made_anew(desk: Desk) -> None:
    lost = seed(desk.run("totp", "enroll", "U0DANA"))
    shown = seed(desk.run("totp", "enroll", "U0DANA"))
    assert confirm(desk, lost) is not None
    assert confirm(desk, shown) is None


def test_a_confirmed_one_is_replaced_only_where_that_is_said(desk: Desk) -> None:
    confirm(desk, seed(desk.run("totp", "enroll", "U0DANA")))
    told = desk.run("totp", "enroll", "U0DANA")
    assert (told.code, told.out) == (1, "")
    assert told.err == "U0DANA has an authenticator. To make another one in its place: --replace\n"
    assert enrolled(desk) == (True, False)

    told = desk.run("totp", "enroll", "U0DANA", "--replace")
    assert told.code == 0
    assert "until the new one is confirmed, U0DANA has none" in told.out
    assert enrolled(desk) == (False, True)


def test_one_that_was_taken_away_is_gone(desk: Desk) -> None:
    confirm(desk, seed(desk.run("totp", "enroll", "U0DANA")))
    assert desk.run("totp", "reset", "U0DANA").code == 0
    assert enrolled(desk) == (False, False)
    assert desk.look(lambda connection: connection.execute(select(authenticators)).all()) == []
    assert desk.run("totp", "reset", "U0DANA") == (1, "", "U0DANA has no authenticator.\n")


def test_another_key_than_the_others_were_made_with_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.run("totp", "enroll", "U0DANA")
    monkeypatch.setenv("HELPDESK_SECRET_KEY", "another secret key of enough characters")
    told = desk.run("totp", "enroll", "U0OMAR")
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("HELPDESK_SECRET_KEY is not the key that other authenticators were made with.")
    assert told.err.endswith("U0DANA\n")
    assert enrolled(desk, "U0OMAR") == (False, False)

    desk.run("totp", "reset", "U0DANA")
    assert desk.run("totp", "enroll", "U0OMAR").code == 0


def test_without_a_key_nothing_is_made(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HELPDESK_SECRET_KEY")
    told = desk.run("totp", "enroll", "U0DANA")
    assert told.code == 2
    assert told.err.startswith("HELPDESK_SECRET_KEY is missing.")
    assert enrolled(desk) == (False, False)
