"""Accounts, wherever they are: embedded, by SCIM or by LDAP: at most once a key, and no secret anywhere."""

import asyncio
import json
from datetime import timedelta

import pytest
from pydantic import SecretStr

from tests.tools.office import LockingOffice, Office
from tests.tools.rig import NOW, OwnDatabase
from tools.accounts import reset_password, unlock_account
from tools.backends.accounts import LINK_VALID, PasswordRefused, Redemption, ResetLink, token_hash
from tools.spec import NotPossible, Tool, TryAgain

TOKEN, NEWER = SecretStr("mZ1tqV0wq1yLw1bq9Vv0S3Jt8m1n5x7c9e2g4i6k8o0"), SecretStr("another-token")
PASSWORD = SecretStr("correct horse battery staple")
SAM = {"user_id": "U-456"}

#: SCIM knows no locks
LOCKING = pytest.mark.parametrize("office", ["sql", "ldap"], indirect=True)


async def issue(office: Office, token: SecretStr = TOKEN, key: str = "k1", person: str = "U-456") -> bool:
    return await office.passwords.issue(ResetLink(person, token_hash(token), NOW + LINK_VALID), key, NOW)


async def redeem(office: Office, token: SecretStr = TOKEN) -> Redemption:
    return await office.passwords.redeem(token, PASSWORD, NOW)


# ── one-time links ──


async def test_the_link_of_a_reset_sets_the_password(office: Office, database: OwnDatabase) -> None:
    result = await office.desk.use(reset_password, SAM, secret=TOKEN)
    assert result == "A one-time link to set a new password, valid for 15 minutes, goes to U-456 by direct message."
    assert not await office.has_password("U-456", PASSWORD)
    later = NOW + timedelta(minutes=14, seconds=59)
    assert await office.passwords.redeem(TOKEN, PASSWORD, later) is Redemption.CHANGED
    assert await office.has_password("U-456", PASSWORD)
    stored = await database.stored()
    assert b"k1" in stored
    for secret in (TOKEN, PASSWORD):
        assert secret.get_secret_value() not in json.dumps(result)
        assert secret.get_secret_value().encode() not in stored


async def test_a_link_works_once_even_for_two_at_the_same_time(office: Office) -> None:
    await issue(office)
    outcomes = await asyncio.gather(*(redeem(office) for _ in range(5)))
    assert sorted(each.name for each in outcomes) == ["CHANGED", *["UNKNOWN"] * 4]


async def test_a_link_ends_after_15_minutes(office: Office) -> None:
    await issue(office)
    assert await office.passwords.redeem(TOKEN, PASSWORD, NOW + timedelta(minutes=15)) is Redemption.EXPIRED
    assert not await office.has_password("U-456", PASSWORD)


@pytest.mark.parametrize("token", ["", "x", TOKEN.get_secret_value() + "x", token_hash(TOKEN), "' OR 1=1 --", "*"])
async def test_a_token_that_was_never_issued_opens_nothing(office: Office, token: str) -> None:
    await issue(office)
    assert await redeem(office, SecretStr(token)) is Redemption.UNKNOWN
    assert not await office.has_password("U-456", PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "a" * 40, "x1" * 200])
async def test_a_weak_password_is_refused_and_the_link_stays(office: Office, password: str) -> None:
    await issue(office)
    with pytest.raises(PasswordRefused, match=r"^Use "):
        await office.passwords.redeem(TOKEN, SecretStr(password), NOW)
    assert await redeem(office) is Redemption.CHANGED


async def test_a_newer_link_replaces_the_older(office: Office) -> None:
    assert await issue(office)
    assert await issue(office, NEWER, "k2")
    assert await redeem(office) is Redemption.UNKNOWN
    assert await redeem(office, NEWER) is Redemption.CHANGED


async def test_a_repeated_key_does_not_revive_a_used_or_replaced_link(office: Office) -> None:
    await issue(office)
    await issue(office, NEWER, "k2")
    assert not await issue(office)
    assert await redeem(office, NEWER) is Redemption.CHANGED
    assert not await issue(office, NEWER, "k2")
    assert await redeem(office, NEWER) is Redemption.UNKNOWN


async def test_one_key_for_two_people_is_our_bug(office: Office) -> None:
    await issue(office)
    with pytest.raises(ValueError, match="one key"):
        await issue(office, NEWER, person="U-123")


async def test_who_is_not_there_gets_no_link(office: Office) -> None:
    with pytest.raises(TryAgain, match="U-999"):
        await office.desk.use(reset_password, {"user_id": "U-999"}, secret=TOKEN)
    with pytest.raises(NotPossible, match="U-999"):
        await issue(office, person="U-999")
    assert await redeem(office) is Redemption.UNKNOWN


async def test_a_reset_without_a_secret_is_our_bug(office: Office) -> None:
    with pytest.raises(RuntimeError, match="sealed"):
        await office.desk.use(reset_password, SAM)


# ── locks ──


@LOCKING
async def test_unlocking_works_and_can_be_read_back(office: LockingOffice) -> None:
    assert await office.is_locked("U-456")
    assert await office.desk.use(unlock_account, SAM) == {"id": "U-456", "was_locked": True}
    assert not await office.is_locked("U-456")


@LOCKING
async def test_a_repeated_key_answers_as_before_and_does_nothing(office: LockingOffice) -> None:
    """Given an account that was unlocked and locked again since, then the same call does not unlock it."""
    await office.desk.use(unlock_account, SAM)
    await office.lock("U-456")
    assert await office.desk.use(unlock_account, SAM) == {"id": "U-456", "was_locked": True}
    assert await office.is_locked("U-456")
    await office.desk.use(unlock_account, SAM, key="k2")
    assert not await office.is_locked("U-456")


@LOCKING
async def test_unlocking_what_is_not_locked_says_so(office: LockingOffice) -> None:
    assert await office.desk.use(unlock_account, {"user_id": "U-123"}) == {"id": "U-123", "was_locked": False}


@LOCKING
async def test_a_new_password_unlocks(office: LockingOffice) -> None:
    await issue(office)
    assert await redeem(office) is Redemption.CHANGED
    assert not await office.is_locked("U-456")


@LOCKING
@pytest.mark.parametrize("tool", [unlock_account, reset_password], ids=lambda each: each.name)
async def test_nobody_of_that_id_is_the_models_mistake(office: LockingOffice, tool: Tool) -> None:
    with pytest.raises(TryAgain, match="U-999"):
        await office.desk.use(tool, {"user_id": "U-999"}, secret=TOKEN)
    with pytest.raises(NotPossible, match="U-999"):
        await office.locks.unlock("U-999", "k2", NOW)


@LOCKING
async def test_one_key_for_two_unlockings_is_our_bug(office: LockingOffice) -> None:
    await office.locks.unlock("U-456", "k1", NOW)
    with pytest.raises(ValueError, match="one key"):
        await office.locks.unlock("U-123", "k1", NOW)
