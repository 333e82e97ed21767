"""Tickets in a Request Tracker: what IT does there is seen here, and nothing that is asked for is more than a value."""

import logging
from base64 import b64encode
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import select

from tests.logs import logged
from tests.tools.rig import NOW, OwnDatabase
from tests.tools.rt import RtWorld
from tests.tools.ticketing import NOTE, RtTicketing, draft, made
from tools.backends.failures import DOWN, REFUSED, TICKETS
from tools.backends.request_tracker.client import connected
from tools.backends.request_tracker.reading import Reading
from tools.backends.request_tracker.server import Server, quoted
from tools.backends.request_tracker.tickets import GONE, NO_ADDRESS, RequestTracker
from tools.backends.sql_directory import SqlDirectory
from tools.backends.sql_persons import erase_record
from tools.backends.tables import rt_changes
from tools.backends.tickets import Change, Ticket
from tools.spec import NotPossible, ToolFailed


async def read(there: RtTicketing, ticket: Ticket) -> Ticket:
    found = await there.tickets.find(ticket.id)
    assert found is not None
    return found


# ── what IT sees and does there ──


async def test_it_sees_who_asks_the_thread_and_the_queue(there: RtTicketing) -> None:
    thread = "https://acme.slack.com/archives/C1/p1700000000000100"
    ticket = await made(there, thread=thread, queue="human")
    shown = there.world.shown(ticket.id)
    assert [each["id"] for each in shown["Requestor"]] == ["alex.chen@example.com"]
    assert (shown["Status"], shown["Priority"], ticket.queue) == ("new", "50", "human")
    assert thread in [each["_url"] for each in shown["_hyperlinks"]]
    assert ticket.url == f"{there.world.url}/Ticket/Display.html?id={ticket.id[3:]}"


async def test_what_it_writes_to_people_is_a_note_and_what_it_comments_is_not(there: RtTicketing) -> None:
    ticket = await made(there)
    there.world.write(ticket.id, "Secret suspicion", "comment")
    picture = {"FileName": "a.txt", "FileType": "text/plain", "FileContent": b64encode(b"a file").decode()}
    page = "<p>Try   <b>this</b>:<br>off &amp; on</p><style>p {}</style>"
    there.world.write(ticket.id, page, ContentType="text/html", Attachments=[picture])
    seen = await read(there, ticket)
    assert [(each.author, each.text) for each in seen.notes] == [("U-201", "Try this:\noff & on")]
    assert "Secret" not in str(seen)
    # an answer of IT's begins the work, as RT has it
    assert seen.status == "in_progress"


async def test_what_was_made_there_is_known_by_its_people(there: RtTicketing) -> None:
    ticket_id = there.world.make(
        Subject="Door", Content="It squeaks", Requestor=["Alex.Chen@Example.com"], Cc=["nobody@example.com", "dana"]
    )
    seen = (await there.tickets.open_of("U-123", 1))[0]
    assert (seen.id, seen.requester, seen.watchers, seen.description) == (ticket_id, "U-123", ("U-201",), "It squeaks")
    there.world.put(ticket_id, Status="stalled")
    assert (await read(there, seen)).status == "in_progress"
    there.world.put(ticket_id, Status="open", Owner="dana")
    assert (await read(there, seen)).status == "in_progress"


async def test_a_note_leaves_a_new_ticket_open_and_rt_opens_a_resolved_one_again(there: RtTicketing) -> None:
    ticket = await made(there)
    changed = await there.tickets.update(ticket.id, NOTE, there.key("a"), NOW)
    assert changed
    assert (changed.status, there.world.shown(ticket.id)["Status"]) == ("open", "open")
    there.world.put(ticket.id, Status="resolved")
    again = await there.tickets.update(ticket.id, NOTE, there.key("b"), NOW)
    assert again
    assert again.status == "open"


async def test_a_merged_ticket_is_the_one_it_is_in_and_a_deleted_one_is_none(there: RtTicketing) -> None:
    """And it keeps who wrote what, and whose words may be in it."""
    first = await made(there, authors=("U-201",))
    second = await there.tickets.create(replace(draft(), authors=("U-202",)), there.key("b"), NOW)
    await there.tickets.update(second.id, replace(NOTE, authors=("U-301",)), there.key("c"), NOW)
    there.world.put(second.id, MergeInto=int(first.id[3:]))
    merged = await read(there, second)
    assert (merged.id, merged.authors) == (first.id, ("U-201", "U-202", "U-301"))
    assert ("U-123", "It's worse") in [(each.author, each.text) for each in merged.notes]
    there.world.put(first.id, Status="deleted")
    assert await there.tickets.find(first.id) is None
    with pytest.raises(NotPossible, match=GONE):
        await made(there)


