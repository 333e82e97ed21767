"""What would differ between the databases if nobody took care: texts, numbers, times, order and lost connections."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Connection, make_url, text

from bot.store.database import Uncertain
from tests.tools.groups import add_groups, join
from tests.tools.rig import NOW, Desk, OwnDatabase
from tools.access import grant_access, list_my_access
from tools.backends.accounts import ResetLink
from tools.backends.database import Database, T
from tools.backends.sql_access import SqlAccess
from tools.backends.sql_accounts import SqlAccounts
from tools.backends.sql_devices import SqlDevices
from tools.backends.sql_directory import SqlDirectory
from tools.backends.sql_tickets import SqlTickets
from tools.backends.tickets import Change, Draft
from tools.spec import ToolFailed, TryAgain
from tools.tickets import create_ticket, get_ticket, update_ticket

#: texts that a model may send and one of the databases cannot keep or compare as it is
ODD = ["\0", "a\0b", "\ud800", "\U0010ffff", "'; DROP TABLE people; --", "%s %(x)s :x ?", "\\", "x" * 100_000]


@pytest.mark.parametrize("odd", ODD, ids=lambda each: ascii(each[:12]))
async def test_any_text_is_kept_and_compared(database: OwnDatabase, odd: str) -> None:
    """Given any text, then it names nobody and nothing, and a ticket and its note hold it as far as it can be kept."""
    assert await SqlDirectory(database).find(odd) is None
    assert await SqlDirectory(database).find_by_email(odd) is None
    assert await SqlAccess(database).resolve(odd) is None
    assert await SqlAccess(database).of(odd) == []
    assert not await SqlAccess(database).end(odd, NOW)
    assert await SqlDevices(database).resolve(odd) is None
    assert await SqlDevices(database).find(odd) == []
    assert await SqlAccounts(database).find(odd) is None
    draft = Draft(requester=odd, queue="helpdesk", title=odd, description=odd, priority="low")
    opened = await SqlTickets(database).create(draft, odd, NOW)
    assert await SqlTickets(database).create(draft, odd, NOW) == opened
    changed = await SqlTickets(database).update(opened.id, Change(author=odd, note=odd), odd, NOW)
    kept = odd.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    assert changed
    assert (changed.title, changed.description, changed.requester) == (kept, kept, kept)
    assert [(note.author, note.text) for note in changed.notes] == [(kept, kept)]


async def test_what_a_model_says_with_a_nul_in_it_is_done_like_anything_else(desk: Desk) -> None:
    opened = await desk.use(create_ticket, {"title": "Scr\0een", "description": "It \0 flickers", "priority": "low"})
    read = await desk.use(get_ticket, {"ticket_id": opened["ticket_id"]})
    assert (read["title"], read["description"]) == ("Scr\ufffdeen", "It \ufffd flickers")
    with pytest.raises(TryAgain, match="no group of that name"):
        await desk.use(grant_access, {"user_id": "U-456", "group": "vpn-users\0", "duration_hours": 1, "reason": "\0x"})


@pytest.mark.parametrize("digits", ["9" * 9, "2147483648", "9" * 10, "9" * 12, "9" * 15, "9" * 40, "0" * 8])
async def test_a_number_too_large_for_a_column_is_a_number_nobody_has(
    desk: Desk, database: OwnDatabase, digits: str
) -> None:
    assert await SqlTickets(database).find(f"T-{digits}") is None
    assert await SqlTickets(database).update(f"T-{digits}", Change(author=None, note="x"), "k", NOW) is None
    assert await SqlAccess(database).resolve(f"G-{digits}") is None
    assert not await SqlAccess(database).revoke("U-123", f"G-{digits}", "k", NOW)
    assert await SqlDevices(database).resolve(f"L-{digits}") is None
    if len(digits) <= 12:
        for tool, more in ((get_ticket, {}), (update_ticket, {"note": "x"})):
            with pytest.raises(TryAgain, match="no ticket"):
                await desk.use(tool, {"ticket_id": f"T-{digits}"} | more)


async def test_groups_are_listed_in_one_order_in_any_locale(desk: Desk, database: OwnDatabase) -> None:
    names = ["b", "B", "a b", "ab", "a-b", "Ä", "_", "zz"]
    await add_groups(database, *names)
    for name in names:
        await join(database, "U-456", name)
    listed = [each["group"] for each in (await desk.use(list_my_access, {}, requester="U-456"))["groups"]]
    assert listed == sorted([*names, "sales", "staff"])


async def test_times_are_utc_whatever_zone_the_database_is_set_to(database: OwnDatabase) -> None:
    if database.kind == "postgresql":
        zone = f"ALTER DATABASE {make_url(database.url).database} SET timezone = 'Asia/Kolkata'"
        await database.run(lambda c: c.execute(text(zone)).close())
    opened_since = OwnDatabase(database.url)
    await SqlAccess(opened_since).grant("U-456", "G-009", "k1", NOW, NOW)
    until = [each.until for each in await SqlAccess(opened_since).of("U-456")]
    opened_since.close()
    assert [each.isoformat() for each in until if each] == [NOW.isoformat()]


class CutOff:
    """A database whose connection ends while it commits."""

    async def run(self, _work: Callable[[Connection], T]) -> T:
        """See Database."""
        raise Uncertain("the connection ended while a transaction was committed")


@pytest.mark.parametrize("ending", ["grant", "revoke", "ticket", "unlock", "issue", "wipe"])
async def test_a_commit_nobody_heard_of_again_is_no_failure(ending: str) -> None:
    """Given that, then it is not told as "did not answer", after which people would do it once more."""
    cut: Database = CutOff()
    draft = Draft(requester=None, queue="helpdesk", title="x", description="y", priority="low")
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "grant": lambda: SqlAccess(cut).grant("U-456", "G-009", "k", None, NOW),
        "revoke": lambda: SqlAccess(cut).revoke("U-456", "G-009", "k", NOW),
        "ticket": lambda: SqlTickets(cut).create(draft, "k", NOW),
        "unlock": lambda: SqlAccounts(cut).unlock("U-456", "k", NOW),
        "issue": lambda: SqlAccounts(cut).issue(ResetLink("U-456", "hash", NOW), "k", NOW),
        "wipe": lambda: SqlDevices(cut).wipe("L-1005", "k", NOW),
    }
    with pytest.raises(Uncertain):
        await calls[ending]()
    assert not issubclass(Uncertain, ToolFailed)
