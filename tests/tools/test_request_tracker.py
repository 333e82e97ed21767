"""Tickets in a Request Tracker: what IT does there is seen here, and an answer that is lost does nothing twice."""

import logging
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import delete, select

from tests.tools.rig import NOW, OwnDatabase
from tests.tools.rt import FAILED, LOST, Between, Fault, RtWorld, between
from tests.tools.ticketing import RtTicketing, draft, rt_ticketing
from tools.backends.request_tracker import changes
from tools.backends.request_tracker.client import DOWN, REFUSED, connected
from tools.backends.request_tracker.reading import Reading
from tools.backends.request_tracker.server import Server, quoted
from tools.backends.request_tracker.tickets import GONE, NO_ADDRESS, RequestTracker
from tools.backends.sql_directory import SqlDirectory
from tools.backends.tables import rt_changes
from tools.backends.tickets import Change, Ticket
from tools.spec import NotPossible, ToolFailed

NOTE = Change(author="U-123", note="It's worse")


@pytest.fixture
async def middle(rt: RtWorld) -> AsyncIterator[Between]:
    async with between(rt) as made:
        yield made


@pytest.fixture
async def there(rt: RtWorld, sqlite: OwnDatabase, middle: Between) -> AsyncIterator[RtTicketing]:
    """Tickets in a Request Tracker, with somebody in between."""
    async with rt_ticketing(rt, sqlite, middle.url) as made:
        yield made


async def made(there: RtTicketing, **more: object) -> Ticket:
    return await there.tickets.create(replace(draft(), **more), there.key("made"), NOW)  # type: ignore[arg-type]


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
    first, second = await made(there), await there.tickets.create(draft(), there.key("b"), NOW)
    there.world.put(second.id, MergeInto=int(first.id[3:]))
    assert (await read(there, second)).id == first.id
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


# ── what gets lost ──


@pytest.mark.parametrize("fault", [LOST, FAILED])
async def test_a_ticket_whose_making_nobody_heard_of_is_there_once(
    there: RtTicketing, middle: Between, fault: Fault
) -> None:
    middle.faults = [fault]
    title = there.key("title")
    if fault is FAILED:
        with pytest.raises(TimeoutError):
            await made(there, title=title)
    first = await made(there, title=title)
    assert await made(there, title=title) == first
    assert there.world.count(f"Subject = '{title}'") == 1


async def test_a_ticket_that_came_late_is_merged_into_the_one_of_its_key(
    there: RtTicketing, sqlite: OwnDatabase
) -> None:
    """Given a request that was believed lost, when it arrives while it is made again, then there is one ticket."""
    title = there.key("title")
    first = await made(there, title=title)
    links = [each["_url"] for each in there.world.shown(first.id)["_hyperlinks"] if each["ref"] == "refers-to"]
    late = there.world.make(Subject=title, Content="Since Monday.", RefersTo=links)
    await sqlite.run(lambda connection: connection.execute(delete(rt_changes)).close())
    assert (await made(there, title=title)).id == first.id
    assert (await there.tickets.find(late) or first).id == first.id
    assert there.world.count(f"Subject = '{title}'") == 1


@pytest.mark.parametrize("fault", [LOST, FAILED])
async def test_a_note_that_nobody_heard_of_is_written_once(there: RtTicketing, middle: Between, fault: Fault) -> None:
    ticket = await made(there)
    middle.faults = [fault]
    if fault is FAILED:
        with pytest.raises(TimeoutError):
            await there.tickets.update(ticket.id, NOTE, there.key("a"), NOW)
    for _ in range(2):
        changed = await there.tickets.update(ticket.id, NOTE, there.key("a"), NOW)
        assert changed
        assert [(each.author, each.text) for each in changed.notes] == [("U-123", "It's worse")]


async def test_a_note_that_was_written_before_a_crash_is_found_again(there: RtTicketing, sqlite: OwnDatabase) -> None:
    ticket = await made(there)
    await there.tickets.update(ticket.id, NOTE, there.key("a"), NOW)
    forgotten = rt_changes.update().values(settled=False, transaction_id=None)
    await sqlite.run(lambda connection: connection.execute(forgotten).close())
    changed = await there.tickets.update(ticket.id, NOTE, there.key("a"), NOW)
    assert changed
    assert len(changed.notes) == 1


