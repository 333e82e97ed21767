"""The key is changed while several processes work: each reads what the others make, in the order of docs/secrets.md."""

import itertools
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pyotp
import pytest
from pydantic import SecretStr
from sqlalchemy import insert, select

from bot.errors import ConfigError
from bot.run.codes import Codes
from bot.slack.install import PATIENCE, _States
from bot.store import authenticators, checkpoint_file, checkpoints, installations, rotation, tombstones
from bot.store.checkpoints import Head, signing_key
from bot.store.database import Database
from bot.store.installations import PURPOSE, Installation
from bot.store.keys import Key
from bot.store.sealed import Seal
from bot.store.tables import conversations

NOW = datetime(2020, 11, 20, 12, tzinfo=UTC)
SEED, LINK = SecretStr("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"), SecretStr("a-one-time-secret")
HASH = "a" * 64

OLD, NEW = SecretStr("the old key, which is long enough…"), SecretStr("the new key, which is long enough…")

#: the settings of all processes, one step after another
STEPS = [OLD, Key(OLD, NEW), Key(NEW, OLD), NEW]


class Process:
    """What a process makes with the key it has, and reads of others."""

    def __init__(self, database: Database, key: SecretStr, file: Path) -> None:
        self.key, self.file = key, file
        self.states = _States(database, Seal.of(key, "oauth state 1"), lambda: NOW)
        self.codes = Codes(database, key, lambda: NOW)
        self.seal, self.stones = Seal.of(key), tombstones.signing_key(key)
        self.database = database

    async def make(self, name: str) -> str:
        """One of each, called so; the state of an installation that begins."""
        stone, now = tombstones.made(self.stones, name, 3, HASH), NOW.timestamp()
        us = Installation(None, name, "B1", "U1", SecretStr(f"xoxb-{name}"))
        seeds, tokens = authenticators.seal_of(self.key), Seal.of(self.key, PURPOSE)
        row = {"id": name, "head": 3, "head_hash": HASH, "purged_to": 3, "tombstone": stone}
        await self.database.run(lambda c: self.seal.put(c, name, 7, LINK, now))
        await self.database.run(lambda c: authenticators.enroll(c, name, SEED, seeds, now))
        await self.database.run(lambda c: installations.save(c, tokens, us, now))
        await self.database.run(lambda c: c.execute(insert(conversations).values(row)))
        checkpoint_file.append(self.file, signing_key(self.key), [Head(name, 3, HASH)], NOW)
        return await self.states.async_issue()

    async def reads(self, name: str, state: str | None = None) -> list[str]:
        """What of it this process can use."""
        stone = await self.database.run(
            lambda c: c.scalar(select(conversations.c.tombstone).where(conversations.c.id == name))
        )
        tokens = Seal.of(self.key, PURPOSE)
        return [
            *["link"] * (await self.database.run(lambda c: self.seal.get(c, name, 7)) == LINK),
            *["code"] * (await self.codes.confirm(name, pyotp.TOTP(SEED.get_secret_value()).at(NOW)) is None),
            *["token"] * (await self.database.run(lambda c: installations.find(c, tokens, name)) is not None),
            *["tombstone"] * tombstones.signed(self.stones, name, 3, stone or ""),
            *["state"] * (state is not None and await self.states.async_consume(state)),
            *["checkpoint"] * self._goes_on(),
        ]

    def _goes_on(self) -> bool:
        try:
            checkpoint_file.append(self.file, signing_key(self.key), [], NOW)
        except ConfigError:
            return False
        return True


ALL = ["link", "code", "token", "tombstone", "state", "checkpoint"]


@pytest.mark.parametrize(("one", "other"), [*itertools.pairwise(range(4)), (1, 0), (2, 1), (3, 2)])
async def test_two_processes_at_neighbouring_steps_read_what_the_other_makes(
    database: Database, tmp_path: Path, one: int, other: int
) -> None:
    file = tmp_path / "checkpoints.jsonl"
    maker, reader = Process(database, STEPS[one], file), Process(database, STEPS[other], file)
    state = await maker.make("T1")
    if (one, other) == (2, 3):
        await rotated(database, STEPS[2])
    assert await reader.reads("T1", state) == ALL


async def test_who_leaves_the_first_step_out_has_processes_that_cannot_read_each_other(
    database: Database, tmp_path: Path
) -> None:
    renewed, left = (Process(database, each, tmp_path / "file") for each in (Key(NEW, OLD), OLD))
    state = await left.make("T1")
    assert await renewed.reads("T1", state) == ALL
    state = await renewed.make("T2")
    assert await left.reads("T2", state) == []


