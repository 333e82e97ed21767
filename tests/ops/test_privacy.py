"""`helpdesk privacy`: whatever item holds somebody's words is found; a cut-off erasure goes on; and it asks first."""

import asyncio
import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.core import items
from bot.core.files import FileRead
from bot.core.items import Item
from bot.errors import HelpdeskError
from bot.ops.privacy.erase import Wanted, erase
from bot.ops.privacy.talk import Mask, Talk
from bot.run.kit import utc_now
from bot.store import checkpoint_file, claims, inbox, links
from bot.store.arrivals import DeletionArrived, MessageArrived, ThreadId
from bot.store.database import Database
from bot.store.persons import Somebody
from bot.store.tables import (
    METADATA,
    attachments,
    conversations,
    deliveries,
    log,
    requests,
    sealed,
    snapshots,
    turns,
    usage,
)
from bot.store.tables import inbox as inbox_table
from tests.ops.beside import Told, command
from tests.ops.conftest import only_postgresql
from tests.ops.trail import KEY, Trail, audit
from tests.slack.cases import request
from tools.backends.tables import (
    access_grants,
    accounts,
    memories,
    people,
    people_groups,
    people_memberships,
    ticket_changes,
    ticket_watchers,
    tickets,
)
from tools.backends.tables import metadata as backends

HERE, THERE = "T1:C7:7.7", "T1:C8:8.8"
LATE = datetime(2020, 11, 20, tzinfo=UTC)
ALEX = {"id": "U-123", "name": "Alex Chen", "email": "alex.chen@example.com", "device": "zqword-device"}
SAM = {"id": "U-456", "name": "Sam Patel", "email": "sam.patel@example.com", "manager_id": "U-123"}

OPENED = items.Opened(tenant="T1", channel="C7", thread_ts="7.7", private=False)
HELLO = items.UserMessage(author="U0SAM", text="kept", ts="7.7")


@pytest.fixture
async def office(trail: Trail) -> Trail:
    """Alex and Sam are in the directory and linked."""

    def fill(connection: Connection) -> None:
        for each in (ALEX, SAM):
            connection.execute(insert(people).values(each))
        links.link(connection, "U0ALEX", "U-123", 1.0)
        links.link(connection, "U0SAM", "U-456", 1.0)

    await trail.database.run(fill)
    return trail


async def talk(trail: Trail, conversation: str, *said: Item) -> None:
    """Those are the items of a conversation that is at rest."""
    await trail.add(conversation, said)
    await trail.database.run(lambda c: c.execute(update(conversations).values(wake_at=None)))


async def erased(trail: Trail, person: str = "U0ALEX", *words: object) -> Told:
    told = ("privacy", "erase", person, "--yes", "--wait", "0", "--database-url", trail.url)
    return await asyncio.to_thread(command, *told, *words)


async def bodies(trail: Trail, conversation: str = HERE) -> list[str | None]:
    wanted = select(log.c.body).where(log.c.conversation == conversation).order_by(log.c.seq)
    return [*await trail.database.run(lambda c: c.scalars(wanted).all())]


def result(**changes: Any) -> items.ToolResult:
    return items.ToolResult(call=3, tool="get_ticket", outcome="done", output='"zqword"', **changes)


FILE = FileRead(id="F1", name="a.log", content="text", by="U0ALEX", text="zqword")

HELD: list[Item] = [
    items.UserMessage(author="U0ALEX", text="zqword", ts="1.1"),
    items.UserMessage(
        author="U0SAM", text="?", ts="1.1", quoted=items.Quoted(author="U0ALEX", text="zqword", permalink="")
    ),
    items.UserMessage(author="U0SAM", text="zqword ALEX CHEN", ts="1.1"),
    items.UserMessage(author="U0SAM", text="zqword Alex.Chen@example.com", ts="1.1"),
    items.Edited(ref=2, turn=2, author="U0ALEX", text="zqword", ts="7.7"),
    items.Attached(turn=2, ref=2, author="U0SAM", files=(FILE,)),
    items.Attached(turn=2, ref=2, author="U0ALEX", files=(FILE.model_copy(update={"by": None}),)),
    items.Earlier(turn=2, messages=(items.EarlierMessage(author="U0ALEX", text="zqword", ts="1.1"),), complete=True),
    items.Call(turn=2, tool="t", arguments='{"user_id": "U-123", "reason": "zqword"}'),
    items.Call(turn=2, tool="t", arguments='{"name": "zqword Al\\u0065x Chen", "user_id":"U-123"}'),
    result(speakers=("U0ALEX",)),
    result(authors=("U-123",)),
    items.ToolResult(call=3, tool="t", outcome="done", output='{"name": "Alex Chen", "location": "zqword"}'),
    items.Click(request=3, id="x", action="deny", actor="U0ALEX", pressed_at=LATE, reason="zqword"),
    items.Click(request=3, id="x", action="edit", actor="U0ALEX", pressed_at=LATE, arguments='{"a": "zqword"}'),
    items.Decision(click=3, request=3, actor="U0ALEX", verdict="deny", reason="zqword"),
    items.Close(request=3, verdict="denied", by="U0ALEX", reason="zqword"),
    items.HandedOver(call=3, by="U0ALEX", ticket="zqword"),
    items.Rebase(reason="compaction", since=2, summary="zqword: alex chen asked", covers=1),
    items.TurnOver(turn=2, why="failed", text="zqword, Alex Chen"),
    items.Refused(call=3, reason="zqword: Alex Chen has left"),
    items.ModelOutput(turn=2, seen=2, prompt="1", status="complete", parts=(items.Text(text="zqword Alex Chen"),)),
    request(requester="U0ALEX", words="zqword"),
    request(requester="U0SAM", edited_by="U0ALEX", number=3, version=2, note="zqword"),
]


