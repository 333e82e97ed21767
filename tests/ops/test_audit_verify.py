"""`helpdesk audit verify`: what it says, what it exits with, what it does beside a bot that writes."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.ops.audit.findings import MAX_FAULTS, Pinned, begin
from bot.ops.audit.reading import BATCH, reading
from bot.ops.audit.verify import BATCHES, walk
from bot.store import checkpoint_file
from tests.ops.conftest import only_postgresql, only_sqlite
from tests.ops.trail import KEY, RESET, SHORT, WIFI, Trail, audit, command, rehash, short


async def test_an_untouched_log_is_whole(trail: Trail, tmp_path: Path) -> None:
    code, said = await audit(trail, "verify")
    assert (code, said.splitlines()[0][:46]) == (0, "24 items in 3 conversations; chain whole; no c")

    file = tmp_path / "checkpoints.jsonl"
    await checkpoint_file.write(trail.database, file, KEY, datetime(2020, 11, 20, 13, tzinfo=UTC))
    assert await audit(trail, "verify", "--checkpoint", file) == (
        0,
        "24 items in 3 conversations; chain whole; checkpoint of 2020-11-20 13:00:00 UTC holds\n",
    )
    await trail.add(SHORT, short()[1:])
    assert (await audit(trail, "verify", "--checkpoint", file))[1].endswith("holds; items newer than it: 1\n")


async def test_what_is_erased_stays_proven_and_is_counted(trail: Trail, tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.jsonl"
    await checkpoint_file.write(trail.database, file, KEY, trail.now)
    await trail.erase(WIFI, 2, 5)
    code, said = await audit(trail, "verify", "--checkpoint", file)
    assert (code, said[:47]) == (0, "24 items (2 erased) in 3 conversations; chain w")


async def test_each_changed_conversation_is_named_once_with_its_first_bad_record(trail: Trail) -> None:
    trail.tamper("UPDATE log SET body = replace(body, 'wifi', 'wine') WHERE conversation = ? AND seq >= 6", WIFI)
    trail.tamper("DELETE FROM log WHERE conversation = ? AND seq > 7", RESET)
    code, said = await audit(trail, "verify")
    assert code == 1
    assert said.splitlines() == [
        f"{WIFI}, item 6: its content was changed.",
        f"{RESET}, item 8: it is missing: the conversation's row counts 9 items.",
    ]


async def test_only_the_checkpoint_knows_of_what_was_written_anew_with_care(trail: Trail, tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.jsonl"
    await checkpoint_file.write(trail.database, file, KEY, datetime(2020, 11, 20, 13, tzinfo=UTC))
    await trail.add(WIFI, short()[1:])
    await checkpoint_file.write(trail.database, file, KEY, datetime(2020, 11, 20, 14, tzinfo=UTC))
    with trail.tampering() as hand:
        hand.execute("UPDATE log SET actor = 'U0EVE' WHERE conversation = ? AND seq = 14", (WIFI,))
        rehash(hand, WIFI, 14)
        hand.execute("DELETE FROM log WHERE conversation = ?", (SHORT,))
        hand.execute("DELETE FROM conversations WHERE id = ?", (SHORT,))
    assert (await audit(trail, "verify"))[0] == 0
    code, said = await audit(trail, "verify", "--checkpoint", file)
    assert code == 1
    assert said.splitlines() == [
        f"{WIFI}, item 14: it was written anew: the checkpoint of 2020-11-20 14:00:00 UTC has another hash here.",
        f"{SHORT}: all is missing: the checkpoint of 2020-11-20 13:00:00 UTC has 2 items.",
    ]


async def test_a_checkpoint_made_after_a_change_excuses_nothing(trail: Trail, tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.jsonl"
    await checkpoint_file.write(trail.database, file, KEY, trail.now)
    with trail.tampering() as hand:
        hand.execute("UPDATE log SET actor = 'U0EVE' WHERE conversation = ? AND seq = 2", (WIFI,))
        rehash(hand, WIFI, 2)
    await trail.add(SHORT, short()[1:])
    await checkpoint_file.write(trail.database, file, KEY, trail.now)
    code, said = await audit(trail, "verify", "--checkpoint", file)
    assert code == 1
    assert said.startswith(f"{WIFI}, item 13: an item from 1 on was written anew")


async def test_many_faults_are_told_in_a_bounded_number_of_lines(trail: Trail) -> None:
    for number in range(MAX_FAULTS + 20):
        await trail.add(f"T1:C2:{number}.1", short())
    trail.tamper("UPDATE log SET at = at + 1 WHERE conversation LIKE 'T1:C2:%'")
    code, said = await audit(trail, "verify")
    assert code == 1
    assert len(said.splitlines()) == MAX_FAULTS + 1
    assert said.splitlines()[-1] == "There is more; only the first of it is shown."


@only_sqlite
async def test_what_stands_in_a_record_does_not_act_in_the_terminal(trail: Trail) -> None:
    trail.tamper("INSERT INTO conversations (id, head, head_hash) VALUES (?, 1, 'x')", "T1:\x1b[2J\n\u202e")
    trail.tamper("UPDATE log SET conversation = CAST(x'ff41' AS TEXT) WHERE conversation = ? AND seq = 2", SHORT)
    trail.tamper("UPDATE log SET conversation = x'ff42' WHERE conversation = ? AND seq = 9", RESET)
    code, said = await audit(trail, "verify")
    assert code == 1
    assert said.splitlines() == [
        f"{RESET}, item 9: it is missing: the conversation's row counts 9 items.",
        f"{SHORT}, item 2: it is missing: the conversation's row counts 2 items.",
        "\\udcffA, item 1: it is missing.",
        "\\udcffB, item 9: its place in the log is none.",
        "T1:\\x1b[2J\\n\\u202e: it has no items, only a row.",
    ]


async def test_items_that_are_appended_meanwhile_are_no_fault(trail: Trail) -> None:
    """Every conversation is longer than a batch, so the walk is within them while they grow."""
    for conversation in (WIFI, RESET, SHORT):
        await trail.add(conversation, short()[1:] * (BATCH + 7))
    done = asyncio.Event()

    async def bot() -> int:
        count = 0
        while not done.is_set():
            await trail.add((WIFI, RESET, SHORT, f"T1:C3:{count}")[count % 4], short())
            count += 1
        return count

    writing = asyncio.create_task(bot())
    for _ in range(5):
        findings = begin(Pinned(None, None, trail.now))
        async with reading(trail.url) as reader:
            await walk(reader, findings)
        assert [str(fault) for fault in findings.faults] == []
    done.set()
    assert await writing > 10


@pytest.mark.parametrize("more", range(-2, 3))
async def test_conversations_that_end_where_a_batch_ends_are_walked_whole(trail: Trail, more: int) -> None:
    for conversation in (WIFI, RESET):
        length = trail.head(conversation)
        await trail.add(conversation, short()[1:] * (BATCH - length + more))
    code, said = await audit(trail, "verify")
    assert (code, said[:20]) == (0, f"{2 * (BATCH + more) + 2} items in 3 conv")


async def test_five_thousand_items_take_less_than_three_seconds(trail: Trail) -> None:
    """Usual is a seventh of a second; this leaves room for a slow machine."""
    for number in range(50):
        await trail.add(f"T1:C4:{number}", short()[1:] * 100)
    started = time.perf_counter()
    assert (await audit(trail, "verify"))[0] == 0
    assert time.perf_counter() - started < 3


@only_sqlite
async def test_the_walk_reads_along_an_index_and_never_sorts(trail: Trail) -> None:
    explain = text(f"EXPLAIN QUERY PLAN {BATCHES['sqlite'].text}")
    asked = {"conversation": "a", "seq": 1}
    plan = str(await trail.database.run(lambda connection: connection.execute(explain, asked).all()))
    assert "SEARCH log USING INDEX" in plan
    assert "TEMP B-TREE" not in plan
    assert "SCAN" not in plan


@only_postgresql
async def test_postgresql_walks_along_an_index_too(trail: Trail) -> None:
    explain = text(f"EXPLAIN {BATCHES['postgresql'].text}")

    def plan(connection: Connection) -> str:
        for way in ("seqscan", "bitmapscan", "sort"):  # which are quicker with three short conversations
            connection.execute(text(f"SET LOCAL enable_{way} = off"))
        return str(connection.execute(explain, {"conversation": "a", "seq": 1}).all())

    told = await trail.database.run(plan)
    assert "Index Scan using log_pkey on log" in told
    assert "Index Cond: (ROW((conversation)::text" in told
    assert "Sort" not in told


async def test_the_key_is_asked_for_only_where_a_checkpoint_is(
    trail: Trail, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "checkpoints.jsonl"
    await checkpoint_file.write(trail.database, file, KEY, trail.now)
    monkeypatch.delenv("HELPDESK_SECRET_KEY")
    assert (await audit(trail, "verify"))[0] == 0
    code, said = await audit(trail, "verify", "--checkpoint", file)
    assert code == 2
    assert said.startswith("HELPDESK_SECRET_KEY is missing. Make one with")
    assert (await audit(trail, "checkpoint"))[0] == 2
    monkeypatch.setenv("HELPDESK_SECRET_KEY", "short")
    code, said = await audit(trail, "verify", "--checkpoint", file)
    assert (code, said.splitlines()[0][:45]) == (2, "HELPDESK_SECRET_KEY takes 32 characters or mo")


async def test_a_file_that_is_not_there_is_said(trail: Trail, tmp_path: Path) -> None:
    for option in ("--checkpoint", "--export"):
        code, said = await audit(trail, "verify", option, tmp_path / "nowhere")
        assert code == 2
        assert said == f"{option}: {tmp_path / 'nowhere'} cannot be read: No such file or directory.\n"


def test_a_file_that_is_no_database_of_ours_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is not a database, it is a long line of text " * 40)
    (tmp_path / "empty.db").touch()
    wrong = {"text.db": (2, "cannot be used as a helpdesk's database"), "empty.db": (2, "Run: helpdesk db upgrade")}
    for name, (code, sentence) in wrong.items():
        for action in ("verify", "export", "show"):
            ended, said = command(action, "--database-url", f"sqlite:///{tmp_path / name}")
            assert ended == code
            assert sentence in said
    assert command("verify", "--database-url", f"sqlite:///{tmp_path / 'no.db'}")[0] == 2


async def test_an_old_checkpoint_put_in_the_place_of_the_newest_is_told_by_its_age(
    trail: Trail, tmp_path: Path
) -> None:
    file = tmp_path / "checkpoints.jsonl"
    now = datetime.now(UTC)
    await checkpoint_file.write(trail.database, file, KEY, now - timedelta(hours=3))
    older = file.read_bytes()
    await checkpoint_file.write(trail.database, file, KEY, now)
    assert (await audit(trail, "verify", "--checkpoint", file, "--max-age", "2h"))[0] == 0
    file.write_bytes(older)
    code, said = await audit(trail, "verify", "--checkpoint", file, "--max-age", "2h")
    assert code == 1
    assert "too old: an older file was put in its place" in said


def test_a_length_of_time_that_is_none_is_a_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["verify", "--max-age", "soon"], ["show", "--since", "7 days"], ["show", "--last", "0"]):
        with pytest.raises(SystemExit) as ended:
            command(*words)
        assert ended.value.code == 2
    assert capsys.readouterr().out == ""
