"""A worker loses its conversation, or its connection, at the worst moments; people see one outcome, the true one."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, select, text, update

from bot.core.items import ToolStart
from bot.run.claim import Claim
from bot.run.flight import tell_results
from bot.store import claims, log
from bot.store.tables import claims as claimed
from bot.store.tables import inbox
from tests.core.story import Story
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk
from tests.run.growing import HERE
from tests.run.test_connections import end_all
from tools.spec import Context, Risk, Tool, tool

pytestmark = pytest.mark.sqlite  # not twice: only PostgreSQL has several workers


class Bell:
    """Rings; nobody can unring it, and nobody can tell whether it rang."""

    def __init__(self) -> None:
        self.rings = 0
        self.ringing = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    @property
    def tool(self) -> Tool:
        @tool(risk=Risk.LOW, idempotent=False, timeout_s=20)
        async def ring_bell(*, context: Context) -> str:  # noqa: ARG001 -- what the bot hands in
            """Ring the bell."""
            self.rings += 1
            self.ringing.set()
            await self.go_on.wait()
            return "It rang."

        return ring_bell


def asked() -> ScriptedModel:
    return ScriptedModel([call("ring_bell"), say("It rang.")])


async def answered(desk: Helpdesk, thread: str) -> list[str]:
    await desk.slack.wait_for(lambda: len(desk.transcript(thread)) == 2, 60)
    await desk.settle()
    return desk.transcript(thread)[1:]


async def test_a_result_that_came_after_the_conversation_was_lost_is_told_once(tmp_path: Path, url: str) -> None:
    bell = Bell()
    bell.go_on.clear()
    async with helpdesk(tmp_path, asked(), tools=[bell.tool], database_url=url) as desk:
        thread = await desk.say("U0ALEX", "ring the bell")
        await bell.ringing.wait()
        await desk.bot.database.run(lambda c: c.execute(update(claimed).values(worker="somebody who died")).close())
        await asyncio.sleep(1.5)  # the worker looks once a second
        bell.go_on.set()
        (answer,) = await answered(desk, thread)
        kinds = await desk.kinds(thread)
    assert bell.rings == 1
    assert "It rang." in answer
    assert (kinds.count("tool_start"), kinds.count("tool_result"), kinds.count("tool_unknown")) == (1, 1, 0)


async def test_a_start_whose_commit_had_no_answer_did_not_run_and_is_made_again(
    tmp_path: Path, url: str, killer: Engine
) -> None:
    bell = Bell()
    # what the model said is written with the start, so it is asked again
    model = ScriptedModel([call("ring_bell"), call("ring_bell"), say("It rang.")])
    async with helpdesk(tmp_path, model, tools=[bell.tool], database_url=url) as desk:
        at_commit_of(desk, "tool_start", lambda: end_all(killer))
        thread = await desk.say("U0ALEX", "ring the bell")
        await answered(desk, thread)
        kinds = await desk.kinds(thread)
    assert bell.rings == 1
    assert "tool_unknown" not in kinds


async def test_a_result_whose_commit_had_no_answer_is_told(tmp_path: Path, url: str, killer: Engine) -> None:
    bell = Bell()
    async with helpdesk(tmp_path, asked(), tools=[bell.tool], database_url=url) as desk:
        at_commit_of(desk, "tool_result", lambda: end_all(killer))
        thread = await desk.say("U0ALEX", "ring the bell")
        await answered(desk, thread)
        kinds = await desk.kinds(thread)
    assert bell.rings == 1
    assert (kinds.count("tool_start"), kinds.count("tool_result"), kinds.count("tool_unknown")) == (1, 1, 0)


async def test_a_result_waits_for_a_database_that_is_away(tmp_path: Path, url: str) -> None:
    bell = Bell()
    bell.go_on.clear()
    async with helpdesk(tmp_path, asked(), tools=[bell.tool], database_url=url) as desk:
        thread = await desk.say("U0ALEX", "ring the bell")
        await bell.ringing.wait()
        name = desk.bot.database.url.database
        with create_engine(desk.bot.database.url.set(database="postgres"), isolation_level="AUTOCOMMIT").connect() as c:
            c.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
            c.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name}
            )
            bell.go_on.set()
            await asyncio.sleep(2.5)
            c.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
        (answer,) = await answered(desk, thread)
        kinds = await desk.kinds(thread)
    assert bell.rings == 1
    assert "It rang." in answer
    assert "tool_unknown" not in kinds


def at_commit_of(desk: Helpdesk, kind: str, strike: Callable[[], None]) -> None:
    """Once, when an item of this kind is about to be committed."""
    engine, seen = desk.bot.database.engine, list[Connection]()

    def look(connection: Connection, _: Any, statement: str, parameters: Any, *__: Any) -> None:
        rows = parameters if isinstance(parameters, list) else [parameters]
        if not seen and statement.startswith("INSERT INTO log ") and any(kind in row.values() for row in rows):
            seen.append(connection)

    def commit(connection: Connection) -> None:
        if seen == [connection]:
            seen.append(connection)
            strike()

    event.listen(engine, "before_cursor_execute", look)
    event.listen(engine, "commit", commit)


async def test_where_another_worker_started_the_call_nobody_says_that_it_did_not_run(tmp_path: Path, url: str) -> None:
    # given: our start could not be written, because at its place stands another worker's, whose call runs now
    async with helpdesk(tmp_path, ScriptedModel(), database_url=url) as desk:
        kit = desk.bot.kit
        story = Story()
        (wanted,) = story.calls(story.turn(), ("send", '{"text":"a"}'))
        ours = Claim(kit, HERE)
        await kit.database.run(lambda c: log.append(c, HERE, story.entries, kit.chance.nonce, None))
        await kit.database.run(lambda c: (claims.take(c, HERE, kit.process), None)[1])
        await ours.refresh()
        ours.add(ToolStart(call=wanted, tool="send", attempt=1))
        story.start(wanted)
        await kit.database.run(lambda c: log.append(c, HERE, story.entries[-1:], kit.chance.nonce, None))
        # when
        await tell_results(kit, ours, None)
        # then
        waiting = select(inbox.c.id).where(inbox.c.conversation == HERE)
        assert (await kit.database.run(lambda c: c.scalars(waiting).all())) == []
