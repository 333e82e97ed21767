"""What every ticket system does, whatever it is made of."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.rig import NOW
from tests.tools.ticketing import Ticketing, draft
from tools.backends.tickets import ID_PATTERN, Change, Note, Priority, Status, Ticket

LATER = NOW + timedelta(hours=1)

#: no text holds them, and a system may leave them out or put something in their place
NONE = "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
UNSTORABLE = re.compile(f"[\0\ud800-\udfff\ufdd0-\ufdef{NONE}]")
CONTROLS = re.compile("[\x01-\x08\x0b-\x1f\x7f]")


def kept(text: str) -> str:
    """What has to come back of it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return CONTROLS.sub("", UNSTORABLE.sub("\ufffd", lines))


def said(notes: tuple[Note, ...]) -> list[tuple[str | None, str]]:
    return [(each.author, each.text) for each in notes]


async def found(ticketing: Ticketing, ticket_id: str) -> Ticket:
    ticket = await ticketing.tickets.find(ticket_id)
    assert ticket is not None
    return ticket


async def test_a_ticket_is_made_as_it_was_drafted(ticketing: Ticketing) -> None:
    wanted = replace(draft(), queue="human", priority="urgent", authors=("U-202", "U-201"), speakers=("U0DANA",))
    made = await ticketing.tickets.create(wanted, ticketing.key("a"), NOW)
    assert re.fullmatch(ID_PATTERN, made.id)
    assert (made.requester, made.queue, made.title, made.description) == (
        "U-123", "human", "Screen flickers", "Since Monday.",
    )  # fmt: skip
    assert (made.priority, made.status, made.notes, made.watchers) == ("urgent", "open", (), ())
    assert (made.authors, made.speakers) == (("U-201", "U-202"), ("U0DANA",))
    assert made.created_at.tzinfo is not None
    assert made.created_at.astimezone(UTC) <= made.updated_at
    assert await found(ticketing, made.id) == made


async def test_a_repeated_key_makes_no_second_ticket_and_another_does(ticketing: Ticketing) -> None:
    first = await ticketing.tickets.create(draft("One"), ticketing.key("a"), NOW)
    await ticketing.tickets.update(first.id, Change(author="U-123", status="resolved"), ticketing.key("b"), LATER)
    again = await ticketing.tickets.create(draft("One"), ticketing.key("a"), LATER)
    assert (again.id, again.status) == (first.id, "resolved")
    assert (await ticketing.tickets.create(draft("One"), ticketing.key("c"), LATER)).id != first.id


async def test_a_ticket_of_nobody_in_particular_is_nobodys(ticketing: Ticketing) -> None:
    made = await ticketing.tickets.create(draft(requester=None), ticketing.key("a"), NOW)
    assert made.requester is None


@pytest.mark.parametrize(
    "unknown",
    ["RT-999999999", "T-9999", "", "1", "RT-0", "RT-1 OR id > 0", "RT-1'", "RT-१", "T-99999999999999", "RT--1"],
)
async def test_what_is_no_ticket_is_none(ticketing: Ticketing, unknown: str) -> None:
    assert await ticketing.tickets.find(unknown) is None
    change = Change(author="U-123", note="x", status="closed")
    assert await ticketing.tickets.update(unknown, change, ticketing.key("a"), NOW) is None


async def test_notes_are_in_order_with_who_wrote_them(ticketing: Ticketing) -> None:
    made = await ticketing.tickets.create(draft(), ticketing.key("a"), NOW)
    for number, (author, text) in enumerate((("U-123", "First"), ("U-201", "Second"), (None, "Third"))):
        change = Change(author=author, note=text, authors=(f"U-20{number}",))
        await ticketing.tickets.update(made.id, change, ticketing.key(text), LATER)
    ticket = await found(ticketing, made.id)
    assert said(ticket.notes) == [("U-123", "First"), ("U-201", "Second"), (None, "Third")]
    assert [each.at for each in ticket.notes] == sorted(each.at for each in ticket.notes)
    assert ticket.authors == ("U-200", "U-201", "U-202")
    assert (ticket.status, ticket.priority, ticket.description) == ("open", "normal", "Since Monday.")


async def test_every_status_and_priority_can_be_set_and_is_read_back(ticketing: Ticketing) -> None:
    made = await ticketing.tickets.create(draft(), ticketing.key("a"), NOW)
    statuses: list[Status] = ["in_progress", "closed", "resolved", "open"]
    priorities: list[Priority] = ["low", "high", "urgent", "normal"]
    for status, priority in zip(statuses, priorities, strict=True):
        change = Change(author="U-123", status=status, priority=priority)
        ticket = await ticketing.tickets.update(made.id, change, ticketing.key(status), LATER)
        assert ticket is not None
        assert (ticket.status, ticket.priority) == (status, priority)
        assert await found(ticketing, made.id) == ticket


