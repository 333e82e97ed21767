"""What both dispatchers promise: one worker at a time, in order, nothing lost, nobody kept waiting, a bounded stop."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.errors import LostClaim
from bot.run.dispatch import Dispatcher
from bot.run.distributed import Distributed
from bot.run.embedded import Embedded
from bot.run.kit import utc_now
from bot.run.tasks import Tasks
from bot.store import claims, inbox, schema
from bot.store.arrivals import ThawArrived
from bot.store.database import Database
from bot.store.tables import claims as claimed
from bot.store.tables import conversations, workers
from tests.postgres import own_database
from tests.waiting import until

#: longer than anything here takes, seconds
PATIENCE = 60

#: each dispatcher has its own database, whatever the rest of the suite runs on
pytestmark = pytest.mark.sqlite


@dataclass
class Worker:
    """Takes what is in the inbox, an item at a time, and notes what it took where."""

    database: Database
    name: str
    taken: list[tuple[str, str]]
    at_work: Counter[str]
    #: how long an item takes, seconds, by conversation
    slow: dict[str, float] = field(default_factory=dict)
    fails: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)

    async def advance(self, conversation: str, _: asyncio.Event) -> None:
        self.at_work[conversation] += 1
        assert self.at_work[conversation] == 1, f"two work on {conversation}"
        try:
            while rows := await self.database.run(lambda connection: _waiting(connection, conversation)):
                await asyncio.sleep(self.slow.get(conversation, 0))
                if self.fails[conversation]:
                    self.fails[conversation] -= 1
                    raise ValueError("a fault of ours")
                (number, key) = rows[0]
                await self.database.run(lambda connection, number=number: inbox.admit(connection, [number]))  # type: ignore[misc]
                self.taken.append((conversation, key))
        finally:
            self.at_work[conversation] -= 1

    async def deliver(self, conversation: str, _: asyncio.Event) -> None:
        self.shown.append(conversation)


def _waiting(connection: Connection, conversation: str) -> list[tuple[int, str]]:
    return [(number, f"{at:%s}") for number, at, _ in inbox.waiting(connection, conversation)]


@dataclass
class House:
    """A database, and as many processes on it as the dispatcher allows."""

    url: str
    stack: AsyncExitStack
    most: int
    taken: list[tuple[str, str]] = field(default_factory=list)
    at_work: Counter[str] = field(default_factory=Counter)
    sent: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    async def process(self, name: str = "w1", **how: dict[str, float]) -> tuple[Worker, Dispatcher]:
        """One more, at work until the test ends."""
        return await self.stack.enter_async_context(self.working(name, **how))

    @asynccontextmanager
    async def working(self, name: str, **how: dict[str, float]) -> AsyncIterator[tuple[Worker, Dispatcher]]:
        database = Database(self.url)
        dispatcher = Distributed(database, utc_now, name) if database.shared else Embedded(database, utc_now)
        worker = Worker(database, name, self.taken, self.at_work, **how)  # type: ignore[arg-type]
        try:
            async with dispatcher.working(worker.advance, worker.deliver):
                yield worker, dispatcher
        finally:
            database.close()

    def send(self, connection: Connection, conversation: str) -> None:
        number = len(self.sent[conversation]) + 1
        self.sent[conversation].append(str(number))
        key = f"{conversation} {number}"
        inbox.put(connection, key, conversation, ThawArrived(), sent_at=number, received_at=number)

    async def all_taken(self) -> None:
        await until(lambda: len(self.taken) >= sum(map(len, self.sent.values())))


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'helpdesk.db'}"


@pytest.fixture(params=["embedded", "distributed"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    with own_database() if request.param == "distributed" else _sqlite(tmp_path) as url:
        database = Database(url)
        await database.run(schema.upgrade)
        database.close()
        async with AsyncExitStack() as stack:
            yield House(url, stack, 3 if request.param == "distributed" else 1)


async def put(house: House, *conversations: str, wake: Callable[[str], None] | None = None) -> None:
    """Something arrives for each, by a connection of its own, as from a web process."""
    database = Database(house.url)
    for conversation in conversations:
        await database.run(lambda connection, at=conversation: house.send(connection, at))  # type: ignore[misc]
        if wake:
            wake(conversation)
    database.close()


async def test_one_at_a_time_in_order_through_however_many_processes(house: House) -> None:
    started = [await house.process(f"w{number}") for number in range(house.most)]
    threads = [f"T:C:{number}" for number in range(20)]
    for _ in range(5):
        await put(house, *threads, wake=started[0][1].wake)
    await house.all_taken()
    for conversation, keys in house.sent.items():
        assert [key for each, key in house.taken if each == conversation] == keys


async def test_what_was_undone_before_the_start_is_found(house: House) -> None:
    await put(house, "T:C:1", "T:C:2")
    await house.process()
    await house.all_taken()


async def test_what_comes_while_a_step_runs_is_not_lost(house: House) -> None:
    _, dispatcher = await house.process(slow={"T:C:1": 0.05})
    for _ in range(10):
        await put(house, "T:C:1", wake=dispatcher.wake)
        await asyncio.sleep(0.03)
    await house.all_taken()


async def test_nobody_needs_to_be_woken_by_whoever_put_it_there(house: House) -> None:
    await house.process()
    await put(house, "T:C:1")
    await house.all_taken()


async def test_a_slow_conversation_keeps_no_other_waiting(house: House) -> None:
    _, dispatcher = await house.process(slow={"T:C:slow": 1})
    await put(house, "T:C:slow", "T:C:1", wake=dispatcher.wake)
    await house.all_taken()
    assert house.taken == [("T:C:1", "1"), ("T:C:slow", "1")]


async def test_a_fault_is_tried_again(house: House) -> None:
    worker, dispatcher = await house.process()
    worker.fails["T:C:1"] = 1
    await put(house, "T:C:1", wake=dispatcher.wake)
    await house.all_taken()


async def test_the_clock_wakes_what_is_due(house: House) -> None:
    worker, _ = await house.process()
    late = {"id": "T:C:1", "head": 0, "head_hash": "", "wake_at": utc_now().timestamp() + 0.3}
    await worker.database.run(lambda connection: connection.execute(insert(conversations), late).close())
    async with asyncio.timeout(PATIENCE):
        while "T:C:1" not in worker.shown and not worker.at_work["T:C:1"] and not _woken(worker):
            await asyncio.sleep(0.01)


def _woken(worker: Worker) -> bool:
    return "T:C:1" in worker.at_work


async def test_a_stop_lets_the_step_finish(house: House) -> None:
    async with house.working("w1", slow={"T:C:1": 0.5}) as (worker, dispatcher):
        await put(house, "T:C:1", wake=dispatcher.wake)
        async with asyncio.timeout(PATIENCE):
            while not worker.at_work["T:C:1"]:
                await asyncio.sleep(0.01)
    assert house.taken == [("T:C:1", "1")]


async def test_what_a_stop_cut_off_is_done_by_the_next(house: House) -> None:
    tasks = Tasks("advance", _for_ever)
    tasks.wake("T:C:1")
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        await tasks.stop(0.1)
    assert not tasks.keys
    await put(house, "T:C:1")
    await house.process()
    await house.all_taken()


async def _for_ever(_: str, __: asyncio.Event) -> None:
    await asyncio.Event().wait()


# ── many machines ──


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = Database(url)
    yield made
    made.close()


async def beat(database: Database, *names: str) -> None:
    for name in names:
        await database.run(lambda connection, name=name: claims.beat(connection, name))  # type: ignore[misc]


def fall_silent(connection: Connection, worker: str) -> None:
    """As if the worker had not been heard of for as long as it takes to count as dead."""
    connection.execute(update(workers).where(workers.c.id == worker).values(beat_at=0.0))


async def test_a_conversation_has_one_worker(database: Database) -> None:
    await beat(database, "w1", "w2")
    assert await database.run(lambda c: claims.take(c, "T:C:1", "w1"))
    assert await database.run(lambda c: claims.take(c, "T:C:1", "w1"))
    assert not await database.run(lambda c: claims.take(c, "T:C:1", "w2"))
    await database.run(lambda c: claims.release(c, "T:C:1", "w2"))
    assert not await database.run(lambda c: claims.take(c, "T:C:1", "w2"))
    await database.run(lambda c: claims.release(c, "T:C:1", "w1"))
    assert await database.run(lambda c: claims.take(c, "T:C:1", "w2"))


async def test_a_silent_worker_loses_its_conversations_and_can_write_to_them_no_more(database: Database) -> None:
    await beat(database, "w1", "w2")
    assert await database.run(lambda c: claims.take(c, "T:C:1", "w1"))
    await database.run(lambda c: claims.held(c, "T:C:1", "w1"))
    await database.run(lambda c: fall_silent(c, "w1"))
    assert await database.run(lambda c: claims.take(c, "T:C:1", "w2"))
    # it wakes up and believes that nothing happened
    await database.run(lambda c: claims.beat(c, "w1"))
    with pytest.raises(LostClaim):
        await database.run(lambda c: claims.held(c, "T:C:1", "w1"))
    await database.run(lambda c: claims.release(c, "T:C:1", "w1"))
    await database.run(lambda c: claims.held(c, "T:C:1", "w2"))


async def test_of_many_that_want_it_at_once_one_gets_it(url: str, database: Database) -> None:
    others = {f"w{number}": Database(url) for number in range(4)}
    await beat(database, *others)

    async def take(name: str, conversation: str) -> bool:
        return await others[name].run(lambda connection: claims.take(connection, conversation, name))

    for number in range(10):
        assert sum(await asyncio.gather(*(take(name, f"T:C:{number}") for name in others))) == 1
    for each in others.values():
        each.close()


async def test_what_a_dead_worker_had_goes_on_elsewhere(url: str, database: Database) -> None:
    async with AsyncExitStack() as stack:
        house = House(url, stack, 1)
        await beat(database, "dead")
        assert await database.run(lambda c: claims.take(c, "T:C:1", "dead"))
        await put(house, "T:C:1")
        await house.process()
        await asyncio.sleep(0.6)
        assert not house.taken
        await database.run(lambda c: fall_silent(c, "dead"))
        await house.all_taken()


async def test_what_a_worker_that_died_long_ago_left_is_thrown_away(database: Database) -> None:
    await beat(database, "dead")
    assert await database.run(lambda c: claims.take(c, "T:C:1", "dead"))
    await database.run(lambda c: fall_silent(c, "dead"))
    await beat(database, "w1")
    assert await database.run(_left) == ["w1"]


def _left(connection: Connection) -> list[str]:
    return [*connection.scalars(select(claimed.c.worker)), *connection.scalars(select(workers.c.id))]


async def test_a_worker_that_ends_leaves_nothing_behind(url: str, database: Database) -> None:
    async with AsyncExitStack() as stack:
        house = House(url, stack, 1)
        async with house.working("w1") as (_, dispatcher):
            await put(house, "T:C:1", wake=dispatcher.wake)
            await house.all_taken()
    assert await database.run(_left) == []