@pytest.mark.parametrize("held", HELD, ids=lambda each: each.kind)
async def test_whatever_item_holds_their_words_is_erased_with_all_behind_it(office: Trail, held: Item) -> None:
    behind = items.ModelOutput(turn=2, seen=3, prompt="1", status="complete", parts=(items.Text(text="so: zqword"),))
    await talk(office, HERE, OPENED, HELLO, held, behind)
    assert (await erased(office)).code == 0
    found = await bodies(office)
    assert found[2:] == [None, None]
    # what is asked about somebody is asked in the words of a turn
    assert (found[1] is None) == (held.kind == "call")
    assert (await audit(office, "verify"))[0] == 0


PRESSED: list[Item] = [
    items.Click(request=3, id="x", action="approve", actor="U0ALEX", pressed_at=LATE),
    items.Decision(click=3, request=3, actor="U0ALEX", verdict="approve", record="U-123"),
    items.Close(request=3, verdict="denied", by="U0ALEX"),
    items.Feedback(turn=2, actor="U0ALEX", verdict="good"),
    items.UserMessage(author="U0SAM", text="ask <@U0ALEX>, or Alex", ts="1.1"),
]


@pytest.mark.parametrize("pressed", PRESSED, ids=lambda each: each.kind)
async def test_what_is_decided_without_a_word_stays_as_proof(office: Trail, pressed: Item) -> None:
    await talk(office, HERE, OPENED, HELLO, pressed)
    assert (await erased(office)).code == 0
    assert None not in await bodies(office)


async def test_more_words_that_name_them_can_be_told(office: Trail) -> None:
    await talk(office, HERE, OPENED, HELLO, items.UserMessage(author="U0SAM", text="Lexi is ill", ts="1.1"))
    await erased(office, "U-123", "--also", "LEXI", "--also", " ")
    assert [body is None for body in await bodies(office)] == [False, False, True]


async def test_what_an_erased_message_was_answered_goes_too(office: Trail) -> None:
    """Alex deleted it in Slack; the answer may repeat it."""
    said = items.UserMessage(author="U0ALEX", text="zqword", ts="1.1")
    answer = items.ModelOutput(turn=3, seen=3, prompt="1", status="complete", parts=(items.Text(text="zqword"),))
    await talk(office, HERE, OPENED, HELLO, said, answer)
    await office.erase(HERE, 3)
    await erased(office)
    assert [body is None for body in await bodies(office)] == [False, False, True, True]


async def test_what_others_wrote_behind_an_erasure_is_theirs_also_when_it_is_said_again(office: Trail) -> None:
    await talk(office, HERE, OPENED, HELLO, items.UserMessage(author="U0ALEX", text="zqword", ts="1.1"))
    await erased(office)
    await talk(office, HERE, OPENED, HELLO)
    for person in ("U0ALEX", "U-123", "U0ALEX"):
        assert (await erased(office, person)).code == 0
        assert [body is None for body in await bodies(office)] == [False, False, True, False, False]
    # and a later one still finds what stands before the earlier one
    await erased(office, "U0SAM")
    assert [body is None for body in await bodies(office)] == [False, True, True, False, True]


# ── all that is not the log ──


