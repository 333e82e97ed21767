"""Access where the directory does not answer, puts members back, or people and memberships are gone."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import delete, text

from tests.tools.groups import do
from tests.tools.rig import NOW, Desk, OwnDatabase, impatient
from tests.tools.test_access_tools import GRANT, LATER, VPN, in_vpn
from tools.access import grant_access, list_my_access, revoke_access
from tools.backends.sql_access import SqlAccess
from tools.backends.tables import people_memberships
from tools.spec import NotPossible, Tool, ToolFailed

#: a directory that puts members back, as a synchronisation from elsewhere would; and one that does so no more
_AGAIN = "INSERT INTO people_memberships VALUES (old.person_id, old.group_number, old.granted);"
PUT_BACK = {
    "sqlite": (f"CREATE TRIGGER put_back AFTER DELETE ON people_memberships BEGIN {_AGAIN} END",),
    "postgresql": (
        f"CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {_AGAIN} RETURN NULL; END'",
        "CREATE TRIGGER put_back AFTER DELETE ON people_memberships FOR EACH ROW EXECUTE FUNCTION again()",
    ),
}
PUT_BACK_NO_MORE = {
    "sqlite": ("DROP TRIGGER put_back",),
    "postgresql": ("DROP TRIGGER put_back ON people_memberships",),
}


@pytest.mark.parametrize("ends", [None, "k1"])
async def test_a_membership_that_comes_back_is_a_failure_until_it_is_gone(
    desk: Desk, database: OwnDatabase, ends: str | None
) -> None:
    """Given that, then neither end nor revocation counts as done, and the same call succeeds once it works again."""
    await desk.use(grant_access, GRANT)
    await do(database, *map(text, PUT_BACK[database.kind]))
    for _ in range(2):
        with pytest.raises(ToolFailed, match="is there again"):
            await desk.use(revoke_access, VPN, key="k2", ends=ends)
    await do(database, *map(text, PUT_BACK_NO_MORE[database.kind]))
    await desk.use(revoke_access, VPN, key="k2", ends=ends)
    assert not await in_vpn(database)


async def test_one_key_for_two_changes_is_our_bug(database: OwnDatabase) -> None:
    access = SqlAccess(database)
    await access.grant("U-456", "G-009", "k1", None, NOW)
    await access.revoke("U-456", "G-009", "k2", NOW)
    with pytest.raises(ValueError, match="one key"):
        await access.grant("U-456", "G-001", "k1", None, NOW)
    with pytest.raises(ValueError, match="one key"):
        await access.revoke("U-123", "G-009", "k2", NOW)


async def test_a_grant_to_somebody_who_left_is_refused_in_words(database: OwnDatabase) -> None:
    with pytest.raises(NotPossible, match="U-999 is not in the directory any more"):
        await SqlAccess(database).grant("U-999", "G-009", "k1", None, NOW)


async def test_the_end_of_a_grant_is_no_matter_where_the_membership_is_gone(desk: Desk, database: OwnDatabase) -> None:
    await desk.use(grant_access, GRANT)
    await do(database, delete(people_memberships).where(people_memberships.c.person_id == "U-456"))
    assert not await SqlAccess(database).end("k1", LATER)
    assert not await in_vpn(database)


@pytest.mark.parametrize(
    ("tool", "arguments", "ends"),
    [(grant_access, GRANT, None), (revoke_access, VPN, None), (revoke_access, VPN, "k1"), (list_my_access, {}, None)],
)
async def test_a_system_that_does_not_answer_is_told_and_changes_nothing(
    desk: Desk, database: OwnDatabase, tool: Tool, arguments: Mapping[str, Any], ends: str | None
) -> None:
    await database.run(impatient)
    silent = r"^The (directory|access system) did not answer\. Please try again"
    with database.away(), pytest.raises(ToolFailed, match=silent):
        await desk.use(tool, arguments, ends=ends)
    await desk.use(tool, arguments, ends=ends)
