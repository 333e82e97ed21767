"""A conversation changes hands while something is under way to Slack: it is shown once, and in order."""

import asyncio
import random
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.errors import LostClaim
from bot.playground.web_api import ANSWER_LOST, CONNECTION_LOST
from bot.slack import budget, delivery, ledger
from bot.slack.delivery import Deliverer
from tests.slack.edge import Clock
from tests.slack.office import Office, office
from tests.waiting import until

POST = "chat.postMessage"

#: what Slack may do to a call
TROUBLES: list[str | int] = [ANSWER_LOST, CONNECTION_LOST, 502, "internal_error", 429]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "RETRY", 0.02)
    monkeypatch.setattr(delivery, "PATIENCE", 0.02)
    monkeypatch.setattr(budget, "SPREAD", 0.01)


class Claims:
    """Who has the conversation."""

    def __init__(self, owner: str) -> None:
        self.owner = owner

    def fence_of(self, worker: str) -> "Fence":
        """The worker's fence."""
        return Fence(self, worker)


class Fence:
    """Refuses a worker that has not the conversation."""

    def __init__(self, claims: Claims, worker: str) -> None:
        self._claims, self._worker = claims, worker

    def __call__(self, _: Connection, conversation: str) -> None:
        """See Kit."""
        if self._claims.owner != self._worker:
            raise LostClaim(f"{self._claims.owner} has {conversation}")


async def test_a_worker_that_was_paused_posts_nothing_that_another_one_posted_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PATIENCE", 100)  # a process that is paused does nothing beside
    async with office(tmp_path) as desk:
        clock, here = Clock(), desk.thread()
        await desk.want(here, 1, "user:U0SAM")
        asleep = desk.hold("conversations.open")
        paused = desk.start(desk.deliverer("one", now=clock), here)
        await until(lambda: "conversations.open" not in desk.holds)
        await desk.deliverer("two").deliver(here, asyncio.Event())
        clock.pass_(3)
        asleep.set()
        await paused
        assert desk.calls(POST) == 1
        assert len(desk.slack.messages("D0SAM")) == 1