def plant(connection: Connection) -> None:
    """Rows about Alex in all other tables that keep any, and one of Sam's beside them."""
    ticket = {"queue": "helpdesk", "priority": "low", "status": "open", "created_at": LATE, "updated_at": LATE}
    nobody = {"authors": "[]", "speakers": "[]"}
    said = {"title": "zqword", "description": "zqword"}
    for row in (
        {"key": "1", "requester": "U-123"} | said | nobody,
        {"key": "2", "requester": "U-456"} | said | nobody | {"speakers": '["U0ALEX"]'},
        {"key": f"{HERE}#9", "requester": None} | said | nobody,
        {"key": "4", "requester": "U-456", "title": "kept", "description": "kept"} | nobody,
    ):
        connection.execute(insert(tickets).values(ticket | row))
    note = {"at": LATE} | nobody
    for key, number, author, words in (
        ("1", 1, "U-456", "zqword"),
        ("2", 4, "U-123", "zqword"),
        ("3", 4, "U-456", "kept"),
    ):
        connection.execute(
            insert(ticket_changes).values(note | {"key": key, "ticket_number": number, "author": author, "note": words})
        )
    for person in ("U-123", "U-456"):
        connection.execute(insert(ticket_watchers).values(ticket_number=3, person=person))
    memory = {"workspace": "T1", "tainted": False, "at": LATE} | nobody
    for key, person, fact in (("1", "U0ALEX", "zqword"), ("2", "U0SAM", "zqword of Alex Chen"), ("3", "U0SAM", "kept")):
        connection.execute(insert(memories).values(memory | {"key": key, "person": person, "fact": fact}))
    connection.execute(insert(people_groups).values(number=1, name="g", privileged=False, owner_id="U-123"))
    connection.execute(insert(people_memberships).values(person_id="U-123", group_number=1, granted=False))
    connection.execute(insert(accounts).values(person_id="U-123", locked=False))
    used = dict.fromkeys(
        ("calls", "failed", "repeated", "tokens_in", "tokens_cached", "tokens_out", "cost", "unpriced", "ms"), 1
    )
    for principal in ("U0ALEX", "", "U0SAM"):
        where = {"tenant": "T1", "day": "2020-11-20", "principal": principal, "model": "m", "prompt": "1"}
        connection.execute(insert(usage).values(where | used))
    turn = {"tenant": "T1", "started_at": 1.0, "running": 0, "refused": 0}
    connection.execute(insert(turns).values(turn | {"conversation": HERE, "turn": 3, "author": "U0ALEX"}))
    asked = {"conversation": THERE, "tool": "t", "requester": "U0SAM", "opened_at": 1.0, "expires_at": 2.0}
    closed = {"id": "r1", "number": 1, "verdict": "denied", "closed_by": "U0ALEX", "reason": "zqword"}
    connection.execute(insert(requests).values(asked | closed))
    picture = {"conversation": HERE, "seq": 3, "sha256": "s", "body": b"zqword", "at": 9e9}
    connection.execute(insert(attachments).values(picture))
    place = {"conversation": HERE, "seq": 3}
    shown = {"target": "thread", "part": 0, "created_at": 1.0, "made_by": "p", "wanted": "w", "due": 0}
    connection.execute(insert(deliveries).values(place | shown | {"content": "zqword"}))
    connection.execute(insert(snapshots).values(place | {"hash": "h", "version": "v", "body": "zqword"}))
    secret = {"conversation": HERE, "call": 3, "ciphertext": b"zqword", "expires_at": 9e9}
    connection.execute(insert(sealed).values(secret))
    overheard = {"conversation": "T1:C9:9.9", "sent_at": 1.0, "received_at": 9e9, "needs_thread": 1}
    connection.execute(
        insert(inbox_table).values(overheard | {"key": "o", "body": '{"author":"U0ALEX","text":"zqword"}'})
    )


#: all there are, also those that nobody thought of here
TABLES = (*METADATA.sorted_tables, *backends.sorted_tables)


def words_in(connection: Connection) -> list[str]:
    """Where the planted word is."""
    found = []
    for table in TABLES:
        rows = connection.execute(select(table)).all()
        found += [table.name for row in rows if "zqword" in str(tuple(row)) or "Alex Chen" in str(tuple(row))]
    return found


async def full(trail: Trail) -> None:
    said = items.UserMessage(author="U0ALEX", text="zqword", ts="1.1")
    for conversation in (HERE, THERE):
        await talk(trail, conversation, OPENED, HELLO, said)
    await trail.database.run(plant)


def state(connection: Connection) -> list[str]:
    """All rows that matter, up to their order."""
    tables = (
        tickets,
        ticket_changes,
        ticket_watchers,
        memories,
        people,
        people_groups,
        requests,
        log,
        attachments,
        usage,
        turns,
        conversations,
    )
    return sorted(f"{table.name} {tuple(row)}" for table in tables for row in connection.execute(select(table)))


