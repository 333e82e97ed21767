"""Tickets: one's own only, once a key, and nothing of their text in a channel."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from tests.tools.rig import NOW, Desk, OwnDatabase
from tools.backends.sql_tickets import SqlTickets
from tools.backends.tables import tickets as ticket_table
from tools.backends.tickets import Change, Draft, Priority
from tools.spec import BadArguments, TryAgain, Untrusted
from tools.tickets import create_ticket, escalate_to_human, get_ticket, update_ticket

SCREEN = {"title": "Screen\n flickers ", "description": " Since Monday. ", "priority": "normal"}
LATER = NOW + timedelta(hours=1)


def draft(title: str = "x", priority: Priority = "low") -> Draft:
    return Draft(requester="U-123", queue="helpdesk", title=title, description="y", priority=priority)


async def test_a_ticket_is_opened_and_read_back(desk: Desk) -> None:
    opened = await desk.use(create_ticket, SCREEN)
    assert opened == {
        "ticket_id": "T-1001",
        "queue": "helpdesk",
        "priority": "normal",
        "status": "open",
        "updated": "2026-11-21T09:00:00+00:00",
    }
    assert await desk.use(get_ticket, {"ticket_id": "T-1001"}) == opened | {
        "requester": "U-123",
        "watchers": [],
        "title": "Screen flickers",
        "description": "Since Monday.",
        "notes": [],
        "thread": None,
    }


async def test_a_repeated_key_opens_no_second_ticket(desk: Desk, database: OwnDatabase) -> None:
    first = await desk.use(create_ticket, SCREEN)
    assert await desk.use(create_ticket, SCREEN, now=LATER) == first
    assert (await desk.use(create_ticket, SCREEN, key="k2"))["ticket_id"] == "T-1002"
    assert len(await database.run(lambda c: c.execute(select(ticket_table)).all())) == 2


async def test_changes_and_notes_are_kept_in_order(desk: Desk) -> None:
    await desk.use(create_ticket, SCREEN)
    here = {"ticket_id": "T-1001"}
    await desk.use(update_ticket, here | {"note": " Only at noon. "}, key="k2", now=LATER)
    await desk.use(update_ticket, here | {"status": "resolved", "priority": "low", "note": "Gone"}, key="k3", now=LATER)
    ticket = await desk.use(get_ticket, here)
    assert (ticket["status"], ticket["priority"], ticket["updated"]) == ("resolved", "low", LATER.isoformat())
    assert [(note["author"], note["text"]) for note in ticket["notes"]] == [
        ("U-123", "Only at noon."),
        ("U-123", "Gone"),
    ]


async def test_a_ticket_with_text_is_untrusted_and_names_who_wrote_it(desk: Desk, database: OwnDatabase) -> None:
    """Given notes by a colleague and by nobody in particular, then the known authors are named; its line is typed."""
    await desk.use(create_ticket, SCREEN)
    for author, key in (("U-201", "k2"), (None, "k3"), ("U-201", "k4")):
        await SqlTickets(database).update("T-1001", Change(author=author, note="Seen."), key, NOW)
    read = await desk.result(get_ticket, {"ticket_id": "T-1001"})
    assert isinstance(read, Untrusted)
    assert read.authors == ("U-123", "U-201")
    assert not isinstance(await desk.result(get_ticket, {"ticket_id": "T-1001"}, private=False), Untrusted)
    assert not isinstance(await desk.result(update_ticket, {"ticket_id": "T-1001", "note": "x"}, key="k5"), Untrusted)


async def test_whose_words_the_model_had_read_is_kept_with_what_it_wrote_down(desk: Desk) -> None:
    read = {"tainted": True, "authors": ("U-201",), "speakers": ("U0DANA",)}
    opened = await desk.use(create_ticket, {"title": "Screen", "description": "It flickers", "priority": "low"}, **read)
    noted = {"ticket_id": opened["ticket_id"], "note": "Omar says so, too"}
    await desk.use(update_ticket, noted, key="k2", **(read | {"authors": ("U-202",), "speakers": ("U0OMAR",)}))
    found = await desk.result(get_ticket, {"ticket_id": opened["ticket_id"]})
    assert isinstance(found, Untrusted)
    assert found.authors == ("U-123", "U-201", "U-202")
    assert found.speakers == ("U0DANA", "U0OMAR")


async def test_a_repeated_key_changes_nothing(desk: Desk) -> None:
    """Given a ticket that was closed and opened again, when the closing is repeated, then it stays open."""
    await desk.use(create_ticket, SCREEN)
    closing = {"ticket_id": "T-1001", "status": "closed", "note": None, "priority": None}
    await desk.use(update_ticket, closing, key="k2")
    await desk.use(update_ticket, closing | {"status": "open"}, key="k3")
    assert (await desk.use(update_ticket, closing, key="k2"))["status"] == "open"


async def test_an_update_that_changes_nothing_is_sent_back(desk: Desk) -> None:
    await desk.use(create_ticket, SCREEN)
    with pytest.raises(TryAgain, match="Nothing to change"):
        await desk.use(update_ticket, {"ticket_id": "T-1001", "status": None, "note": None, "priority": None})


@pytest.mark.parametrize("requester", ["U-456", None])
async def test_anothers_ticket_is_like_none(desk: Desk, requester: str | None) -> None:
    await desk.use(create_ticket, SCREEN)
    said = []
    for ticket_id in ("T-1001", "T-9999"):
        for tool, more in ((get_ticket, {}), (update_ticket, {"note": "hello"})):
            with pytest.raises(TryAgain) as raised:
                await desk.use(tool, {"ticket_id": ticket_id} | more, requester=requester, key="k2")
            said.append(str(raised.value).replace(ticket_id, "T-N"))
    assert len(set(said)) == 1
    assert (await desk.use(get_ticket, {"ticket_id": "T-1001"}))["notes"] == []


async def test_nobody_in_particular_is_not_the_same_person_twice(desk: Desk) -> None:
    await desk.use(create_ticket, SCREEN, requester=None)
    with pytest.raises(TryAgain, match="no ticket T-1001"):
        await desk.use(get_ticket, {"ticket_id": "T-1001"}, requester=None)


async def test_in_a_channel_a_ticket_has_no_text(desk: Desk) -> None:
    await desk.use(create_ticket, SCREEN)
    shown = await desk.use(get_ticket, {"ticket_id": "T-1001"}, private=False)
    assert set(shown) == {"ticket_id", "queue", "priority", "status", "updated"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " \n"},
        {"title": "\x1c\x00"},
        {"description": "\u200b\u202e\ufeff"},
        {"title": "x" * 201},
        {"description": ""},
        {"priority": "critical"},
        {"priority": None},
        {"status": "open"},
    ],
)
async def test_a_ticket_says_something(desk: Desk, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadArguments):
        await desk.use(create_ticket, SCREEN | wrong)


async def test_escalation_is_an_urgent_ticket_in_the_human_queue_once(desk: Desk, database: OwnDatabase) -> None:
    summary = {"summary": "Locked out of everything. " * 20}
    first = await desk.use(escalate_to_human, summary)
    assert first["ticket_id"] == "T-1001"
    assert "people in IT" in first["what_happens_next"]
    assert await desk.use(escalate_to_human, summary) == first
    ticket = await SqlTickets(database).find("T-1001")
    assert ticket is not None
    assert (ticket.queue, ticket.priority, ticket.requester) == ("human", "urgent", "U-123")
    assert len(ticket.title) <= 100
    assert ticket.description == summary["summary"].strip()


async def test_somebody_unknown_can_reach_a_person_too(desk: Desk) -> None:
    assert (await desk.use(escalate_to_human, {"summary": "Help"}, requester=None))["ticket_id"] == "T-1001"


@pytest.mark.parametrize(
    "unknown", ["T-1001", "T-0999", "T-0000", "", "1001", "T-1001 ", "T-999999999999999", "T-१००१"]
)
async def test_a_ticket_that_is_not_there_is_none(database: OwnDatabase, unknown: str) -> None:
    backend = SqlTickets(database)
    assert await backend.find(unknown) is None
    assert await backend.update(unknown, Change(author=None, note="x"), "k", NOW) is None


async def test_a_number_is_never_given_twice(database: OwnDatabase) -> None:
    backend = SqlTickets(database)
    assert (await backend.create(draft(), "a", NOW)).id == "T-1001"
    await database.run(lambda c: c.execute(delete(ticket_table)).close())
    assert (await backend.create(draft(), "b", NOW)).id == "T-1002"


async def test_the_table_refuses_what_no_tool_can_say(database: OwnDatabase) -> None:
    with pytest.raises(Exception, match=r"(?i)check constraint"):
        await SqlTickets(database).create(draft(priority="huge"), "a", NOW)  # type: ignore[arg-type] # the point
