"""The embedded accounts: what only they have. The rest is in test_office_accounts.py."""

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, insert

from tests.tools.rig import NOW, Desk, OwnDatabase
from tools.accounts import reset_password, unlock_account
from tools.backends.accounts import LINK_VALID, ResetLink
from tools.backends.sql_accounts import SqlAccounts
from tools.backends.tables import account_changes, accounts
from tools.spec import NotPossible

SAM = {"user_id": "U-456"}


async def test_a_person_without_an_account_is_told(desk: Desk, database: OwnDatabase) -> None:
    await database.run(lambda c: c.execute(delete(accounts).where(accounts.c.person_id == "U-456")).close())
    with pytest.raises(NotPossible, match="U-456 has no sign-in account"):
        await desk.use(unlock_account, SAM)
    with pytest.raises(NotPossible, match="U-456 has no sign-in account"):
        await desk.use(reset_password, SAM, secret=SecretStr("token"))


async def test_one_key_for_two_changes_is_our_bug(database: OwnDatabase) -> None:
    system = SqlAccounts(database)
    await system.unlock("U-456", "k1", NOW)
    with pytest.raises(ValueError, match="one key"):
        await system.issue(ResetLink("U-456", "hash", NOW + LINK_VALID), "k1", NOW)


async def test_a_naive_time_is_refused_and_nothing_is_kept(database: OwnDatabase) -> None:
    naive = NOW.replace(tzinfo=None)
    row = {"key": "k", "person_id": "U-456", "change": "unlock", "effective": True, "at": naive}
    with pytest.raises(Exception, match="without a zone"):
        await database.run(lambda c: c.execute(insert(account_changes).values(row)).close())
    assert await SqlAccounts(database).unlock("U-456", "k", NOW)