async def test_checkpoints_of_before_still_fit(office: Trail, tmp_path: Path) -> None:
    await full(office)
    file = tmp_path / "checkpoints"
    await checkpoint_file.write(office.database, file, KEY, LATE)
    for person in ("U0ALEX", "U0SAM"):
        assert (await erased(office, person)).code == 0
        assert (await audit(office, "verify", "--checkpoint", file))[0] == 0
    await checkpoint_file.write(office.database, file, KEY, LATE)
    assert (await audit(office, "verify", "--checkpoint", file))[0] == 0


async def test_rows_about_them_go_and_sums_and_others_stay(office: Trail) -> None:
    await full(office)
    told = await erased(office)
    assert (told.code, "the words of 2 tickets and of 2 notes, and 2 memories" in told.out) == (0, True), told
    assert await office.database.run(words_in) == []
    kept = await office.database.run(
        lambda c: c.execute(select(tickets.c.title).order_by(tickets.c.number)).scalars().all()
    )
    assert kept == ["[erased]", "[erased]", "[erased]", "kept"]
    assert "that they follow 1 tickets of others" in told.out
    following = await office.database.run(lambda c: c.scalars(select(ticket_watchers.c.person)).all())
    assert following == ["U-456"]
    sums = await office.database.run(lambda c: c.execute(select(usage.c.principal, usage.c.calls)).all())
    assert sorted(map(tuple, sums)) == [("", 2), ("U0SAM", 1)]
    sam = await office.database.run(lambda c: c.execute(select(people)).all())
    assert [(each.id, each.manager_id) for each in sam] == [("U-456", None)]
    assert json.loads(told.err)["who"] == "U0ALEX, U-123"


async def test_which_tickets_they_follow_is_handed_out(office: Trail) -> None:
    await full(office)
    told = await asyncio.to_thread(command, "privacy", "export", "U-123", "--database-url", office.url)
    found = [json.loads(line) for line in told.out.splitlines()]
    followed = [each for each in found if each["about"] == "ticket_followed"]
    assert followed == [{"about": "ticket_followed", "ticket_number": 3, "person": "U-123"}]


