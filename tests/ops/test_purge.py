"""`helpdesk purge`: what is long over goes, and that it went is provable; what is open, or does not verify, stays."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, func, insert, select

from bot.ops import purge as command_of
from bot.ops.audit.findings import Pinned, begin
from bot.ops.audit.reading import oldest_first, reading, records
from bot.ops.audit.verify import walk
from bot.store import checkpoint_file, claims, deliveries, house, inbox, purge, resting, tombstones
from bot.store.arrivals import ThawArrived
from bot.store.deliveries import Shown
from bot.store.tables import attachments, conversations, endings, log, requests, sealed, snapshots, starts, turns, usage
from bot.store.tables import deliveries as shown
from tests.ops.beside import Told, command
from tests.ops.conftest import only_postgresql
from tests.ops.trail import KEY, RESET, SHORT, WIFI, Hand, Trail, audit, exported, rehash, short

SIGNING = tombstones.signing_key(KEY)

#: later than anything in the trail
BEFORE = 2e9


@pytest.fixture
async def over(trail: Trail) -> Trail:
    """Three conversations at rest, years old."""
    await rest(trail)
    return trail


async def rest(trail: Trail) -> None:
    """Nothing is to be done in any conversation."""
    await asyncio.to_thread(trail.tamper, "UPDATE conversations SET wake_at = NULL")


async def purged(trail: Trail, *words: object) -> Told:
    """`helpdesk purge --older-than 90d`."""
    told = ("purge", "--older-than", "90d", "--database-url", trail.url)
    return await asyncio.to_thread(command, *told, *words)


async def items_of(trail: Trail) -> dict[str, int]:
    """How many items each conversation has that has any."""
    count = select(log.c.conversation, func.count()).group_by(log.c.conversation)
    return {name: many for name, many in await trail.database.run(lambda c: c.execute(count).all())}  # noqa: C416 -- rows


async def checkpointed(trail: Trail, file: Path) -> None:
    await checkpoint_file.write(trail.database, file, KEY, trail.now)


# ── what goes, and what is left of it ──


async def test_what_is_long_over_goes_and_a_tombstone_stays(over: Trail, tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.jsonl"
    await checkpointed(over, file)
    told = await purged(over)
    assert (told.code, told.out[:58]) == (0, "Purged 3 conversations with 24 items, in which nothing is ")
    assert json.loads(told.err)["items"] == "24"
    assert await items_of(over) == {}
    code, said = await audit(over, "verify", "--checkpoint", file)
    assert (code, said[:71]) == (0, "0 items in 3 conversations (3 purged, by who had the key); chain whole;")
    assert "newer" not in said
    await checkpointed(over, file)
    assert (await audit(over, "verify", "--checkpoint", file))[0] == 0, "those before and after it both fit"
    assert (await purged(over)).out.startswith("Purged 0 conversations with 0 items")


async def test_a_conversation_that_went_on_is_proven_from_its_tombstone_and_is_purged_again(
    over: Trail, tmp_path: Path
) -> None:
    file = tmp_path / "checkpoints.jsonl"
    for _ in range(3):
        await purged(over)
        await over.add(SHORT, short()[1:] * 2)
        await checkpointed(over, file)
        code, said = await audit(over, "verify", "--checkpoint", file)
        assert (code, said[:56]) == (0, "2 items in 3 conversations (3 purged, by who had the key"), said
        assert await items_of(over) == {SHORT: 2}
        await rest(over)
    over.tamper("UPDATE log SET prev_hash = hash WHERE seq = (SELECT min(seq) FROM log)")
    assert f"{SHORT}, item 7: its record was changed" in (await audit(over, "verify"))[1]


async def test_an_export_has_a_line_for_what_was_purged_and_is_proven_without_the_database(
    over: Trail, tmp_path: Path
) -> None:
    checkpoints, file = tmp_path / "checkpoints.jsonl", tmp_path / "export.jsonl"
    await checkpointed(over, checkpoints)
    await purged(over)
    await over.add(SHORT, short()[1:])
    lines = await exported(over)
    assert [(line["conversation"], line.get("purged_to"), line.get("seq")) for line in lines] == [
        (WIFI, 13, None),
        (RESET, 9, None),
        (SHORT, 2, None),
        (SHORT, None, 3),
    ]

    async def verified(changed: list[dict[str, object]]) -> tuple[int, str]:
        file.write_text("".join(json.dumps(line) + "\n" for line in changed))
        over.tamper("UPDATE conversations SET head = 1")
        return await audit(over, "verify", "--export", file, "--checkpoint", checkpoints)

    code, said = await verified(lines)
    assert (code, said[:56]) == (0, "1 items in 3 conversations (3 purged, by who had the key")
    code, said = await verified(lines[1:])
    assert (code, said[: len(WIFI) + 16]) == (1, f"{WIFI}: all is missing")
    for place, change in ((0, {"purged_to": 14}), (1, {"conversation": WIFI}), (2, {"tombstone": "x"})):
        changed = [dict(line) for line in lines]
        changed[place].update(change)
        assert (await verified(changed))[0] == 1, change
    assert "is no record" in (await verified([{**lines[0], "more": 1}, *lines[1:]]))[1]
    assert "in another place" in (await verified([lines[1], lines[0], *lines[2:]]))[1]
    assert "in another place" in (await verified([*lines[:3], *lines[2:]]))[1]


async def test_a_verification_that_runs_meanwhile_sees_all_or_nothing_of_it(over: Trail) -> None:
    findings = begin(Pinned(None, KEY, over.now))
    async with reading(over.url) as reader:
        places = await reader.run(oldest_first)
        await purged(over)
        assert len(await reader.run(lambda connection: records(connection, places))) == 24
        await walk(reader, findings)
    assert (findings.items, findings.purged, findings.faults) == (24, 0, [])
    assert await items_of(over) == {}


async def test_whoever_asks_what_was_decided_there_is_told_that_it_was_purged(over: Trail) -> None:
    await purged(over)
    assert await audit(over, "show", WIFI) == (
        0,
        "What was decided in items 1 to 13 was purged.\nNothing of that was decided.\n",
    )
    assert (await audit(over, "show"))[1] == "Nothing of that was decided.\n"


async def test_all_that_was_computed_from_it_goes_and_usage_stays(over: Trail) -> None:
    here: dict[str, object] = {"conversation": WIFI}
    request = {"id": "v", "number": 1, "tool": "t", "requester": "U0ALEX", "opened_at": 1.0, "expires_at": 2.0}
    who = {"tenant": "T1", "principal": "U0ALEX", "day": "2020-11-20"}
    spent = dict.fromkeys((column.name for column in usage.c if not column.primary_key), 1)
    rows = (
        (requests, here | request | {"verdict": "denied"}),
        (starts, here | {"call": 3, "tool": "t", "requester": "U0ALEX", "at": 1.0}),
        (turns, here | {"turn": 2, "tenant": "T1", "author": "U0ALEX", "started_at": 1.0, "running": 0, "refused": 0}),
        (snapshots, here | {"seq": 2, "hash": "h", "version": "1", "body": "{}"}),
        (attachments, here | {"seq": 2, "sha256": "5f", "body": b"x", "at": 1.0}),
        (usage, spent | who | {"model": "m", "prompt": "p-1"}),
    )
    for table, row in rows:
        await over.database.run(lambda connection, table=table, row=row: connection.execute(insert(table), row))  # type: ignore[misc]
    await over.database.run(lambda c: deliveries.want(c, WIFI, [Shown(2, "thread", {"text": "hi"})], "me", 1.0))
    await over.database.run(lambda c: deliveries.done(c, deliveries.due(c, WIFI)[0], "C1", "1.1"))
    await purged(over)
    tables = (log, requests, starts, turns, snapshots, shown, attachments, usage)
    left = [await over.database.run(lambda c, t=t: c.scalar(select(func.count()).select_from(t))) for t in tables]  # type: ignore[misc]
    assert left == [0, 0, 0, 0, 0, 0, 0, 1]


async def test_a_dry_run_only_says_how_much_would_go(over: Trail) -> None:
    told = await purged(over, "--dry-run")
    assert (told.code, told.out[:42], told.err) == (0, "Would purge 3 conversations with 24 items,", "")
    assert sum((await items_of(over)).values()) == 24


async def test_it_takes_as_many_transactions_as_it_needs(over: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_of, "MOST", 2)
    monkeypatch.setattr(command_of, "ENOUGH", 10)
    monkeypatch.setattr(resting, "_PAGE", resting._PAGE.limit(2))
    for number in range(7):
        await over.add(f"T1:C6:{number}", short())
    await rest(over)
    assert (await purged(over)).out.startswith("Purged 10 conversations with 38 items,")
    assert (await audit(over, "verify"))[0] == 0


# ── what stays ──


@pytest.mark.parametrize(
    "row",
    [
        insert(requests).values(
            id="v", conversation=WIFI, number=3, tool="t", requester="U", opened_at=1, expires_at=2
        ),
        insert(endings).values(conversation=WIFI, call=3, person="U-123"),
        insert(sealed).values(conversation=WIFI, call=3, ciphertext=b"x", expires_at=1.0),
        conversations.update().where(conversations.c.id == WIFI).values(wake_at=1.0),
        log.update().where(log.c.conversation == WIFI, log.c.seq == 13).values(at=BEFORE),
    ],
)
async def test_where_something_is_open_or_lately_happened_all_stays(over: Trail, row: object) -> None:
    await over.database.run(lambda connection: connection.execute(row))  # type: ignore[call-overload]
    assert (await purged(over)).out.startswith("Purged 2 conversations")
    assert await items_of(over) == {WIFI: 13}


async def test_what_waits_to_be_admitted_or_shown_keeps_it(over: Trail) -> None:
    arrived = ThawArrived()
    await over.database.run(lambda c: inbox.put(c, "key", WIFI, arrived, sent_at=1, received_at=1))
    await over.database.run(lambda c: deliveries.want(c, RESET, [Shown(2, "thread", {"text": "hi"})], "me", 1.0))
    assert (await purged(over)).out.startswith("Purged 1 conversation with 2 items")
    assert await items_of(over) == {WIFI: 13, RESET: 9}


async def test_the_house_stays(over: Trail) -> None:
    place = house.place_of("T1").conversation
    await over.add(place, short())
    await rest(over)
    await purged(over)
    assert await items_of(over) == {place: 2}


async def test_what_happened_between_the_look_and_the_deletion_keeps_it(over: Trail) -> None:
    found, last = await over.database.run(lambda connection: purge.look(connection, "", BEFORE))
    assert ([each.conversation for each in found], last) == ([WIFI, RESET, SHORT], SHORT)
    await over.add(WIFI, short()[1:])
    await rest(over)
    arrived = ThawArrived()
    await over.database.run(lambda c: inbox.put(c, "key", RESET, arrived, sent_at=1, received_at=1))
    gone = await over.database.run(lambda connection: purge.purge(connection, found, BEFORE, SIGNING))
    assert [each.conversation for each in gone] == [SHORT]
    assert await items_of(over) == {WIFI: 14, RESET: 9}


@only_postgresql
async def test_a_conversation_that_a_worker_has_is_left_for_the_next_time(over: Trail) -> None:
    await over.database.run(lambda connection: claims.beat(connection, "w1"))
    assert await over.database.run(lambda connection: claims.take(connection, WIFI, "w1"))
    found, _ = await over.database.run(lambda connection: purge.look(connection, "", BEFORE))
    await over.database.run(lambda connection: claims.take(connection, RESET, "w1"))
    gone = await over.database.run(lambda connection: purge.purge(connection, found, BEFORE, SIGNING))
    assert [each.conversation for each in gone] == [SHORT]
    await over.database.run(lambda connection: claims.leave(connection, "w1"))
    assert (await purged(over)).out.startswith("Purged 2 conversations")
    assert await over.database.run(lambda connection: claims.take(connection, SHORT, "w2")), "nobody has it"


@only_postgresql
async def test_a_worker_that_wants_a_conversation_meanwhile_waits_and_finds_the_tombstone(over: Trail) -> None:
    await over.database.run(lambda connection: claims.beat(connection, "w1"))
    found, _ = await over.database.run(lambda connection: purge.look(connection, "", BEFORE))
    loop, deleted, go_on = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

    def slowly(connection: Connection) -> None:
        purge.purge(connection, found, BEFORE, SIGNING)
        loop.call_soon_threadsafe(deleted.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(10)

    def take(connection: Connection) -> tuple[bool, int | None]:
        taken = claims.take(connection, WIFI, "w1")
        return taken, connection.scalar(select(conversations.c.purged_to).where(conversations.c.id == WIFI))

    purging = asyncio.create_task(over.database.run(slowly))
    await deleted.wait()
    taking = asyncio.create_task(over.database.run(take))
    done, _ = await asyncio.wait({taking}, timeout=0.3)
    assert not done
    go_on.set()
    await purging
    assert await taking == (True, 13)


async def test_what_does_not_verify_is_left_and_told(over: Trail) -> None:
    over.tamper("UPDATE log SET actor = 'U0EVE' WHERE conversation = ? AND seq = 2", WIFI)
    told = await purged(over, "--dry-run")
    assert (told.code, told.out[:43]) == (1, "Would purge 2 conversations with 11 items, ")
    assert "1 more would be left, because they are not as they were written:" in told.err
    told = await purged(over)
    assert (told.code, told.out[:38]) == (1, "Purged 2 conversations with 11 items, ")
    assert "1 more were left, because they are not as they were written:" in told.err
    assert f"{WIFI}, item 2: its record was changed" in told.err
    assert await items_of(over) == {WIFI: 13}


async def test_less_than_a_day_or_no_key_is_a_wrong_usage(over: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await asyncio.to_thread(command, "purge", "--older-than", "23h", "--database-url", over.url)).code == 2
    monkeypatch.delenv("HELPDESK_SECRET_KEY")
    assert (await purged(over)).code == 2
    assert sum((await items_of(over)).values()) == 24


# ── who has no key is found ──


def _stone(hand: Hand, conversation: str) -> str:
    return str(hand.one("SELECT tombstone FROM conversations WHERE id = ?", (conversation,))[0])


def deletes_and_makes_one_up(hand: Hand) -> str:
    head, last = hand.one("SELECT head, head_hash FROM conversations WHERE id = ?", (SHORT,))
    stone = tombstones.made(tombstones.signing_key(SecretStr("a key that somebody guessed at")), SHORT, head, last)
    hand.execute("DELETE FROM log WHERE conversation = ?", (SHORT,))
    hand.execute("UPDATE conversations SET purged_to = head, tombstone = ? WHERE id = ?", (stone, SHORT))
    return SHORT


def removes_the_tombstone(hand: Hand) -> str:
    hand.execute("UPDATE conversations SET tombstone = NULL WHERE id = ?", (WIFI,))
    return WIFI


def removes_all_that_says_it_was_purged(hand: Hand) -> str:
    hand.execute("UPDATE conversations SET tombstone = NULL, purged_to = 0 WHERE id = ?", (WIFI,))
    return WIFI


def lowers_it(hand: Hand) -> str:
    hand.execute("UPDATE conversations SET purged_to = purged_to - 1 WHERE id = ?", (WIFI,))
    return WIFI


def removes_more(hand: Hand) -> str:
    """The items behind the tombstone, and says that it stands for them."""
    hand.execute("DELETE FROM log WHERE conversation = ?", (RESET,))
    hand.execute("UPDATE conversations SET purged_to = head WHERE id = ?", (RESET,))
    return RESET


def moves_it(hand: Hand) -> str:
    hand.execute("DELETE FROM log WHERE conversation = ?", (SHORT,))
    row = hand.one("SELECT head, head_hash, purged_to, tombstone FROM conversations WHERE id = ?", (WIFI,))
    update = "UPDATE conversations SET head = ?, head_hash = ?, purged_to = ?, tombstone = ? WHERE id = ?"
    hand.execute(update, (*row, SHORT))
    return SHORT


def changes_its_hash(hand: Hand) -> str:
    stone = "f" * 64 + _stone(hand, RESET)[64:]
    hand.execute("UPDATE conversations SET tombstone = ? WHERE id = ?", (stone, RESET))
    hand.execute("UPDATE log SET prev_hash = ? WHERE conversation = ?", ("f" * 64, RESET))
    rehash(hand, RESET, 10)
    return RESET


@pytest.mark.parametrize(
    "change",
    [
        deletes_and_makes_one_up,
        removes_the_tombstone,
        removes_all_that_says_it_was_purged,
        lowers_it,
        removes_more,
        moves_it,
        changes_its_hash,
    ],
)
async def test_whoever_has_no_key_cannot_pass_a_removal_for_a_purge(over: Trail, change: Callable[[Hand], str]) -> None:
    """WIFI is purged; RESET, too, and went on; SHORT is as it was."""
    over.tamper("UPDATE conversations SET wake_at = 1 WHERE id = ?", SHORT)
    await purged(over)
    await over.add(RESET, short()[1:])
    assert (await audit(over, "verify"))[0] == 0
    with over.tampering() as hand:
        wrong = change(hand)
    code, said = await audit(over, "verify")
    assert (code, len(said.splitlines())) == (1, 1)
    assert said.startswith(wrong)


async def test_without_the_key_verify_says_that_it_cannot_tell_who_purged(
    over: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    await purged(over)
    with over.tampering() as hand:
        stone = _stone(hand, SHORT)
        hand.execute("UPDATE conversations SET tombstone = ? WHERE id = ?", (stone[:65] + "0" * 64, SHORT))
    assert (await audit(over, "verify"))[0] == 1
    monkeypatch.delenv("HELPDESK_SECRET_KEY")
    code, said = await audit(over, "verify")
    assert code == 0
    assert "(3 purged, by whom only HELPDESK_SECRET_KEY can tell, which is not set here)" in said


async def test_a_forgery_that_was_purged_by_mistake_is_known_to_the_checkpoint(over: Trail, tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.jsonl"
    await checkpointed(over, file)
    with over.tampering() as hand:
        hand.execute("UPDATE log SET actor = 'U0EVE' WHERE conversation = ? AND seq = 2", (WIFI,))
        rehash(hand, WIFI, 2)
    assert (await purged(over)).code == 0
    assert (await audit(over, "verify"))[0] == 0
    assert "was written anew" in (await audit(over, "verify", "--checkpoint", file))[1]
