"""Who sees a ticket and may do what with it: who opened it, who follows it, IT; for anybody else it does not exist."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.tools.rig import NOW, Desk, OwnDatabase
from tools.backends.sql_tickets import SqlTickets
from tools.backends.tables import ticket_watchers
from tools.backends.tickets import Change, Draft, Ticket
from tools.directory import lookup_user
from tools.spec import Tool, TryAgain, Untrusted
from tools.tickets import (
    CARRIES,
    MAX_LISTED,
    create_ticket,
    escalate_to_human,
    get_ticket,
    list_my_tickets,
    share_ticket,
    update_ticket,
)

LATER = NOW + timedelta(hours=1)
DRAFT = Draft(requester="U-123", queue="helpdesk", title="Zebra screen", description="zebra", priority="low")
PUBLIC = {"ticket_id", "queue", "priority", "status", "updated"}
HERE = {"ticket_id": "T-1001"}


@dataclass
class Sees:
    """Somebody of IT, or not; counts how often that was asked."""

    all_tickets: bool
    asked: int = 0

    async def person(self, _: str) -> bool:
        """See Sight."""
        return False

    async def tickets(self) -> bool:
        """See Sight."""
        self.asked += 1
        return self.all_tickets


IT: dict[str, Any] = {"requester": "U-201", "person": "U0DANA", "sight": Sees(all_tickets=True)}
SAM: dict[str, Any] = {"requester": "U-456", "person": "U0SAM"}


async def opened(database: OwnDatabase, *watchers: str, key: str = "t", **changes: Any) -> Ticket:
    """A ticket of Alex that these follow."""
    tickets = SqlTickets(database)
    ticket = await tickets.create(replace(DRAFT, **changes), key, NOW)
    for each in watchers:
        await tickets.update(ticket.id, Change(author="U-123", watcher=each), f"{key}-{each}", NOW)
    found = await tickets.find(ticket.id)
    assert found
    return found


@dataclass(frozen=True)
class Case:
    """Whose ticket it is, and who looks at it where."""

    requester: str | None
    watchers: frozenset[str]
    reader: str | None
    of_it: bool
    private: bool


PEOPLE = st.sampled_from(["U-123", "U-456", "U-201", "U-202"])
CASES = st.builds(
    Case,
    requester=st.none() | PEOPLE,
    watchers=st.frozensets(PEOPLE, max_size=3),
    reader=st.none() | PEOPLE,
    of_it=st.booleans(),
    private=st.booleans(),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(case=CASES)
async def test_the_words_are_seen_by_exactly_those_whose_ticket_it_is_in_private(
    database: OwnDatabase, desk: Desk, case: Case
) -> None:
    ticket = await opened(database, *case.watchers, key=f"{case}", requester=case.requester)
    who: dict[str, Any] = {"requester": case.reader, "private": case.private, "sight": Sees(case.of_it)}
    theirs = case.reader is not None and case.reader in {case.requester, *case.watchers}
    if not theirs and not (case.of_it and case.private):
        for tool, more in ((get_ticket, {}), (update_ticket, {"note": "x"}), (share_ticket, {"user_id": "U-100"})):
            there, nowhere = ({"ticket_id": each, **more} for each in (ticket.id, "T-99999"))
            assert await refused(desk, tool, there, who) == await refused(desk, tool, nowhere, who)
        return
    shown = await desk.result(get_ticket, {"ticket_id": ticket.id}, **who)
    assert isinstance(shown, Untrusted) is case.private
    assert ("zebra" in str(shown)) is case.private
    assert case.private or (isinstance(shown, dict) and set(shown) == PUBLIC)


async def refused(desk: Desk, tool: Tool, arguments: dict[str, Any], who: dict[str, Any]) -> tuple[str, int]:
    """What is said, without the number, and how often it was asked whether this is somebody of IT."""
    sight = who["sight"]
    before = sight.asked
    with pytest.raises(TryAgain) as raised:
        await desk.use(tool, arguments, key="k-refused", **who)
    return str(raised.value).replace(arguments["ticket_id"], "T-N"), sight.asked - before


async def test_who_follows_a_ticket_reads_it_and_adds_notes_and_no_more(desk: Desk, database: OwnDatabase) -> None:
    await opened(database)
    await desk.use(share_ticket, HERE | {"user_id": "U-456"}, key="s")
    assert (await desk.use(get_ticket, HERE, **SAM))["watchers"] == ["U-456"]
    await desk.use(update_ticket, HERE | {"note": "Same here."}, key="n", **SAM)
    for change in ({"status": "closed"}, {"priority": "urgent"}, {"status": "resolved", "note": "Done"}):
        with pytest.raises(TryAgain, match="they may add notes, and change nothing else"):
            await desk.use(update_ticket, HERE | change, key="c", **SAM)
    with pytest.raises(TryAgain, match="who opened it, and IT, may share it"):
        await desk.use(share_ticket, HERE | {"user_id": "U-302"}, key="s2", **SAM)
    ticket = await desk.use(get_ticket, HERE)
    assert (ticket["status"], ticket["watchers"]) == ("open", ["U-456"])
    assert [(note["author"], note["text"]) for note in ticket["notes"]] == [("U-456", "Same here.")]


async def test_people_of_it_work_on_any_ticket_in_a_direct_message_and_see_none_elsewhere(
    desk: Desk, database: OwnDatabase
) -> None:
    await opened(database)
    assert (await desk.use(get_ticket, HERE, **IT))["requester"] == "U-123"
    changed = {"status": "in_progress", "priority": "high", "note": "On it."}
    assert (await desk.use(update_ticket, HERE | changed, key="c", **IT))["status"] == "in_progress"
    assert await desk.use(share_ticket, HERE | {"user_id": "U-202"}, key="s", **IT)
    with pytest.raises(TryAgain, match="has no ticket T-1001"):
        await desk.use(get_ticket, HERE, private=False, **IT)


async def test_one_follows_a_ticket_once_and_never_ones_own(desk: Desk, database: OwnDatabase) -> None:
    await opened(database)
    for key, person in (("a", "U-456"), ("a", "U-456"), ("b", "U-456"), ("c", "U-123")):
        await desk.use(share_ticket, HERE | {"user_id": person}, key=key)
    rows = await database.run(lambda c: c.execute(select(ticket_watchers)).all())
    assert [tuple(row) for row in rows] == [(1, "U-456")]
    with pytest.raises(TryAgain, match="Nobody in the directory has the id U-999"):
        await desk.use(share_ticket, HERE | {"user_id": "U-999"}, key="d")


async def test_open_tickets_are_listed_with_those_that_are_followed(desk: Desk, database: OwnDatabase) -> None:
    await opened(database, "U-456", key="1")
    await opened(database, key="2", requester="U-456", title="Mine")
    await opened(database, key="3")
    done = await opened(database, "U-456", key="4")
    await SqlTickets(database).update(done.id, Change(author=None, status="closed"), "close", NOW)
    found = await desk.result(list_my_tickets, {}, **SAM)
    assert isinstance(found, Untrusted)
    assert found.authors == ("U-123", "U-456")
    listed = (await desk.use(list_my_tickets, {}, **SAM))["tickets"]
    assert [(each["ticket_id"], each["title"], each["followed"]) for each in listed] == [
        ("T-1002", "Mine", False),
        ("T-1001", "Zebra screen", True),
    ]
    public = await desk.use(list_my_tickets, {}, private=False, **SAM)
    assert [set(each) for each in public["tickets"]] == [PUBLIC | {"followed"}] * 2
    assert await desk.use(list_my_tickets, {}, requester=None) == {"tickets": [], "more": False}


async def test_a_long_list_says_that_there_is_more(desk: Desk, database: OwnDatabase) -> None:
    for number in range(MAX_LISTED + 1):
        await opened(database, key=str(number))
    found = await desk.use(list_my_tickets, {})
    assert (len(found["tickets"]), found["tickets"][0]["ticket_id"], found["more"]) == (MAX_LISTED, "T-1021", True)


async def test_the_thread_a_ticket_came_of_is_named_in_it(desk: Desk) -> None:
    thread = "https://acme.slack.com/archives/C0IT/p1"
    said = {"title": "Screen", "description": "Dark", "priority": "low"}
    await desk.use(create_ticket, said, thread=thread)
    await desk.use(escalate_to_human, {"summary": "Help"}, key="k2", thread=thread)
    await desk.use(create_ticket, said, key="k3")
    threads = [(await desk.use(get_ticket, {"ticket_id": f"T-{number}"}))["thread"] for number in (1001, 1002, 1003)]
    assert threads == [thread, thread, None]


async def test_a_summary_gives_its_first_paragraph_as_the_title(desk: Desk) -> None:
    await desk.use(escalate_to_human, {"summary": "The screen\nis dark\n\nTried: a reboot"})
    assert (await desk.use(get_ticket, HERE))["title"] == "The screen is dark"


READ = {"tainted": True, "authors": ("U-123", "U-201")}


async def test_a_note_carries_no_words_of_strangers_to_who_reads_the_ticket(desk: Desk, database: OwnDatabase) -> None:
    """Given somebody of IT who read Alex's ticket, and one of somebody else, whose words say: note all of it there."""
    await opened(database)
    note = HERE | {"note": "On it."}
    await desk.use(update_ticket, note, key="1", **IT, **READ)
    elsewhere = {**READ, "authors": ("U-123", "U-201", "U-302")}
    with pytest.raises(TryAgain) as raised:
        await desk.use(update_ticket, note, key="2", **IT, **elsewhere)
    assert str(raised.value) == CARRIES
    with pytest.raises(TryAgain):
        await desk.use(update_ticket, note, key="2", **IT, **READ, speakers=("U0CHLOE",))
    await desk.use(update_ticket, HERE | {"status": "resolved"}, key="3", **IT, **elsewhere)
    await desk.use(update_ticket, note, key="4", **elsewhere)
    assert len((await desk.use(get_ticket, HERE))["notes"]) == 2, "what only its owner and IT read may hold anything"


class SeesAll(Sees):
    """Somebody of IT who is shown the private fields of everybody, too."""

    async def person(self, _: str) -> bool:
        """See Sight."""
        return True


async def test_a_note_carries_nothing_of_somebody_whom_the_policy_shows(desk: Desk, database: OwnDatabase) -> None:
    """Given a ticket of Alex whose words say: note here which groups Chloe is in."""
    await opened(database)
    it = IT | {"sight": SeesAll(all_tickets=True)}
    chloe, own = [await desk.result(lookup_user, {"user_id": each}, **it) for each in ("U-302", "U-201")]
    assert isinstance(chloe, Untrusted)
    assert not isinstance(own, Untrusted)
    seen: dict[str, Any] = {"tainted": True, "authors": ("U-123", "U-201", *chloe.authors)}
    with pytest.raises(TryAgain) as raised:
        await desk.use(update_ticket, HERE | {"note": "admin-db"}, key="1", **it, **seen)
    assert str(raised.value) == CARRIES
    public = await desk.result(lookup_user, {"user_id": "U-302"}, **it | {"private": False})
    assert not isinstance(public, Untrusted), "what everybody may read is nobody's own"
