"""The database ends our connections, again and again: nothing is lost or done twice, and all goes on by itself."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.exc import DBAPIError

from bot.store import database as module
from bot.store import schema
from bot.store.database import Alone, Database, Uncertain
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import helpdesk

pytestmark = pytest.mark.sqlite  # not twice: it is about the other one

_END = text(
    "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'killer'"
)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = Database(url)
    yield made
    made.close()


def end_all(killer: Engine) -> None:
    with killer.begin() as connection:
        connection.execute(_END)


async def test_an_idle_connection_that_was_ended_is_noticed_by_nobody(database: Database, killer: Engine) -> None:
    for _ in range(2 * module.CONNECTIONS):
        await database.run(schema.check)
    end_all(killer)
    assert await asyncio.gather(*(database.run(one) for _ in range(2 * module.CONNECTIONS))) == [1] * 8


def one(connection: Connection) -> int:
    return int(connection.execute(text("SELECT 1")).scalar_one())


async def test_nobody_is_told_that_all_is_well_where_a_commit_had_no_answer(database: Database, killer: Engine) -> None:
    def write(connection: Connection) -> None:
        connection.execute(text("INSERT INTO house (name, value, at) VALUES ('a', 'b', 0)"))
        end_all(killer)

    with pytest.raises(Uncertain):
        await database.run(write)
    assert await database.run(one) == 1


async def test_a_connection_that_ends_within_a_transaction_runs_it_again(database: Database, killer: Engine) -> None:
    ended: list[bool] = []

    def write(connection: Connection) -> int:
        if not ended:
            ended.append(True)
            end_all(killer)
        return one(connection)

    assert await database.run(write) == 1
    assert ended


async def test_work_that_ends_an_iteration_keeps_nobody_waiting(database: Database) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await database.run(lambda _: next(iter(())))


async def test_of_two_that_are_alone_and_read_what_the_other_writes_none_is_wrong(url: str, database: Database) -> None:
    other = Database(url)

    def claim(connection: Connection) -> None:
        count = connection.scalar(text("SELECT count(*) FROM house WHERE name LIKE 'claim%'"))
        connection.execute(text("SELECT pg_sleep(0.05)"))
        connection.execute(text(f"INSERT INTO house (name, value, at) VALUES ('claim{count}', '', 0)"))  # noqa: S608

    await asyncio.gather(*(Alone(each).run(claim) for each in (database, other) * 3))
    other.close()
    found = await database.run(lambda c: sorted(c.scalars(text("SELECT name FROM house WHERE name LIKE 'claim%'"))))
    assert found == [f"claim{number}" for number in range(6)]


async def test_a_server_that_is_not_there_is_told_at_once(url: str) -> None:
    away = Database(make_url(url).set(port=1).render_as_string(hide_password=False))
    with pytest.raises(DBAPIError):
        await away.run(one)
    away.close()


async def test_conversations_go_on_though_every_connection_is_ended_again_and_again(
    tmp_path: Path, url: str, killer: Engine
) -> None:
    threads = 6
    replies = [each for _ in range(threads) for each in (call("search_kb", query="wifi"), say("Forget the network."))]
    model = ScriptedModel(replies)
    async with helpdesk(tmp_path, model, database_url=url) as desk:
        asked = []
        for _ in range(threads):
            asked.append(await desk.say("U0ALEX", "my wifi is down"))
            end_all(killer)
            await asyncio.sleep(0.1)
        await desk.slack.wait_for(lambda: all(len(desk.transcript(each)) == 2 for each in asked), 60)
        await desk.settle()
        assert all(len(desk.transcript(each)) == 2 for each in asked)