async def test_cut_off_anywhere_and_said_again_all_of_it_is_gone(
    office: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run is let one transaction further than the one before."""
    await full(office)
    run, left = Database.run, [0]

    class CutOff(Exception):
        """The process is gone."""

    async def fused(self: Database, work: Callable[[Connection], Any], **how: Any) -> Any:
        if self.address == office.database.address and self is not office.database:
            left[0] -= 1
            if left[0] < 0:
                raise CutOff
        return await run(self, work, **how)

    monkeypatch.setattr(Database, "run", fused)
    for allowed in range(1, 100):
        left[0] = allowed
        try:
            await erase(office.url, Wanted("U0ALEX", wait=0), utc_now, lambda _: True, io.StringIO())
            break
        except CutOff:
            pass
    assert allowed >= 10
    assert await office.database.run(words_in) == []
    once = await office.database.run(state)
    left[0] = 1_000
    await erase(office.url, Wanted("U0ALEX", wait=0), utc_now, lambda _: True, io.StringIO())
    assert await office.database.run(state) == once
    assert (await audit(office, "verify"))[0] == 0


async def test_what_goes_on_or_does_not_verify_or_is_still_to_end_is_left_and_named(office: Trail) -> None:
    await full(office)

    def open_things(connection: Connection) -> None:
        connection.execute(update(conversations).where(conversations.c.id == HERE).values(wake_at=9e9))
        grant = {
            "key": "g",
            "person_id": "U-123",
            "group_id": "G-001",
            "until": LATE,
            "added": True,
            "granted_at": LATE,
        }
        connection.execute(insert(access_grants).values(grant))

    await office.database.run(open_things)
    await asyncio.to_thread(office.tamper, "UPDATE log SET tool = 'x' WHERE conversation = ? AND seq = 1", THERE)
    told = await erased(office)
    assert told.code == 1
    assert f"{HERE}: something is open or going on there" in told.err
    assert f"{THERE}: not as it was written" in told.err
    assert sorted(await office.database.run(words_in)) == [
        "attachments", "deliveries", "log", "log", "people", "sealed", "snapshots",
    ]  # fmt: skip
    waiting = select(inbox_table.c.body).where(inbox_table.c.conversation == HERE)
    assert [json.loads(each) for each in await office.database.run(lambda c: c.scalars(waiting).all())] == [
        {"type": "deletion", "ts": "1.1"}
    ]
    await asyncio.to_thread(office.tamper, "UPDATE log SET tool = NULL WHERE conversation = ? AND seq = 1", THERE)
    await office.database.run(lambda c: c.execute(update(conversations).values(wake_at=None)))
    await office.database.run(lambda c: c.execute(update(inbox_table).values(body=None)))
    assert "the directory: access for a time is still to end" in (await erased(office)).err
    await office.database.run(lambda c: c.execute(update(access_grants).values(ended_at=LATE)))
    assert (await erased(office)).code == 0
    assert await office.database.run(words_in) == []


@only_postgresql
async def test_what_a_worker_has_just_now_is_left_to_it(office: Trail) -> None:
    await full(office)
    await office.database.run(lambda c: claims.beat(c, "one"))
    assert await office.database.run(lambda c: claims.take(c, HERE, "one"))
    told = await erased(office)
    assert (told.code, told.err.count("something is open")) == (1, 1)
    assert None not in await bodies(office)
    await office.database.run(lambda c: claims.held(c, HERE, "one"))
    await office.database.run(lambda c: claims.release(c, HERE, "one"))
    await office.database.run(lambda c: c.execute(update(inbox_table).values(body=None)))
    assert (await erased(office)).code == 0


async def test_what_waits_for_the_bot_is_to_be_deleted_as_soon_as_it_is_taken_up(office: Trail) -> None:
    place = ThreadId(tenant="T1", channel="C6", thread_ts="6.6", private=False)
    said = MessageArrived(thread=place, author="U0ALEX", text="zqword", ts="6.6")
    put = partial(inbox.put, key="m", conversation="T1:C6:6.6", arrived=said, sent_at=1.0, received_at=1.0)
    await office.database.run(put)
    told = await erased(office)
    assert (told.code, "T1:C6:6.6: something is open" in told.err) == (1, True)
    waiting = await office.database.run(lambda c: inbox.waiting(c, "T1:C6:6.6"))
    assert [each for _, _, each in waiting] == [said, DeletionArrived(ts="6.6")]
    assert (await erased(office)).code == 1
    assert len(await office.database.run(lambda c: inbox.waiting(c, "T1:C6:6.6"))) == 2


async def test_it_asks_first_and_nobody_at_a_terminal_is_no(office: Trail) -> None:
    await full(office)
    before = await office.database.run(state)
    told = await asyncio.to_thread(command, "privacy", "erase", "U0ALEX", "--database-url", office.url)
    assert (told.code, told.err) == (2, "Nobody can be asked here. If you are sure: --yes\n")
    with pytest.raises(HelpdeskError, match=r"Nothing was erased\."):
        await erase(office.url, Wanted("U0ALEX"), utc_now, lambda _: False, io.StringIO())
    assert await office.database.run(state) == before


async def test_where_two_claim_to_be_one_somebody_has_to_decide_first(office: Trail) -> None:
    await office.database.run(lambda c: links.unlink(c, "U0ALEX"))
    for user in ("U0ALEX", "U0EVE"):
        await office.database.run(lambda c, user=user: links.claim(c, user, "U-123", 1.0), alone=True)  # type: ignore[misc]
    for person in ("U-123", "U0EVE"):
        told = await erased(office, person)
        assert (told.code, told.err[:32]) == (1, "Several Slack users claim to be ")


# ── what is handed out ──


def handed(said: Sequence[Item], who: Somebody, people_known: Sequence[tuple[str, str]] = ()) -> list[dict[str, Any]]:
    reader = Talk(who, Mask(people_known))
    return [line for seq, item in enumerate(said, 1) for line in reader.said(seq, item)]


def test_an_answer_is_handed_out_until_the_ai_has_read_what_others_said() -> None:
    def answer(text: str) -> Item:
        return items.ModelOutput(turn=1, seen=1, prompt="1", status="complete", parts=(items.Text(text=text),))

    mine = items.UserMessage(author="U0ALEX", text="hello", ts="1.1")
    lines = handed([mine, answer("first"), HELLO, answer("he said: kept")], Somebody(("U0ALEX",), "U-123"))
    assert [(line["about"], line["text"]) for line in lines] == [
        ("message", "hello"), ("answer", "first"), ("answer", None),
    ]  # fmt: skip


def test_others_are_named_by_their_ids_in_whatever_case_and_parts_of_words_are_left_alone() -> None:
    mask = Mask([("U-456", "Sam Patel"), ("U-456", "sam.patel@example.com"), ("U-7", "Ann")])
    assert mask.over("sam patel (SAM.PATEL@example.com), Ann and Anna; Samuel") == "U-456 (U-456), U-7 and Anna; Samuel"
