"""What fails again and again is left alone, tried by a few, then open to all; nobody is run over once it is back."""

import asyncio
import heapq
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from bot import models_file
from bot.api.serving import serving
from bot.core.exchange import Prompt, Reply, Said, TextPart
from bot.errors import ModelRejected, ModelUnavailable, NotAsked
from bot.model.port import Model
from bot.run.asking import wait
from bot.run.breakers import CALLS, OPEN_S, PROBES, SPREAD_S, Breakers
from tests.fakes.openai import OpenAI
from tools.spec import NotPossible, ToolFailed, TryAgain

PROMPT = Prompt(instructions="Help.", items=(Said("hello"),), functions=())


class Watch:
    """A clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


@asynccontextmanager
async def provider() -> AsyncIterator[tuple[OpenAI, Callable[[Breakers], "asyncio.Future[Reply]"]]]:
    """A server over HTTP, and how it is asked through the breaker of its provider."""
    fake, app = OpenAI(), Starlette()
    async with serving(app, "127.0.0.1", 0) as port:
        app.router.routes.extend(fake.routes())
        async with models_file.plain(SecretStr("k"), f"http://127.0.0.1:{port}/v1", "responses", "one") as (model, _):

            def ask(breakers: Breakers) -> "asyncio.Future[Reply]":
                return asyncio.ensure_future(breakers.ask("one", partial(_reply, model)))

            yield fake, ask


async def _reply(model: Model) -> Reply:
    return await model.reply(PROMPT)


async def opened(ask: Callable[[Breakers], "asyncio.Future[Reply]"], breakers: Breakers) -> None:
    for _ in range(CALLS):
        with pytest.raises(ModelUnavailable):
            await ask(breakers)


async def test_a_provider_that_fails_is_not_asked_for_a_while_and_then_by_a_few_until_it_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watch = Watch()
    breakers = Breakers(watch, lambda: 0.5)
    async with provider() as (fake, ask):
        fake.down = True
        await opened(ask, breakers)
        watch.pass_(4)
        with pytest.raises(NotAsked) as caught:
            await ask(breakers)
        assert caught.value.retry_after == pytest.approx(OPEN_S - 4 + SPREAD_S / 2)
        assert len(fake.bodies) == CALLS, "nothing was sent"

        fake.down = False
        watch.pass_(OPEN_S)
        outcomes = await asyncio.gather(*(ask(breakers) for _ in range(10)), return_exceptions=True)
        assert len([each for each in outcomes if isinstance(each, Reply)]) == PROBES
        assert len([each for each in outcomes if isinstance(each, NotAsked)]) == 10 - PROBES
        await asyncio.gather(*(ask(breakers) for _ in range(10)))
    states = [record.__dict__["now"] for record in caplog.records if "circuit breaker" in record.getMessage()]
    assert states == ["open", "half_open", "closed"], "one line for each change"


async def test_a_few_that_fail_again_close_the_door_again() -> None:
    watch = Watch()
    breakers = Breakers(watch, lambda: 0)
    async with provider() as (fake, ask):
        fake.down = True
        await opened(ask, breakers)
        watch.pass_(OPEN_S)
        await asyncio.gather(*(ask(breakers) for _ in range(10)), return_exceptions=True)
        assert len(fake.bodies) == CALLS + PROBES
        with pytest.raises(NotAsked):
            await ask(breakers)


async def test_a_request_that_is_refused_or_given_up_says_nothing_about_the_provider() -> None:
    watch = Watch()
    breakers = Breakers(watch, lambda: 0)
    async with provider() as (fake, ask):
        fake.broke = True
        for _ in range(CALLS * 2):
            with pytest.raises(ModelRejected):
                await ask(breakers)
        fake.broke = False
        for _ in range(CALLS * 2):
            asked = ask(breakers)
            await asyncio.sleep(0)
            asked.cancel()
        assert await ask(breakers)


# ── tools ──


async def tool(outcome: object) -> object:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


BROKEN = [ToolFailed("The directory is away."), TimeoutError(), KeyError("a bug")]


@pytest.mark.parametrize("failure", BROKEN, ids=str)
async def test_a_tool_that_does_not_work_is_not_called_for_a_while(failure: Exception) -> None:
    watch = Watch()
    breakers = Breakers(watch, lambda: 0)
    for _ in range(CALLS):
        assert breakers.shut("look") is None
        with pytest.raises(type(failure)):
            await breakers.call("look", partial(tool, failure))
    assert breakers.shut("look") == OPEN_S
    watch.pass_(3.5)
    with pytest.raises(ToolFailed, match=r"^Not run: look has not worked lately; try again in 7 s\.$"):
        await breakers.call("look", partial(tool, "never called"))
    assert await breakers.call("other", partial(tool, "fine")) == "fine"
    watch.pass_(OPEN_S)
    assert breakers.shut("look") is None
    assert await breakers.call("look", partial(tool, "fine")) == "fine"


HIS_OWN = [TryAgain("no such person"), NotPossible("U-7 has no sign-in account here.")]


@pytest.mark.parametrize("failure", HIS_OWN, ids=str)
async def test_what_is_wrong_with_one_call_shuts_the_tool_for_nobody(failure: Exception) -> None:
    breakers = Breakers(Watch(), lambda: 0)
    for _ in range(CALLS * 2):
        with pytest.raises(type(failure)):
            await breakers.call("look", partial(tool, failure))
    assert breakers.shut("look") is None


# ── the storm after an outage ──

THREADS, OUTAGE_S, ANSWER_S = 200, 300.0, 5.0


class Storm:
    """200 threads that wait for a provider, moment by moment; an answer takes it five seconds."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 -- a test's dice
        self.watch = Watch()
        self.breakers = Breakers(self.watch, self.chance.random)
        self.due = [(self.chance.uniform(0, 30), n, n) for n in range(THREADS)]
        heapq.heapify(self.due)
        self.failures = [0] * THREADS
        self.at_once = self.most = 0
        self.asked: list[float] = []
        self.answered: list[float] = []
        self.ends: list[tuple[float, int, asyncio.Event]] = []

    @property
    def time(self) -> float:
        return self.watch.now

    async def provider(self) -> Reply:
        self.asked.append(self.time)
        if self.time < OUTAGE_S:
            raise ModelUnavailable("503")
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        end = asyncio.Event()
        heapq.heappush(self.ends, (self.time + ANSWER_S, len(self.asked), end))
        await end.wait()
        self.at_once -= 1
        return Reply(model="m", parts=(TextPart("back"),))

    async def thread(self, n: int) -> None:
        try:
            await self.breakers.ask("one", self.provider)
            self.answered.append(self.time)
        except ModelUnavailable as error:
            again = self.time + wait(self.failures[n], error.retry_after, self.chance.random())
            self.failures[n] += 1
            heapq.heappush(self.due, (again, n, n))

    async def run(self) -> None:
        tasks = []
        while self.due or self.ends:
            moment = min(queue[0][0] for queue in (self.due, self.ends) if queue)
            self.watch.now = moment
            if self.ends and self.ends[0][0] == moment:
                heapq.heappop(self.ends)[2].set()
            else:
                tasks.append(asyncio.create_task(self.thread(heapq.heappop(self.due)[1])))
            for _ in range(6):
                await asyncio.sleep(0)
        await asyncio.gather(*tasks)


@pytest.mark.parametrize("seed", range(3))
async def test_two_hundred_threads_that_waited_do_not_come_back_at_once(seed: int) -> None:
    storm = Storm(seed)
    await storm.run()
    assert len(storm.answered) == THREADS
    down = [at for at in storm.asked if at < OUTAGE_S]
    first = min(storm.answered)
    tried = [at for at in storm.asked if OUTAGE_S <= at < first]
    assert len(down) <= CALLS + PROBES * OUTAGE_S / OPEN_S, "while it is down it is hardly asked at all"
    assert len(tried) <= PROBES, "nobody else comes before one of them worked"
    assert storm.most <= THREADS / 4
    assert max(storm.answered) <= OUTAGE_S + 180