async def test_what_it_changes_meanwhile_is_not_lost(there: RtTicketing, middle: Between) -> None:
    """Given that Dana lowers the priority and adds somebody just before our change comes, then all of it is there."""
    ticket = await made(there)
    middle.faults = [Fault(before=lambda: there.world.put(ticket.id, Priority=0, Cc=["sam.patel@example.com"]))]
    change = Change(author="U-123", status="in_progress", watcher="U-201")
    changed = await there.tickets.update(ticket.id, change, there.key("a"), NOW)
    assert changed
    assert (changed.status, changed.priority, len(changed.watchers)) == ("in_progress", "low", 2)


async def test_what_was_done_and_undone_since_is_not_done_again(there: RtTicketing, middle: Between) -> None:
    ticket = await made(there)
    middle.faults = [LOST, *([FAILED] * changes.TRIES)]
    closing = Change(author="U-123", status="closed", priority="urgent")
    await there.tickets.update(ticket.id, closing, there.key("a"), NOW)
    unsettled = rt_changes.update().values(settled=False)
    await there.tickets.reading.database.run(lambda connection: connection.execute(unsettled).close())
    middle.faults = []
    there.world.put(ticket.id, Status="open", Priority=50)
    changed = await there.tickets.update(ticket.id, closing, there.key("a"), NOW)
    assert changed
    assert (changed.status, changed.priority) == ("in_progress", "normal")


async def test_a_change_that_rt_does_not_take_is_told(
    there: RtTicketing, middle: Between, caplog: pytest.LogCaptureFixture
) -> None:
    """RT answers with 200 and a sentence where a right is missing."""
    ticket = await made(there)
    middle.faults = [Fault(made=False)] * changes.TRIES
    with pytest.raises(NotPossible, match=changes.NOT_TAKEN):
        await there.tickets.update(ticket.id, Change(author="U-123", status="closed"), there.key("a"), NOW)
    assert "did not take a change" in caplog.text


async def test_who_always_comes_second_is_told(there: RtTicketing, middle: Between) -> None:
    ticket = await made(there)
    late = Fault(before=lambda: there.world.write(ticket.id, "Me first"))
    middle.faults = [late] * changes.TRIES
    with pytest.raises(ToolFailed, match=changes.CHANGES):
        await there.tickets.update(ticket.id, Change(author="U-123", status="closed"), there.key("a"), NOW)


# ── who is let in, and what stays a value ──


async def test_a_token_that_is_no_longer_good_is_a_sentence_and_not_in_the_log(
    rt: RtWorld, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = SecretStr("1-2-hunter2hunter2")
    async with connected(rt.url, wrong) as client:
        with caplog.at_level(logging.DEBUG), pytest.raises(ToolFailed, match=REFUSED):
            await Server(client).rows("id = 1", 1)
    assert "HELPDESK_RT_TOKEN" in caplog.text
    assert "hunter2" not in caplog.text


async def test_a_system_that_is_away_is_a_sentence(rt: RtWorld) -> None:
    async with connected("http://127.0.0.1:9", rt.token) as client:
        with pytest.raises(ToolFailed, match=DOWN):
            await Server(client).rows("id = 1", 1)


PARTS = ["'", '"', "\\", " OR ", "id > 0", "--", "(", ")", "%", "__CurrentUser__", "\n"]
ODD = st.lists(st.sampled_from(PARTS), min_size=1).map("".join)
ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=ODD | ANY)
async def test_whatever_is_asked_for_stays_one_value(rt: RtWorld, value: str) -> None:
    async with connected(rt.url, rt.token) as client:
        for field in ("Subject", "RefersTo", "Requestor.EmailAddress"):
            query = f"{field} = {quoted('none of this ' + value)} AND Status = '__Active__'"
            assert await Server(client).rows(query, 5) == []


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