async def rotated(database: Database, key: SecretStr) -> dict[str, tuple[int, int, list[str]]]:
    """What was looked at, made anew, and can be read by nobody."""
    found = {}
    for each in rotation.kept(key):
        count, after = await database.run(lambda c, each=each: rotation.renew(c, each, None))  # type: ignore[misc]
        assert after is None or (await database.run(lambda c: rotation.renew(c, each, after)))[1] is None  # noqa: B023
        found[each.what] = (count.all, count.renewed, count.lost)
    return found


async def test_after_the_rotation_the_new_key_alone_is_enough_and_the_old_one_good_for_nothing(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "checkpoints.jsonl"
    for name in ("T1", "T2"):
        await Process(database, OLD, file).make(name)
    both = Process(database, Key(NEW, OLD), file)
    await both.make("T3")
    assert await rotated(database, both.key) == {
        what: (3, 2, []) for what in ("authenticators", "workspaces", "one-time links", "tombstones")
    }
    assert {each[1] for each in (await rotated(database, both.key)).values()} == {0}, "run twice, it changes nothing"
    for name in ("T1", "T2", "T3"):
        assert await Process(database, OLD, file).reads(name) == []
        assert await Process(database, NEW, file).reads(name) == [each for each in ALL if each != "state"]
    assert PATIENCE <= 600, "states of installations are good for minutes, so they are not made anew"


async def test_what_neither_key_made_is_named_and_left_as_it_is(database: Database, tmp_path: Path) -> None:
    await Process(database, SecretStr("somebody else's key, also long…"), tmp_path / "file").make("T1")
    before = await database.run(lambda c: c.execute(select(conversations)).all())
    lost = {what: found[2] for what, found in (await rotated(database, Key(NEW, OLD))).items()}
    assert lost == {
        "authenticators": ["T1"],
        "workspaces": ["T1"],
        "one-time links": ["T1 7"],
        "tombstones": ["T1"],
    }
    assert await database.run(lambda c: c.execute(select(conversations)).all()) == before


async def test_more_than_a_page_is_gone_through(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "PAGE", 2)
    seal = Seal.of(OLD)
    for place in (("A", 1), ("A", 2), ("A", 11), ("B", 1), ("C", 5)):
        await database.run(partial(seal.put, conversation=place[0], call=place[1], fresh=LINK, now=0.0))
    (links,) = (each for each in rotation.kept(Key(NEW, OLD)) if each.what == "one-time links")
    after, renewed = None, 0
    while True:
        count, after = await database.run(lambda c: rotation.renew(c, links, after))  # noqa: B023
        renewed += count.renewed
        if after is None:
            break
    assert renewed == 5


# ── files of checkpoints ──


def lines(*keys: SecretStr) -> list[bytes]:
    """A file with a line for each of the keys, each written by who had that key and the ones before."""
    made: list[bytes] = []
    last = None
    for each in keys:
        made += checkpoints.lines(signing_key(each), last, [], NOW)
        *_, last = checkpoints.read(made, signing_key(Key(each, OLD)))
    return made


def test_a_line_stands_for_those_before_it_that_were_signed_with_a_key_that_is_gone() -> None:
    found = list(checkpoints.read(lines(OLD, OLD, NEW, NEW), signing_key(NEW)))
    assert [(each.number, each.other) for each in found] == [(1, True), (2, True), (3, False), (4, False)]


def test_nobody_without_a_key_changes_the_lines_that_later_ones_stand_for() -> None:
    whole, signer = lines(OLD, OLD, OLD, NEW), signing_key(NEW)
    for place in range(3):
        line = whole[place]
        for at in range(len(line) - 1):
            changed = [*whole[:place], line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :], *whole[place + 1 :]]
            with pytest.raises(ValueError, match=f"line {place + 1}"):
                list(checkpoints.read(changed, signer))
    for changed, said in (
        (whole[1:], "line 1 holds checkpoint 2"),
        ([whole[0], whole[2], whole[3]], "line 1 has a wrong signature"),
        ([whole[1], whole[0], *whole[2:]], "line 2 has a wrong signature"),
        (whole[:3], "line 1 has a wrong signature"),
        ([*whole, *lines(OLD)], "line 5 has a wrong signature"),
    ):
        with pytest.raises(ValueError, match=said):
            list(checkpoints.read(changed, signer))
