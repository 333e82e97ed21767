"""`helpdesk freeze` and `unfreeze`: stopped at once, with or without a bot; going on takes two different voices."""

import asyncio
import io
import json
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import insert

from bot.core import items
from bot.ops import beside, freeze
from bot.run.kit import utc_now
from bot.store import chain, house, inbox, log
from bot.store.database import Database
from bot.store.tables import conversations
from tests.ops.beside import Desk
from tests.ops.running import HOUSE, Colleagues, answered, bot, noted, press


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    made = Desk(database_url)
    talk(made, "T1:C0IT:1.0")
    yield made
    made.database.close()


def talk(desk: Desk, conversation: str) -> None:
    """There is such a conversation."""
    row = insert(conversations).values(id=conversation, head=0, head_hash=chain.GENESIS)
    desk.look(lambda connection: connection.execute(row))


def frozen(desk: Desk) -> bool:
    """What is looked up right before a start."""
    return desk.look(lambda connection: house.noted(connection, "freeze")) == "1"


async def tell(url: str, command: Callable[..., object], wait: float = 10) -> str:
    """What the command prints beside a running bot."""
    out = io.StringIO()
    await command(url, None, wait, utc_now, out)  # type: ignore[misc]
    return out.getvalue()


async def story(database: Database) -> list[tuple[str, str | None]]:
    """What counted in the house, and by whom."""
    entries = await database.run(lambda connection: log.read(connection, HOUSE.conversation))
    return [
        ("asked" if each.item.asked else "frozen" if each.item.frozen else "resumed", each.item.actor)
        for each in entries
        if isinstance(each.item, items.Switched)
    ]


# ── no bot runs ──


def test_it_holds_at_once_though_no_bot_runs_and_the_next_bot_notes_it(desk: Desk) -> None:
    told = desk.run("freeze", "--wait", "0")
    assert told.code == 0
    assert told.out.splitlines() == [freeze.FROZEN, freeze.TO_GO_ON, freeze.UNNOTED.format(wait=0)]
    assert frozen(desk)

    async def start() -> list[tuple[str, str | None]]:
        async with bot(desk.url) as database, asyncio.timeout(60):
            while not await story(database):
                await asyncio.sleep(0.01)
            return await story(database)

    assert asyncio.run(start()) == [("frozen", None)]
    assert frozen(desk)


def test_to_unfreeze_without_a_bot_changes_nothing_yet(desk: Desk) -> None:
    desk.run("freeze", "--wait", "0")
    told = desk.run("unfreeze", "--wait", "0")
    assert told.out == freeze.UNHEARD.format(wait=0) + "\n"
    assert frozen(desk)


def test_however_often_the_command_line_says_so_it_is_one_voice(desk: Desk) -> None:
    desk.run("freeze", "--wait", "0")
    for _ in range(3):
        desk.run("unfreeze", "--wait", "0")

    async def start() -> list[tuple[str, str | None]]:
        async with bot(desk.url) as database:
            assert await tell(desk.url, freeze.unfreeze) == freeze.NEEDED + "\n"
            return await story(database)

    assert asyncio.run(start()) == [("frozen", None), ("asked", None)]
    assert frozen(desk)


def test_where_nothing_is_frozen_there_is_nothing_to_resume(desk: Desk) -> None:
    assert desk.run("unfreeze").out == freeze.NOT_FROZEN + "\n"
    assert desk.look(inbox.undone) == []


def test_the_log_says_who_did_it(desk: Desk) -> None:
    (line,) = desk.run("freeze", "--wait", "0").err.splitlines()
    assert json.loads(line)["event"] == "frozen"
    assert json.loads(line)["by"]


# ── beside a bot ──


async def test_the_bot_notes_a_freeze_and_the_command_waits_no_longer_than_that(database_url: str) -> None:
    desk = await asyncio.to_thread(Desk, database_url)
    await asyncio.to_thread(talk, desk, "T1:C0IT:1.0")
    async with bot(desk.url) as database:
        began = time.monotonic()
        assert (await tell(desk.url, freeze.freeze)).splitlines() == [freeze.FROZEN, freeze.TO_GO_ON]
        assert time.monotonic() - began < 5
        assert await story(database) == [("frozen", None)]
    desk.database.close()