async def test_a_repeated_key_changes_nothing(ticketing: Ticketing) -> None:
    """Given a ticket that was closed and opened again, when the closing is repeated, then it stays open."""
    made = await ticketing.tickets.create(draft(), ticketing.key("a"), NOW)
    closing = Change(author="U-123", status="closed", note="Enough")
    await ticketing.tickets.update(made.id, closing, ticketing.key("b"), NOW)
    await ticketing.tickets.update(made.id, Change(author="U-123", status="open"), ticketing.key("c"), NOW)
    ticket = await ticketing.tickets.update(made.id, closing, ticketing.key("b"), LATER)
    assert ticket is not None
    assert (ticket.status, said(ticket.notes)) == ("open", [("U-123", "Enough")])


async def test_the_same_words_under_two_keys_are_two_notes(ticketing: Ticketing) -> None:
    made = await ticketing.tickets.create(draft(), ticketing.key("a"), NOW)
    for name in ("b", "c", "b"):
        await ticketing.tickets.update(made.id, Change(author="U-123", note="Hello?"), ticketing.key(name), NOW)
    assert said((await found(ticketing, made.id)).notes) == [("U-123", "Hello?")] * 2


async def test_open_tickets_are_listed_for_their_person_newest_first(ticketing: Ticketing) -> None:
    made = [
        (await ticketing.tickets.create(draft(str(each), requester=who), ticketing.key(str(each)), NOW)).id
        for each, who in enumerate(("U-123", "U-123", "U-456", "U-123", "U-123"))
    ]
    change = Change(author="U-123", status="in_progress", note="On it")
    await ticketing.tickets.update(made[1], change, ticketing.key("p"), LATER)
    await ticketing.tickets.update(made[3], Change(author="U-123", status="resolved"), ticketing.key("q"), LATER)
    listed = await ticketing.tickets.open_of("U-123", 2)
    assert [(each.id, each.status, len(each.notes)) for each in listed] == [
        (made[4], "open", 0),
        (made[1], "in_progress", 1),
    ]
    assert await ticketing.tickets.open_of("U-999", 10) == []


async def test_changes_at_the_same_time_lose_nothing(ticketing: Ticketing) -> None:
    made = await ticketing.tickets.create(draft(), ticketing.key("a"), NOW)
    changes = [
        Change(author="U-123", note="One", priority="high"),
        Change(author="U-201", note="Two"),
        Change(author="U-456", status="in_progress", note="Three"),
    ]
    await asyncio.gather(
        *(ticketing.tickets.update(made.id, each, ticketing.key(str(each.note)), LATER) for each in changes)
    )
    ticket = await found(ticketing, made.id)
    assert sorted(said(ticket.notes), key=str) == [("U-123", "One"), ("U-201", "Two"), ("U-456", "Three")]
    assert (ticket.priority, ticket.status) == ("high", "in_progress")


TEXTS = st.text(alphabet=st.characters(codec=None), min_size=1, max_size=50).filter(lambda text: kept(text).strip())


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=TEXTS, description=TEXTS, note=TEXTS, number=st.uuids())
async def test_text_with_any_character_comes_back_as_it_was(
    ticketing: Ticketing, title: str, description: str, note: str, number: object
) -> None:
    """But for line ends, control characters, and what no text can hold."""
    line = " ".join(kept(title).split())
    made = await ticketing.tickets.create(draft(line, description), ticketing.key(f"a{number}"), NOW)
    await ticketing.tickets.update(made.id, Change(author="U-123", note=note), ticketing.key(f"b{number}"), NOW)
    ticket = await found(ticketing, made.id)
    assert (kept(ticket.title), kept(ticket.description)) == (line, kept(description))
    assert [kept(each.text) for each in ticket.notes] == [kept(note)]


async def test_who_follows_a_ticket_finds_it_among_their_own(ticketing: Ticketing) -> None:
    made = await ticketing.tickets.create(draft(), ticketing.key("a"), NOW)
    await asyncio.gather(
        *(
            ticketing.tickets.update(made.id, Change(author="U-123", watcher=each), ticketing.key(each), LATER)
            for each in ("U-456", "U-201")
        )
    )
    again = await ticketing.tickets.update(made.id, Change(author="U-123", watcher="U-201"), ticketing.key("c"), LATER)
    assert again is not None
    assert again.watchers == ("U-201", "U-456")
    assert [each.id for each in await ticketing.tickets.open_of("U-456", 1)] == [made.id]


async def test_a_ticket_leads_back_to_the_thread_it_came_of(ticketing: Ticketing) -> None:
    thread = "https://acme.slack.com/archives/C1/p1700000000000100?thread_ts=1700000000.000100&cid=C1"
    made = await ticketing.tickets.create(replace(draft(), thread=thread), ticketing.key("a"), NOW)
    assert (made.thread, made.description) == (thread, "Since Monday.")
    assert (await ticketing.tickets.create(draft(), ticketing.key("b"), NOW)).thread is None
