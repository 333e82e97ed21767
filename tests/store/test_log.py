"""The log on disk: what was appended is read back, two writers exclude each other, the chain finds any change."""

import json
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select, text, update

from bot.core import items
from bot.core.items import Entry
from bot.errors import ConfigError, LostClaim
from bot.store import chain, log, schema
from bot.store.database import Database
from bot.store.lock import only_dispatcher
from bot.store.tables import METADATA
from bot.store.tables import log as log_table
from tests.core.story import Story
from tools.backends.tables import metadata as tools_metadata


def nonce() -> bytes:
    return b"n" * 16


def a_story() -> list[Entry]:
    story = Story()
    _, number = story.asked()
    story.approve(number)
    return story.entries


async def test_what_was_appended_is_read_back_the_same(database: Database) -> None:
    entries = a_story()
    await database.run(lambda c: log.append(c, "T:C:1", entries[:3], nonce, None))
    await database.run(lambda c: log.append(c, "T:C:1", entries[3:], nonce, None))
    assert await database.run(lambda c: log.read(c, "T:C:1")) == entries
    assert await database.run(lambda c: log.read(c, "T:C:1", after=4)) == entries[4:]


async def test_a_second_writer_of_the_same_place_loses_and_leaves_nothing(database: Database) -> None:
    entries = a_story()
    await database.run(lambda c: log.append(c, "T:C:1", entries[:3], nonce, None))
    with pytest.raises(LostClaim):
        await database.run(lambda c: log.append(c, "T:C:1", entries[2:5], nonce, None))
    with pytest.raises(LostClaim):
        await database.run(lambda c: log.append(c, "T:C:1", entries[:1], nonce, None))
    assert len(await database.run(lambda c: log.read(c, "T:C:1"))) == 3


def broken_at(connection: Connection) -> int | None:
    """The first seq whose record does not fit the chain."""
    previous = chain.GENESIS
    for row in connection.execute(select(log_table).order_by(log_table.c.seq)).mappings():
        fits = row["prev_hash"] == previous and row["hash"] == chain.chain_hash(dict(row))
        if not fits or (row["body"] and row["commitment"] != chain.commit_to(row["nonce"], row["body"])):
            return int(row["seq"])
        previous = row["hash"]
    return None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE log SET body = replace(body, 'help', 'harm') WHERE seq = 2",
        "UPDATE log SET actor = 'U0EVE' WHERE seq = 2",
        "UPDATE log SET at = at + 1 WHERE seq = 2",
        "DELETE FROM log WHERE seq = 2",
        "UPDATE log SET seq = 100 - seq WHERE seq IN (2, 3)",
    ],
)
async def test_a_changed_removed_or_reordered_record_breaks_the_chain(database: Database, change: str) -> None:
    await database.run(lambda c: log.append(c, "T:C:1", a_story(), nonce, None))
    assert await database.run(broken_at) is None
    await database.run(lambda c: c.execute(text(change)))
    assert await database.run(broken_at) is not None


async def test_content_can_be_erased_without_breaking_the_chain(database: Database) -> None:
    await database.run(lambda c: log.append(c, "T:C:1", a_story(), nonce, None))
    await database.run(lambda c: c.execute(update(log_table).where(log_table.c.seq == 2).values(body=None, nonce=None)))
    assert await database.run(broken_at) is None


async def test_the_skeleton_says_who_did_what_when(database: Database) -> None:
    await database.run(lambda c: log.append(c, "T:C:1", a_story(), nonce, None))
    rows = await database.run(lambda c: c.execute(select(log_table).order_by(log_table.c.seq)).mappings().all())
    said = {row["kind"]: (row["turn"], row["call"], row["tool"], row["actor"]) for row in rows}
    assert said["user_message"] == (2, None, None, "U0ALEX")
    assert said["call"] == (2, 5, "reset", None)
    assert said["request"] == (None, 5, "reset", "U0ALEX")
    assert said["decision"] == (None, None, None, "U0DANA")
    assert said["close"] == (None, None, None, "U0DANA")


def differences(connection: Connection) -> list[object]:
    """Between the database and the code; what full-text search needs is each database's own."""
    context = MigrationContext.configure(
        connection, opts={"include_name": lambda name, _kind, _parents: "_fts" not in (name or "")}
    )
    return [
        each
        for each in compare_metadata(context, [METADATA, tools_metadata])  # type: ignore[arg-type]  # it takes several
        if not (each[0] == "remove_table" and each[1].name == "alembic_version")
    ]


async def test_the_migrations_make_exactly_the_tables_that_the_code_uses(database: Database) -> None:
    assert await database.run(differences) == []
    assert await database.run(schema.current) == schema.HEAD


async def test_an_upgrade_of_an_upgraded_database_changes_nothing(database: Database) -> None:
    await database.run(lambda c: log.append(c, "T:C:1", a_story(), nonce, None))
    await database.run(schema.upgrade)
    assert len(await database.run(lambda c: log.read(c, "T:C:1"))) == len(a_story())


@pytest.mark.sqlite
def test_only_one_dispatcher_works_on_a_database(tmp_path: Path) -> None:
    file = str(tmp_path / "own.db")
    with only_dispatcher(file), pytest.raises(ConfigError, match="already works"), only_dispatcher(file):
        pass
    with only_dispatcher(file):
        pass


@pytest.mark.sqlite
def test_the_file_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'own.db'}")
    database.close()
    assert Path(database.url.database or "").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "what", "sqlite:////nowhere/x.db"])
def test_an_address_that_will_not_do_is_refused_with_its_name(url: str) -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL"):
        Database(url)


def test_every_item_survives_the_way_to_text_and_back() -> None:
    for entry in a_story():
        assert items.ITEM.validate_python(json.loads(entry.item.model_dump_json())) == entry.item
