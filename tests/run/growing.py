"""Long conversations, made in a moment: the log of one, as the worker would have written it, and a worker to go on."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection, event

from bot.core import items
from bot.core.fold import fold
from bot.core.items import Entry
from bot.core.policy import Policy
from bot.core.steps import CallModel
from bot.core.thread import Thread
from bot.run.kit import Instructions, Kit
from bot.run.worker import Worker
from bot.slack.render import Renderer
from bot.store import arrivals, inbox, log, projections, schema, snapshots, turns
from bot.store.arrivals import MessageArrived, ThreadId
from bot.store.database import Alone, Database
from bot.store.sealed import Seal
from tests.core.story import ALEX, DANA, NOON, OMAR, Story
from tests.core.toolbox import MENU
from tests.databases import url_for
from tests.fakes.model import Notes, ScriptedModel, say
from tests.ops.running import Colleagues
from tools.backends.sql_directory import SqlDirectory

PLACE = ThreadId(tenant="T1", channel="C1", thread_ts="1.1", private=False)
HERE = PLACE.conversation

#: characters of what is said and found, as in life
TALK = 200


def conversation(at_least: int) -> list[Entry]:
    """A conversation of whole turns, each with a look-up; with the rebases that `decide` wanted."""
    story = Story()
    while len(story.entries) < at_least:
        turn = story.turn("my wifi is down, " * (TALK // 17))
        while not isinstance(story.step(), CallModel):
            story.take()
        (call,) = story.calls(turn, ("look", '{"query":"wifi"}'))
        story.ran(call, output=f'"{"x" * TALK}"')
        story.answer(turn, "Switch it off and on. " * (TALK // 22))
    return story.entries


def write(connection: Connection, entries: list[Entry], name: str = HERE, every: int = 0) -> None:
    """The conversation as the worker would have left it, with a commit for each turn, or for so many items each."""
    thread = Thread()
    borders = (i for i, each in enumerate(entries) if i and isinstance(each.item, items.UserMessage))
    begin = [0, *(range(every, len(entries), every) if every else borders), len(entries)]
    for first, last in pairwise(begin):
        some = entries[first:last]
        thread = fold(some, thread)
        head_hash = log.append(connection, name, some, lambda: b"n" * 16, None)
        snapshots.keep(connection, name, thread, head_hash, first)
        projections.project(connection, name, some, thread)
        turns.rest(connection, name, thread)


@asynccontextmanager
async def at_work(folder: Path) -> AsyncIterator[Kit]:
    """What a worker is handed, with a database that is empty; there is no Slack."""
    database = Database(url_for(folder))
    await database.run(schema.check if database.shared else schema.upgrade)
    try:
        yield Kit(
            database=database,
            tools=MENU,
            backends={},
            directory=SqlDirectory(Alone(database)),
            policy=Policy(approvers=(DANA, OMAR)),
            model=ScriptedModel(),
            small=Notes(),
            instructions=Instructions("Help.", "1"),
            people=Colleagues(),
            render=Renderer(MENU, None, "https://reset.example.com/{}".format),
            seal=Seal.of(SecretStr("k" * 32)),
            process="test",
            now=lambda: NOON + timedelta(days=1),
        )
    finally:
        database.close()


async def arrives(kit: Kit, arrived: arrivals.Arrived, key: str, name: str = HERE) -> None:
    """It is in the inbox."""
    at = kit.now().timestamp()
    await kit.database.run(lambda c: inbox.put(c, key, name, arrived, sent_at=at, received_at=at))


async def advance(kit: Kit, name: str = HERE, worker: Worker | None = None) -> None:
    """A worker that begins with nothing in its memory brings the conversation to rest."""
    await (worker or Worker(kit, lambda _: None)).advance(name, asyncio.Event())


async def said(kit: Kit, text: str, key: str, name: str = HERE) -> None:
    """Alex writes, and the model answers with the text."""
    assert isinstance(kit.model, ScriptedModel)
    kit.model.replies.append(say(text))
    message = MessageArrived(thread=PLACE, author=ALEX, text="and now?", ts="9.9")
    await arrives(kit, message, key, name)


async def entries_of(kit: Kit, name: str = HERE) -> list[Entry]:
    """What is in the log."""
    return await kit.database.run(lambda connection: log.read(connection, name))


async def kinds(kit: Kit) -> list[str]:
    """The kinds of the newest items."""
    return [entry.item.kind for entry in (await entries_of(kit))[-9:]]


async def outcome(kit: Kit, call: int) -> items.ToolResult | items.ToolUnknown | None:
    """What the log says last of the call."""
    found = [entry.item for entry in await entries_of(kit)]
    mine = [each for each in found if isinstance(each, items.ToolResult | items.ToolUnknown) and each.call == call]
    return mine[-1] if mine else None


@contextmanager
def rows_read(database: Database) -> Iterator[dict[str, int]]:
    """Counts in this block the rows that were read, `log` of them from the log, and the statements."""
    counted = {"rows": 0, "log": 0, "statements": 0}

    def count(connection: Connection, _: object, statement: str, given: Any, *__: object) -> None:
        counted["statements"] += 1
        if statement.startswith("SELECT"):
            cursor = connection.connection.cursor()
            cursor.execute(f"SELECT count(*) FROM ({statement}) AS found", given)  # noqa: S608 -- it just ran
            found = cursor.fetchone()
            assert found
            counted["rows"] += found[0]
            counted["log"] += found[0] if "FROM log" in statement else 0

    event.listen(database.engine, "after_cursor_execute", count)
    try:
        yield counted
    finally:
        event.remove(database.engine, "after_cursor_execute", count)
