"""Checkpoints: each change of their file is found; they are written at the start, in between and at the end."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import insert

from bot.errors import ConfigError
from bot.store import checkpoint_file, checkpoints
from bot.store.checkpoint_file import checkpointing
from bot.store.checkpoints import Checkpoint, Head
from bot.store.tables import conversations
from tests.ops.trail import KEY, NOON, SHORT, WIFI, Trail, audit, short

SIGNING = checkpoints.signing_key(KEY)


def read(file: Path) -> list[Checkpoint]:
    """The checkpoints of the file."""
    with file.open("rb") as lines:
        return list(checkpoints.read(lines, SIGNING))


def lines_of(file: Path) -> list[bytes]:
    """The file as it is."""
    return file.read_bytes().splitlines(keepends=True)


def put(file: Path, lines: list[bytes]) -> None:
    """The file as somebody else wants it."""
    file.write_bytes(b"".join(lines))


@pytest.fixture
async def file(trail: Trail, tmp_path: Path) -> Path:
    """Five checkpoints, an item between each and the next."""
    made = tmp_path / "checkpoints.jsonl"
    for hour in range(5):
        await checkpoint_file.write(trail.database, made, KEY, NOON + timedelta(hours=hour))
        await trail.add(SHORT, short()[1:])
    return made


async def test_the_first_lists_all_and_each_later_one_what_changed(trail: Trail, file: Path) -> None:
    first, second, *_ = read(file)
    assert [(head.conversation, head.seq) for head in first.heads] == [(WIFI, 13), ("T1:C1:2.2", 9), (SHORT, 2)]
    assert [(head.conversation, head.seq) for head in second.heads] == [(SHORT, 3)]
    await checkpoint_file.write(trail.database, file, KEY, NOON)
    await checkpoint_file.write(trail.database, file, KEY, NOON)
    assert read(file)[-1].heads == (), "that nothing changed is said, too"


def flipped(lines: list[bytes]) -> list[bytes]:
    return [*lines[:2], lines[2].replace(b'",4,"', b'",5,"'), *lines[3:]]


def signed_by_another(lines: list[bytes]) -> list[bytes]:
    other = checkpoints.signing_key(SecretStr("another key of thirty-two characters"))
    (line,) = checkpoints.lines(other, None, [], NOON)
    return [line, *lines[1:]]


def of_another_file(lines: list[bytes]) -> list[bytes]:
    _, second = checkpoints.lines(SIGNING, None, [Head("x", 1, "y")] * (checkpoints.PER_LINE + 1), NOON)
    return [lines[0], second, *lines[2:]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (flipped, "line 3 has a wrong signature"),
        (signed_by_another, "line 1 has a wrong signature"),
        (of_another_file, "line 2 does not follow the line before it"),
        (lambda lines: lines[1:], "line 1 holds checkpoint 2 where 1 belongs"),
        (lambda lines: [*lines[:2], *lines[3:]], "line 3 holds checkpoint 4 where 3 belongs"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "line 2 holds checkpoint 3 where 2 belongs"),
        (lambda lines: [*lines[:3], lines[1], lines[4]], "line 4 holds checkpoint 2 where 4 belongs"),
        (lambda lines: [*lines, lines[-1]], "line 6 holds checkpoint 5 where 6 belongs"),
        (lambda lines: [*lines[:2], b"\n", *lines[2:]], "line 3 is no checkpoint"),
        (lambda lines: [*lines[:2], b"{}\n"], "line 3 is no checkpoint"),
        (lambda lines: [b"\xff\x00\n", *lines], "line 1 is no checkpoint"),
        (lambda _: [], "there is no checkpoint in it"),
    ],
)
async def test_a_changed_file_of_checkpoints_is_a_fault(trail: Trail, file: Path, change: object, said: str) -> None:
    assert (await audit(trail, "verify", "--checkpoint", file))[0] == 0
    lines = lines_of(file)
    assert callable(change)
    put(file, change(lines))
    code, told = await audit(trail, "verify", "--checkpoint", file)
    assert code == 1
    assert said in told
    assert "conversations; chain whole" not in told
    if lines_of(file):
        with pytest.raises(ConfigError, match="cannot be gone on with"):
            await checkpoint_file.write(trail.database, file, KEY, NOON)


async def test_every_byte_of_a_line_counts(file: Path) -> None:
    line = lines_of(file)[0]
    for at in range(len(line) - 1):
        changed = line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :]
        with pytest.raises(ValueError, match="line 1"):
            list(checkpoints.read([changed], SIGNING))


async def test_a_line_that_a_crash_cut_short_is_left_out_and_written_over(trail: Trail, file: Path) -> None:
    *whole, last = lines_of(file)
    put(file, [*whole, last[:-40]])
    assert len(read(file)) == 4
    assert (await audit(trail, "verify", "--checkpoint", file))[0] == 0
    made = await checkpoint_file.write(trail.database, file, KEY, NOON)
    assert made.number == 5
    assert read(file)[-1] == made


async def test_what_is_signed_is_bounded_line_by_line(trail: Trail, tmp_path: Path) -> None:
    many = [Head(f"T1:C5:{number:05}", 1, "h" * 64) for number in range(2 * checkpoints.PER_LINE + 1)]
    file = tmp_path / "many.jsonl"
    checkpoint_file.append(file, SIGNING, many, NOON)
    assert [len(each.heads) for each in read(file)] == [checkpoints.PER_LINE, checkpoints.PER_LINE, 1]
    checkpoint_file.append(file, SIGNING, many, NOON)
    assert [len(each.heads) for each in read(file)][3:] == [0]
    rows = [{"id": each.conversation, "head": 1, "head_hash": each.hash} for each in many]
    await trail.database.run(lambda connection: connection.execute(insert(conversations), rows))
    assert len(await checkpoint_file.read_heads(trail.database)) == len(many) + 3


def test_the_file_can_be_read_by_its_owner_alone_and_the_key_is_not_the_secret(tmp_path: Path) -> None:
    file = tmp_path / "made.jsonl"
    checkpoint_file.append(file, SIGNING, [], NOON)
    assert file.stat().st_mode & 0o777 == 0o600
    assert KEY.get_secret_value() not in repr(SIGNING)


async def test_while_the_bot_runs_there_is_one_at_the_start_some_in_between_and_one_at_the_end(
    trail: Trail, tmp_path: Path
) -> None:
    file = tmp_path / "running.jsonl"
    async with asyncio.timeout(60), checkpointing(trail.database, file, KEY, lambda: trail.now, every=0.01):
        assert len(read(file)) == 1
        while len(read(file)) < 4:
            await asyncio.sleep(0.01)
    async with checkpointing(trail.database, file, KEY, lambda: trail.now):
        count = len(read(file))
        await trail.add(SHORT, short()[1:])
    assert len(read(file)) == count + 1
    assert [(head.conversation, head.seq) for head in read(file)[-1].heads] == [(SHORT, 3)]
    assert (await audit(trail, "verify", "--checkpoint", file))[0] == 0


async def test_several_that_write_at_once_follow_one_another(trail: Trail, tmp_path: Path) -> None:
    file = tmp_path / "shared.jsonl"
    writes = [checkpoint_file.write(trail.database, file, KEY, NOON) for _ in range(12)]
    made = await asyncio.gather(*writes)
    assert sorted(each.number for each in made) == list(range(1, 13))
    assert [each.number for each in read(file)] == list(range(1, 13))


async def test_a_start_with_a_file_that_cannot_be_gone_on_with_is_refused_and_names_the_setting(
    trail: Trail, file: Path, tmp_path: Path
) -> None:
    put(file, [line.replace(b'"number":2', b'"number":3') for line in lines_of(file)])
    for wrong in (file, tmp_path, tmp_path / "no folder" / "file"):
        with pytest.raises(ConfigError, match="HELPDESK_CHECKPOINT_FILE: The checkpoints in "):
            async with checkpointing(trail.database, wrong, KEY, lambda: NOON):
                raise AssertionError("it must not start")


async def test_an_older_file_put_in_the_place_of_a_running_bot_s_is_told_and_not_gone_on_with(
    trail: Trail, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    older = lines_of(file)
    async with asyncio.timeout(60), checkpointing(trail.database, file, KEY, lambda: NOON, every=0.01):
        put(file, older)
        while "no checkpoint could be written" not in caplog.text:
            await asyncio.sleep(0.01)
    assert lines_of(file) == older
    assert all("an older file was put in its place" in record.__dict__["reason"] for record in caplog.records)


async def test_by_hand_it_is_printed_or_appended(trail: Trail, tmp_path: Path) -> None:
    code, printed = await audit(trail, "checkpoint")
    assert code == 0
    said = json.loads(printed)
    assert (said["number"], said["previous"], len(said["conversations"])) == (1, "0" * 64, 3)
    assert abs(datetime.fromisoformat(said["at"]) - datetime.now(UTC)) < timedelta(minutes=5)
    (tmp_path / "printed.jsonl").write_text(printed)
    assert (await audit(trail, "verify", "--checkpoint", tmp_path / "printed.jsonl"))[0] == 0

    for number in (1, 2):
        code, told = await audit(trail, "checkpoint", "--out", tmp_path / "by hand.jsonl")
        assert code == 0
        assert told.startswith(f"Checkpoint {number} of ")
    assert len(read(tmp_path / "by hand.jsonl")) == 2
