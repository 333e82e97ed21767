"""`helpdesk tokens`: a token is shown once and kept as its digest; two of a name at most, of one owner."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.tokens import digest_of
from bot.store import tokens
from tests.ops.beside import Desk, Told
from tests.ops.conftest import only_sqlite

OWNER = ("--owner", "U0DANA")
ALEX = ("--acts-for", "U0ALEX, U-456")


def made(told: Told) -> tuple[str, str]:
    """The token and its id, as they were shown."""
    assert told.code == 0, told
    found = re.search(r"^Token: (helpdesk_\S{43})\nId:    ([0-9a-f]{8})$", told.out, re.MULTILINE)
    assert found, told
    return found[1], found[2]


def known(desk: Desk, token: str, at: float | None = None) -> tokens.Token | None:
    now = at or datetime.now(UTC).timestamp()
    return desk.look(lambda connection: tokens.find(connection, digest_of(token), now))


def test_no_token_of_a_backup_is_good_because_one_that_was_revoked_since_looks_like_it(desk: Desk) -> None:
    token, _ = made(desk.run("tokens", "create", "portal", *OWNER, *ALEX))
    assert known(desk, token)
    told = desk.run("db", "restored")
    assert (told.code, "Tokens of the API that are no good any more" in told.out) == (0, True)
    assert "helpdesk tokens create: 1." in told.out
    assert known(desk, token) is None
    assert "create: 0." in desk.run("db", "restored").out


def test_a_token_is_found_by_itself_alone_and_says_whom_it_acts_for(desk: Desk) -> None:
    told = desk.run("tokens", "create", "portal", *OWNER, *ALEX)
    token, number = made(told)
    assert "Warning: U0DANA never did anything here" in told.out
    found = known(desk, token)
    assert found
    assert (found.id, found.name, found.owner, found.acts_for) == (number, "portal", "U0DANA", ("U0ALEX", "U-456"))
    assert known(desk, token[:-1]) is None
    assert known(desk, number) is None


@only_sqlite
def test_it_is_in_no_log_and_not_in_the_database(desk: Desk, tmp_path: Path) -> None:
    told = desk.run("tokens", "create", "portal", *OWNER, *ALEX)
    desk.database.close()
    token, _ = made(told)
    assert '"event": "token made"' in told.err
    assert token not in told.err
    assert token.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_one_that_is_revoked_or_too_old_is_found_no_more(desk: Desk) -> None:
    token, number = made(desk.run("tokens", "create", "portal", *OWNER, *ALEX, "--expires", "1d"))
    now = datetime.now(UTC).timestamp()
    assert known(desk, token)
    assert known(desk, token, now + 86_300)
    assert known(desk, token, now + 86_500) is None
    assert desk.run("tokens", "revoke", number).out == f"{number} is no good any more.\n"
    assert known(desk, token) is None
    assert desk.run("tokens", "revoke", number).code == 1
    assert f"{number}  portal  revoked" in desk.run("tokens", "list").out


def test_a_second_one_takes_the_first_ones_place_and_a_third_has_to_wait(desk: Desk) -> None:
    _, first = made(desk.run("tokens", "create", "portal", *OWNER, *ALEX))
    _, second = made(desk.run("tokens", "create", "portal", *OWNER, *ALEX))
    told = desk.run("tokens", "create", "portal", *OWNER, *ALEX)
    assert (told.code, told.out) == (1, "")
    assert "two valid tokens portal" in told.err
    assert {first, second} <= set(re.findall("[0-9a-f]{8}", told.err))
    desk.run("tokens", "revoke", first)
    made(desk.run("tokens", "create", "portal", *OWNER, *ALEX))


def test_a_name_is_one_owner_s_as_long_as_a_token_is_valid(desk: Desk) -> None:
    _, number = made(desk.run("tokens", "create", "portal", *OWNER, *ALEX))
    told = desk.run("tokens", "create", "portal", "--owner", "U0OMAR", *ALEX)
    assert (told.code, "belongs to U0DANA" in told.err) == (1, True)
    desk.run("tokens", "revoke", number)
    made(desk.run("tokens", "create", "portal", "--owner", "U0OMAR", *ALEX))


def test_everybody_has_to_be_asked_for_by_name(desk: Desk) -> None:
    for wrong in (("--acts-for", "*"), ("--acts-for", "U0ALEX,*"), ("--acts-for", ""), (), ("--acts-for", "a b")):
        assert desk.run("tokens", "create", "portal", *OWNER, *wrong).code == 2
    assert desk.run("tokens", "create", "portal", *OWNER, *ALEX, "--acts-for-anyone").code == 2
    token, _ = made(desk.run("tokens", "create", "portal", *OWNER, "--acts-for-anyone"))
    found = known(desk, token)
    assert found
    assert found.acts_for == ("*",)
    assert "for anyone" in desk.run("tokens", "list").out


@pytest.mark.parametrize("name", ["Portal", "a:b", "jwt:U0ALEX", "", "x" * 41, "-a"])
def test_names_are_simple(desk: Desk, name: str) -> None:
    assert desk.run("tokens", "create", *OWNER, *ALEX, "--", name).code == 2


def test_use_is_noted_to_the_hour(desk: Desk) -> None:
    token, _ = made(desk.run("tokens", "create", "portal", *OWNER, *ALEX))
    now = datetime.now(UTC).timestamp()
    assert "never used" in desk.run("tokens", "list").out
    for at in (now, now + 60, now + 4000):
        known(desk, token, at)
    (found,) = desk.look(tokens.listed)
    assert found.last_used_at == now + 4000
    assert "never used" not in desk.run("tokens", "list").out


def test_without_any_the_list_says_how_to_make_one(desk: Desk) -> None:
    assert desk.run("tokens", "list").out.startswith("There is no token.")