async def test_a_worker_that_lost_the_conversation_ends_quietly(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        clock, claims, here = Clock(), Claims("one"), desk.thread()
        await desk.want(here, 1, "user:U0SAM")
        asleep = desk.hold("conversations.open")
        paused = desk.start(desk.deliverer("one", now=clock, fence=claims.fence_of("one")), here)
        await until(lambda: "conversations.open" not in desk.holds)
        claims.owner = "two"
        clock.pass_(3)
        asleep.set()
        await paused
        assert (desk.calls(POST), await desk.due()) == (0, [here])
        await desk.deliverer("one", fence=claims.fence_of("one")).deliver(here, asyncio.Event())
        await desk.deliverer("two", fence=claims.fence_of("two")).deliver(here, asyncio.Event())
        assert (desk.calls(POST), await desk.due()) == (1, [])


async def test_what_a_worker_showed_is_noted_also_where_it_lost_the_conversation_meanwhile(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        claims, here = Claims("one"), desk.thread()
        await desk.want(here, 1)
        await desk.want(here, 2)
        asleep = desk.hold(POST)
        posting = desk.start(desk.deliverer("one", fence=claims.fence_of("one")), here)
        await until(lambda: POST not in desk.holds)
        claims.owner = "two"
        asleep.set()
        await posting
        assert desk.shown(here) == ["1"]
        await desk.deliverer("two", fence=claims.fence_of("two")).deliver(here, asyncio.Event())
        assert (desk.shown(here), desk.calls("chat.update")) == (["1", "2"], 0)


async def test_a_post_of_a_worker_that_is_gone_is_found_by_the_one_that_made_the_row(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        here = desk.thread()
        await desk.want(here, 1, by="one")
        desk.slack.fail(POST, 1, ANSWER_LOST)
        gone = desk.start(desk.deliverer("two"), here)
        await until(lambda: desk.shown(here) == ["1"])
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        await desk.deliverer("one").deliver(here, asyncio.Event())
        assert (desk.shown(here), desk.calls(POST), await desk.due()) == (["1"], 1, [])


async def test_a_post_that_could_not_be_noted_is_found_and_not_made_again(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        here = desk.thread()
        await desk.want(here, 1)
        asked: list[str] = []

        def away(_: Connection, conversation: str) -> None:
            asked.append(conversation)
            if len(asked) == 2:
                raise ConnectionError("the database is away")

        worker = desk.deliverer("one", fence=away)
        with pytest.raises(ConnectionError):
            await worker.deliver(here, asyncio.Event())
        await worker.deliver(here, asyncio.Event())
        assert (desk.shown(here), desk.calls(POST), await desk.due()) == (["1"], 1, [])


async def test_what_was_taken_over_keeps_its_place_in_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "SHOW_WITHIN", timedelta(seconds=0.2))
    async with office(tmp_path) as desk:
        worker, first, taken, last = desk.deliverer("one"), desk.thread(), desk.thread(), desk.thread()
        for each, by in ((first, "one"), (taken, "gone"), (last, "one")):
            await desk.want(each, 1, by=by)
        desk.slack.limit(POST, 1, retry_after=1)
        waiting = [desk.start(worker, first)]
        await until(lambda: desk.calls(POST) == 1)
        waiting.append(desk.start(worker, taken))
        await until(lambda: desk.calls("conversations.replies") == 1)
        # it is looked for first, and stands in the line directly after
        await asyncio.sleep(0.1)
        waiting.append(desk.start(worker, last))
        await asyncio.gather(*waiting)
        assert desk.ts(first) < desk.ts(taken) < desk.ts(last)


async def test_who_waited_while_another_worker_tried_looks_for_its_post_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "SHOW_WITHIN", timedelta(seconds=0.2))
    async with office(tmp_path) as desk:
        later, here, woken = Clock(timedelta(seconds=10)), desk.thread(), asyncio.Event()
        await desk.want(here, 1, "user:U0SAM")
        desk.slack.limit(POST, 1, retry_after=1)
        waits = desk.start(desk.deliverer("one"), here, woken)
        await until(lambda: desk.calls(POST) == 1)
        # another worker, for whom the pause is over, has the conversation meanwhile, and is gone before it knows
        desk.slack.fail(POST, 1, ANSWER_LOST)
        gone = desk.start(desk.deliverer("two", now=later), here)
        await until(lambda: len(desk.slack.messages("D0SAM")) == 1)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        # the first one hears of something new, and so reads what is due before the wait is over
        await desk.want(here, 2)
        woken.set()
        await until(lambda: desk.shown(here) == ["2"])
        await waits
        assert [each.text for each in desk.slack.messages("D0SAM")] == ["1"]


@pytest.mark.parametrize("seed", range(6))
async def test_every_place_gets_all_of_it_once_and_in_order_whatever_happens(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- repeatable
    async with office(tmp_path) as desk:
        here = desk.thread()
        workers, woken = ["0"], asyncio.Event()
        worker = desk.deliverer("0")
        running = desk.start(worker, here, woken)
        places: dict[str, list[str]] = {"thread": [], "user:U0SAM": [], "channel:C0GENERAL": []}
        for seq in range(1, 16):
            target = chance.choice(list(places))
            places[target].append(str(seq))
            await desk.want(here, seq, target, by=chance.choice(workers))
            trouble(desk, chance)
            woken.set()
            if chance.random() < 0.2:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                # what was under way arrives; conversations change hands later than that
                await asyncio.sleep(0.05)
                workers.append(str(seq))
                worker = desk.deliverer(workers[-1])
            if running.done():
                running = desk.start(worker, here, woken)
            await asyncio.sleep(chance.random() * 0.05)
        await finished(desk, worker, running, here)
        assert desk.shown(here) == places["thread"]
        assert [each.text for each in desk.slack.messages("D0SAM")] == places["user:U0SAM"]
        said = [each.text for each in desk.slack.messages("C0GENERAL") if each.user == "U0BOT"]
        assert said == places["channel:C0GENERAL"]


def trouble(desk: Office, chance: random.Random) -> None:
    """Perhaps Slack is about to misbehave."""
    method = chance.choice([POST, POST, "conversations.replies", "conversations.history", "conversations.open"])
    match chance.choice([None, None, *TROUBLES]):
        case 429:
            desk.slack.limit(method, 1, retry_after=0)
        case str() | int() as how:
            desk.slack.fail(method, 1, how)


async def finished(desk: Office, worker: Deliverer, running: asyncio.Task[None], conversation: str) -> None:
    """Everything is shown."""
    await running
    await worker.deliver(conversation, asyncio.Event())
    assert await desk.due() == []