async def test_where_both_queues_are_one_a_ticket_is_still_in_the_one_it_was_made_for(
    rt: RtWorld, sqlite: OwnDatabase
) -> None:
    async with connected(rt.url, rt.token) as client:
        reading = Reading(server=Server(client), database=sqlite, url=rt.url, queues={"helpdesk": "IT", "human": "IT"})
        there = RtTicketing(RequestTracker(reading=reading, directory=SqlDirectory(sqlite)), world=rt)
        urgent = await made(there, queue="human")
        assert urgent.queue == "human"
        assert (await there.tickets.create(draft(), there.key("b"), NOW)).queue == "helpdesk"


async def test_who_has_no_address_can_ask_and_cannot_follow(there: RtTicketing) -> None:
    assert (await made(there, requester="U-999")).requester is None
    ticket = await there.tickets.create(draft(), there.key("b"), NOW)
    with pytest.raises(NotPossible, match=NO_ADDRESS.format("U-999")):
        await there.tickets.update(ticket.id, Change(author="U-123", watcher="U-999"), there.key("c"), NOW)


async def test_a_long_title_is_cut_where_rt_would_cut_it(there: RtTicketing) -> None:
    ticket = await made(there, title="ü" * 200)
    assert ticket.title == "ü" * 98 + "…"


# ── who is let in, and what stays a value ──


async def test_a_token_that_is_no_longer_good_is_a_sentence_and_not_in_the_log(
    rt: RtWorld, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = SecretStr("1-2-hunter2hunter2")
    async with connected(rt.url, wrong) as client:
        with caplog.at_level(logging.DEBUG), pytest.raises(ToolFailed, match=TICKETS.says(REFUSED)):
            await Server(client).rows("id = 1", 1)
    assert "HELPDESK_RT_TOKEN" in logged(caplog)
    assert "hunter2" not in logged(caplog)


async def test_a_system_that_is_away_is_a_sentence(rt: RtWorld) -> None:
    async with connected("http://127.0.0.1:9", rt.token) as client:
        with pytest.raises(ToolFailed, match=TICKETS.says(DOWN)):
            await Server(client).rows("id = 1", 1)


PARTS = ["'", '"', "\\", " OR ", "id > 0", "--", "(", ")", "%", "__CurrentUser__", "\n"]
ODD = st.lists(st.sampled_from(PARTS), min_size=1).map("".join)
ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=ODD | ANY)
async def test_whatever_is_asked_for_stays_one_value(there: RtTicketing, value: str) -> None:
    for field in ("Subject", "RefersTo", "Requestor.EmailAddress"):
        query = f"{field} = {quoted('none of this ' + value)} AND Status = '__Active__'"
        assert await there.tickets.reading.server.rows(query, 5) == []


async def test_an_address_with_a_quote_finds_its_own_tickets_only(rt: RtWorld) -> None:
    address = "o'hara@example.com"
    mine = rt.make(Subject="Mine", Requestor=[address])
    async with connected(rt.url, rt.token) as client:
        found = await Server(client).rows(f"Requestor.EmailAddress = {quoted(address)}", 5)
    assert [f"RT-{each.id}" for each in found] == [mine]


async def test_the_books_hold_no_words(there: RtTicketing, sqlite: OwnDatabase) -> None:
    ticket = await made(there, title="zqtitle", description="zqdescription")
    await there.tickets.update(ticket.id, Change(author="U-123", note="zqnote"), there.key("a"), NOW)
    rows = await sqlite.run(lambda connection: connection.execute(select(rt_changes)).all())
    assert len(rows) == 2
    assert "zq" not in str(rows)
    assert there.world.token.get_secret_value() not in repr(there.tickets)


async def test_whose_record_is_erased_wrote_no_note(there: RtTicketing, sqlite: OwnDatabase) -> None:
    ticket = await made(there)
    await there.tickets.update(ticket.id, NOTE, there.key("a"), NOW)
    await sqlite.run(lambda connection: erase_record(connection, "U-123"))
    seen = await read(there, ticket)
    assert (seen.requester, [each.author for each in seen.notes]) == (None, [None])
