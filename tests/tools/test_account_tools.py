"""Unlocking and one-time links: at most once a key, and no secret anywhere."""

import asyncio
import json
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, insert

from tests.tools.rig import NOW, Desk, OwnDatabase
from tools.accounts import reset_password, unlock_account
from tools.backends.accounts import LINK_VALID, PasswordRefused, Redemption, ResetLink, token_hash
from tools.backends.sql_accounts import SqlAccounts
from tools.backends.tables import account_changes, accounts
from tools.spec import NotPossible, Tool, TryAgain

TOKEN = SecretStr("mZ1tqV0wq1yLw1bq9Vv0S3Jt8m1n5x7c9e2g4i6k8o0")
PASSWORD = SecretStr("correct horse battery staple")
SAM = {"user_id": "U-456"}


@pytest.fixture
def system(database: OwnDatabase) -> SqlAccounts:
    return SqlAccounts(database)


async def issue(system: SqlAccounts, token: SecretStr = TOKEN, key: str = "k1") -> bool:
    return await system.issue(ResetLink("U-456", token_hash(token), NOW + LINK_VALID), key, NOW)


async def locked(system: SqlAccounts) -> bool:
    account = await system.find("U-456")
    assert account is not None
    return account.locked


async def test_unlocking_works_and_can_be_read_back(desk: Desk, system: SqlAccounts) -> None:
    assert await locked(system)
    assert await desk.use(unlock_account, SAM) == {"id": "U-456", "was_locked": True}
    assert not await locked(system)


async def test_a_repeated_key_answers_as_before_and_does_nothing(
    desk: Desk, system: SqlAccounts, database: OwnDatabase
) -> None:
    """Given an account that was unlocked and locked again since, then the same call does not unlock it."""
    await desk.use(unlock_account, SAM)
    await database.run(lambda c: c.execute(accounts.update().values(locked=True)).close())
    assert await desk.use(unlock_account, SAM) == {"id": "U-456", "was_locked": True}
    assert await locked(system)
    await desk.use(unlock_account, SAM, key="k2")
    assert not await locked(system)


async def test_unlocking_what_is_not_locked_says_so(desk: Desk) -> None:
    assert await desk.use(unlock_account, {"user_id": "U-123"}) == {"id": "U-123", "was_locked": False}


@pytest.mark.parametrize("tool", [unlock_account, reset_password], ids=lambda each: each.name)
async def test_nobody_of_that_id_is_the_models_mistake(desk: Desk, tool: Tool) -> None:
    with pytest.raises(TryAgain, match="U-999"):
        await desk.use(tool, {"user_id": "U-999"}, secret=TOKEN)


async def test_a_person_without_an_account_is_told(desk: Desk, database: OwnDatabase) -> None:
    await database.run(lambda c: c.execute(delete(accounts).where(accounts.c.person_id == "U-456")).close())
    with pytest.raises(NotPossible, match="U-456 has no sign-in account"):
        await desk.use(unlock_account, SAM)
    with pytest.raises(NotPossible, match="U-456 has no sign-in account"):
        await desk.use(reset_password, SAM, secret=TOKEN)


async def test_a_reset_leaves_its_secret_nowhere(desk: Desk, system: SqlAccounts, database: OwnDatabase) -> None:
    result = await desk.use(reset_password, SAM, secret=TOKEN)
    assert result == "A one-time link to set a new password, valid for 15 minutes, goes to U-456 by direct message."
    await system.redeem(TOKEN, PASSWORD, NOW)
    stored = await database.stored()
    assert b"k1" in stored
    for secret in (TOKEN, PASSWORD):
        assert secret.get_secret_value() not in json.dumps(result)
        assert secret.get_secret_value().encode() not in stored


async def test_a_reset_without_a_secret_is_our_bug(desk: Desk) -> None:
    with pytest.raises(RuntimeError, match="sealed"):
        await desk.use(reset_password, SAM)


async def test_the_link_of_a_reset_sets_the_password_and_unlocks(desk: Desk, system: SqlAccounts) -> None:
    await desk.use(reset_password, SAM, secret=TOKEN)
    later = NOW + timedelta(minutes=14, seconds=59)
    assert await system.redeem(TOKEN, PASSWORD, later) is Redemption.CHANGED
    account = await system.find("U-456")
    assert account is not None
    assert (account.locked, account.link_expires_at, account.password_changed_at) == (False, None, later)


async def test_a_link_works_once_even_for_two_at_the_same_time(system: SqlAccounts) -> None:
    await issue(system)
    outcomes = await asyncio.gather(*(system.redeem(TOKEN, PASSWORD, NOW) for _ in range(5)))
    assert sorted(each.name for each in outcomes) == ["CHANGED", *["UNKNOWN"] * 4]


async def test_a_link_ends_after_15_minutes(system: SqlAccounts) -> None:
    await issue(system)
    assert await system.redeem(TOKEN, PASSWORD, NOW + timedelta(minutes=15)) is Redemption.EXPIRED
    assert await locked(system)


@pytest.mark.parametrize("token", ["", "x", TOKEN.get_secret_value() + "x", token_hash(TOKEN), "' OR 1=1 --"])
async def test_a_token_that_was_never_issued_opens_nothing(system: SqlAccounts, token: str) -> None:
    await issue(system)
    assert await system.redeem(SecretStr(token), PASSWORD, NOW) is Redemption.UNKNOWN
    assert await locked(system)


@pytest.mark.parametrize("password", ["", "short", "a" * 40, "x1" * 200])
async def test_a_weak_password_is_refused_and_the_link_stays(system: SqlAccounts, password: str) -> None:
    await issue(system)
    with pytest.raises(PasswordRefused):
        await system.redeem(TOKEN, SecretStr(password), NOW)
    assert await system.redeem(TOKEN, PASSWORD, NOW) is Redemption.CHANGED


async def test_a_newer_link_replaces_the_older(system: SqlAccounts) -> None:
    newer = SecretStr("another-token")
    assert await issue(system)
    assert await issue(system, newer, "k2")
    assert await system.redeem(TOKEN, PASSWORD, NOW) is Redemption.UNKNOWN
    assert await system.redeem(newer, PASSWORD, NOW) is Redemption.CHANGED


async def test_a_repeated_key_does_not_revive_a_used_or_replaced_link(system: SqlAccounts) -> None:
    newer = SecretStr("another-token")
    await issue(system)
    await issue(system, newer, "k2")
    assert not await issue(system)
    assert await system.redeem(newer, PASSWORD, NOW) is Redemption.CHANGED
    assert not await issue(system, newer, "k2")
    assert await system.redeem(newer, PASSWORD, NOW) is Redemption.UNKNOWN


async def test_one_key_for_two_changes_is_our_bug(system: SqlAccounts) -> None:
    await system.unlock("U-456", "k1", NOW)
    with pytest.raises(ValueError, match="one key"):
        await issue(system)
    with pytest.raises(ValueError, match="one key"):
        await system.unlock("U-123", "k1", NOW)


async def test_a_naive_time_is_refused_and_nothing_is_kept(database: OwnDatabase) -> None:
    naive = NOW.replace(tzinfo=None)
    row = {"key": "k", "person_id": "U-456", "change": "unlock", "effective": True, "at": naive}
    with pytest.raises(Exception, match="without a zone"):
        await database.run(lambda c: c.execute(insert(account_changes).values(row)).close())
    assert await SqlAccounts(database).unlock("U-456", "k", NOW)
