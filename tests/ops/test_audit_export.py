"""`helpdesk audit export`: all of it, in order, and provable without the database."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from bot.ops.audit.chain import Record
from bot.ops.audit.reading import BATCH
from bot.store import checkpoint_file
from tests.ops.conftest import only_sqlite
from tests.ops.trail import KEY, RESET, SHORT, WIFI, Trail, audit, exported, short


def written(file: Path, lines: list[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return file


async def verified(trail: Trail, file: Path, *words: object) -> tuple[int, str]:
    """What `verify` says of the file, while the database has nothing to say."""
    return await audit(trail, "verify", "--export", file, *words)


async def test_each_line_has_the_documented_fields_and_all_columns(trail: Trail) -> None:
    lines = await exported(trail)
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert len(lines) == 24
    documented = {
        "conversation",
        "seq",
        "at",
        "kind",
        "turn",
        "call",
        "tool",
        "actor",
        "arguments",
        "hash",
        "prev_hash",
    }
    assert all(documented | set(Record._fields) | {"content", "at_seconds"} == set(line) for line in lines)
    call = next(line for line in lines if line["kind"] == "call")
    assert (call["tool"], call["arguments"], call["at"]) == (
        "search_kb",
        '{"query": "wifi"}',
        "2020-11-20T12:00:03+00:00",
    )
    assert json.loads(call["body"]) == call["content"]


async def test_an_exported_file_is_verified_without_the_database(trail: Trail, tmp_path: Path) -> None:
    await trail.erase(WIFI, 2)
    file = written(tmp_path / "export.jsonl", await exported(trail))
    checkpoint = tmp_path / "checkpoints.jsonl"
    await checkpoint_file.write(trail.database, checkpoint, KEY, trail.now)
    trail.tamper("DELETE FROM log")
    code, said = await verified(trail, file, "--checkpoint", checkpoint)
    assert (code, said[:57]) == (0, "24 items (1 erased) in 3 conversations; chain whole; chec")
    erased = next(line for line in map(json.loads, file.read_text().splitlines()) if line["body"] is None)
    assert (erased["content"], erased["arguments"], erased["nonce"], erased["actor"]) == ({}, None, None, "U0ALEX")


async def test_a_file_longer_than_a_batch_is_in_order_and_whole(trail: Trail, tmp_path: Path) -> None:
    for conversation in (WIFI, RESET, SHORT) * 4:
        await trail.add(conversation, short()[1:] * (BATCH // 5))
    lines = await exported(trail)
    assert len(lines) == 24 + 12 * (BATCH // 5)
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert (await verified(trail, written(tmp_path / "export.jsonl", lines)))[0] == 0


async def test_a_clock_that_was_set_back_breaks_no_file(trail: Trail, tmp_path: Path) -> None:
    later = trail.now
    for minutes in (-10, 3, -7, 20):
        trail.now = later.replace(minute=(later.minute + minutes) % 60)
        await trail.add(SHORT, short()[1:])
    lines = await exported(trail)
    assert [line["seq"] for line in lines if line["conversation"] == SHORT] != [1, 2, 3, 4, 5, 6]
    assert (await audit(trail, "verify"))[0] == 0
    assert (await verified(trail, written(tmp_path / "export.jsonl", lines)))[0] == 0


OTHERS: list[Any] = [None, 0, 1.5, "", "x", True, [], {}, {"a": 1}, -1]


async def test_every_change_of_a_field_is_found_and_named(trail: Trail, tmp_path: Path) -> None:
    lines = await exported(trail)
    chance = random.Random(7)  # noqa: S311 -- the same every time
    for number in range(300):
        at = chance.randrange(len(lines))
        name = chance.choice([each for each in lines[at] if each not in ("conversation", "seq")])
        value = lines[at][name]
        odd = [*OTHERS, *([value + "x", value[:-1], value[::-1]] if isinstance(value, str) else [])]
        new = chance.choice([each for each in odd if json.dumps(each) != json.dumps(value)])
        changed = [*lines[:at], {**lines[at], name: new}, *lines[at + 1 :]]
        code, said = await verified(trail, written(tmp_path / f"{number % 2}.jsonl", changed))
        assert code == 1, (name, value, new)
        place = f"{lines[at]['conversation']}, item {lines[at]['seq']}: "
        assert place in said or f"line {at + 1} is no record" in said, (name, value, new, said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [*lines[:6], *lines[7:]], f"{WIFI}, item 7: it is missing."),
        (lambda lines: [*lines[:7], lines[6], *lines[7:]], f"{WIFI}, item 7: its line is in another place"),
        (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], f"{WIFI}, item 4: its line is in another place"),
        (lambda lines: [*lines[:3], {**lines[3], "seq": 99}, *lines[4:]], f"{WIFI}, item 4: it is missing."),
        (lambda lines: [*lines[:3], {"kind": "call"}, *lines[4:]], "line 4 is no record of an export"),
        (lambda lines: [*lines[:3], [], *lines[4:]], "line 4 is no record of an export"),
        (lambda lines: lines[:-1], f"{SHORT}, item 2: it is missing: the checkpoint of "),
        (lambda lines: [each for each in lines if each["conversation"] != RESET], f"{RESET}: all is missing: the ch"),
    ],
)
async def test_missing_doubled_and_moved_lines_are_found(trail: Trail, tmp_path: Path, change: Any, said: str) -> None:
    checkpoint = tmp_path / "checkpoints.jsonl"
    await checkpoint_file.write(trail.database, checkpoint, KEY, trail.now)
    file = written(tmp_path / "export.jsonl", change(await exported(trail)))
    code, told = await verified(trail, file, "--checkpoint", checkpoint)
    assert code == 1
    assert said in told


async def test_a_file_that_is_cut_in_a_line_is_not_whole(trail: Trail, tmp_path: Path) -> None:
    file = written(tmp_path / "export.jsonl", await exported(trail))
    file.write_bytes(file.read_bytes()[:-30])
    code, said = await verified(trail, file)
    assert code == 1
    assert "line 24 is no record of an export" in said


@only_sqlite
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE log SET body = 'no json' WHERE seq = 2",
        "UPDATE log SET body = '[1]' WHERE seq = 2",
        "UPDATE log SET body = x'ff00' WHERE seq = 2",
        "UPDATE log SET body = CAST(x'22ff22' AS TEXT) WHERE seq = 2",
        "UPDATE log SET nonce = 'text' WHERE seq = 2",
        "UPDATE log SET at = 9e999 WHERE seq = 2",
        "UPDATE log SET at = 'noon' WHERE seq = 2",
        "UPDATE log SET at = at + 3e-7 WHERE seq = 2",
        "UPDATE log SET actor = CAST(x'ff' AS TEXT) WHERE seq = 2",
    ],
)
async def test_a_log_that_was_tampered_with_is_exported_as_it_is_and_the_file_shows_it(
    trail: Trail, tmp_path: Path, change: str
) -> None:
    trail.tamper(change)
    code, printed = await audit(trail, "export")
    assert (code, len(printed.splitlines())) == (0, 24)
    (tmp_path / "export.jsonl").write_text(printed)
    assert (await verified(trail, tmp_path / "export.jsonl"))[0] == 1
    assert (await audit(trail, "show"))[0] == 0
