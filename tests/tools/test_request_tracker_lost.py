"""An answer of a Request Tracker that is lost does nothing twice, and what others do meanwhile stays."""

import pytest
from sqlalchemy import delete

from tests.tools.rig import NOW, OwnDatabase
from tests.tools.rt_between import FAILED, LOST, Between, Fault
from tests.tools.ticketing import NOTE, RtTicketing, made
from tools.backends.request_tracker import changes
from tools.backends.tables import rt_changes
from tools.backends.tickets import Change
from tools.spec import NotPossible, ToolFailed


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