@pytest.mark.parametrize("first", ["command line", "approver"])
async def test_the_command_line_and_an_approver_together_resume_in_any_order(database_url: str, first: str) -> None:
    desk = await asyncio.to_thread(Desk, database_url)
    await asyncio.to_thread(talk, desk, "T1:C0IT:1.0")
    async with bot(desk.url) as database:
        await tell(desk.url, freeze.freeze)
        if first == "approver":
            await press(database, "U0DANA", "unfreeze")
            await answered(database)
            assert await tell(desk.url, freeze.unfreeze) == freeze.THAWED + "\n"
        else:
            assert await tell(desk.url, freeze.unfreeze) == freeze.NEEDED + "\n"
            await press(database, "U0DANA", "unfreeze")
            await answered(database)
        assert [what for what, _ in await story(database)] == ["frozen", "asked", "resumed"]
        assert await database.run(lambda connection: house.noted(connection, "freeze")) == "0"
    desk.database.close()


async def test_a_freeze_takes_back_what_one_voice_had_said(database_url: str) -> None:
    desk = await asyncio.to_thread(Desk, database_url)
    await asyncio.to_thread(talk, desk, "T1:C0IT:1.0")
    async with bot(desk.url) as database:
        await tell(desk.url, freeze.freeze)
        await press(database, "U0DANA", "unfreeze")
        await answered(database)
        await tell(desk.url, freeze.freeze)
        assert await tell(desk.url, freeze.unfreeze) == freeze.NEEDED + "\n"
        assert await story(database) == [("frozen", None), ("asked", "U0DANA"), ("frozen", None), ("asked", None)]
    desk.database.close()


async def test_what_the_bot_has_noted_but_not_answered_yet_is_waited_for(database_url: str) -> None:
    desk = await asyncio.to_thread(Desk, database_url)
    await asyncio.to_thread(talk, desk, "T1:C0IT:1.0")
    async with bot(desk.url):
        await tell(desk.url, freeze.freeze)
    await press(desk.database, "U0DANA", "unfreeze")
    told = asyncio.create_task(tell(desk.url, freeze.unfreeze))
    people = Colleagues()
    people.answers.clear()
    while len(await desk.database.run(lambda c: inbox.waiting(c, HOUSE.conversation))) < 2:
        await asyncio.sleep(0.01)
    async with bot(desk.url, people) as database:
        await noted(database)
        done, _ = await asyncio.wait({told}, timeout=3 * freeze.GLANCE)
        assert not done, "Slack has not said yet who Dana is"
        people.answers.set()
        assert await told == freeze.THAWED + "\n"
    desk.database.close()


# ── whose house ──


def test_without_any_conversation_the_workspace_must_be_named(database_url: str) -> None:
    desk = Desk(database_url)
    told = desk.run("freeze", "--wait", "0")
    assert (told.code, told.out, told.err) == (1, "", beside.NO_TENANT + "\n")
    assert not frozen(desk)

    assert desk.run("freeze", "--wait", "0", "--tenant", "T0123456789").code == 0
    assert frozen(desk)
    assert desk.look(inbox.undone) == ["T0123456789:house:0"]
    assert desk.run("unfreeze", "--wait", "0").code == 0, "it is known from now on"
    desk.database.close()


def test_of_several_workspaces_one_must_be_named(desk: Desk) -> None:
    talk(desk, "E2:C0IT:1.0")
    told = desk.run("freeze", "--wait", "0")
    assert (told.code, told.err) == (1, beside.WHICH_TENANT.format("E2 or T1") + "\n")
    assert desk.run("freeze", "--wait", "0", "--tenant", "E2").code == 0


@pytest.mark.parametrize(
    ("option", "wrong"), [("--tenant", "acme"), ("--tenant", "T1:x"), ("--wait", "-1"), ("--wait", "nan")]
)
def test_a_wrong_option_is_told(desk: Desk, option: str, wrong: str) -> None:
    assert desk.run("freeze", f"{option}={wrong}").code == 2
    assert not frozen(desk)
