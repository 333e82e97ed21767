"""Who may see metrics, in which formats; and what is told while the database is away."""

import asyncio
from pathlib import Path
from threading import Event

import httpx
import pytest
from sqlalchemy import Connection

from bot.metrics import Metrics, standing
from bot.run.kit import utc_now
from bot.store import gauges
from bot.store.database import Database
from tests.databases import url_for
from tests.fakes.model import ScriptedModel, say
from tests.metrics.scraping import OPEN, TEXT, doored, read, scraped
from tests.rig import helpdesk

TOKEN = "a-token-of-the-test-hunter2"


@pytest.mark.sqlite
async def test_without_the_token_nothing_is_told_and_it_is_in_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = Metrics()
    async with helpdesk(tmp_path, ScriptedModel(), metrics=metrics) as desk, doored(desk, metrics, TOKEN) as client:
        for wrong in ("", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer ü", f"Bearer {TOKEN[:-1]}"):
            answer = await client.get("/metrics", headers={b"Authorization": wrong.encode()})
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "helpdesk_" not in answer.text
        assert (await client.get("/metrics")).status_code == 401
        read(await client.get("/metrics", headers={"Authorization": f"bearer {TOKEN}"}))
        assert (await client.post("/metrics")).status_code == 405
    printed = capsys.readouterr()
    assert "hunter2" not in caplog.text + printed.out + printed.err


@pytest.mark.sqlite
async def test_both_formats_say_the_same(tmp_path: Path) -> None:
    metrics = Metrics()
    async with helpdesk(tmp_path, ScriptedModel([say("Hi.")]), metrics=metrics) as desk:
        await desk.say("U0ALEX", "hello")
        await desk.settle()
        async with doored(desk, metrics) as client:
            plain = await client.get("/metrics", headers={"Accept": TEXT})
            other = await client.get("/metrics", headers={"Accept": f"{OPEN};q=0.9,{TEXT};q=0.5"})
    assert plain.headers["content-type"].startswith("text/plain")
    assert other.headers["content-type"].startswith("application/openmetrics-text")
    assert other.text.endswith("# EOF\n")
    ours = [
        {key: n for key, n in read(each).samples.items() if key[0].startswith("helpdesk_")} for each in (plain, other)
    ]
    assert ours[0] == ours[1]
    assert ours[0]["helpdesk_turns_begun_total",] == 1
    assert "_created" not in plain.text + other.text


async def test_a_database_that_is_away_takes_only_its_own_numbers(tmp_path: Path) -> None:
    metrics = Metrics()
    async with helpdesk(tmp_path, ScriptedModel([say("Hi.")]), metrics=metrics) as desk:
        await desk.say("U0ALEX", "hello")
        await desk.settle()
        assert (await scraped(desk, metrics)).of("helpdesk_database_up") == 1
    metrics.standing._read_at -= standing.GOOD
    found = await scraped(desk, metrics)
    assert found.all("helpdesk_database_up") == {(): 0}
    assert found.all("helpdesk_inbox_waiting") == {}
    assert found.of("helpdesk_turns_begun_total") == 1


async def test_a_database_that_hangs_is_asked_once_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "LIMIT", 0.05)
    metrics, go = Metrics(), Event()
    async with helpdesk(tmp_path, ScriptedModel(), metrics=metrics) as desk:
        database = Database(url_for(tmp_path), connections=1)
        hanging = asyncio.create_task(database.run(lambda _: go.wait(20)))
        await asyncio.sleep(0)
        for _ in range(3):
            await metrics.standing.read(database, utc_now)
            assert [each.value for family in metrics.standing.collect() for each in family.samples] == [0.0]
        assert database._desks[0].thread.waiting == 2, "what hangs, and one that asks"
        go.set()
        await hanging
        async with asyncio.timeout(60):
            while not any(each.name == "helpdesk_inbox_waiting" for each in metrics.standing.collect()):
                await metrics.standing.read(database, utc_now)
        database.close()
        assert (await scraped(desk, metrics)).of("helpdesk_database_up") == 1


@pytest.mark.sqlite
async def test_scrapes_that_come_together_ask_the_database_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics, read_once, asked = Metrics(), gauges.read, list[float]()

    def counted(connection: Connection, now: float) -> gauges.Gauges:
        asked.append(now)
        return read_once(connection, now)

    monkeypatch.setattr(gauges, "read", counted)
    async with helpdesk(tmp_path, ScriptedModel(), metrics=metrics) as desk, doored(desk, metrics) as client:
        answers: list[httpx.Response] = await asyncio.gather(*(client.get("/metrics") for _ in range(10)))
        assert {read(each).of("helpdesk_database_up") for each in answers} == {1.0}
    assert len(asked) == 1


async def test_the_loop_is_sampled_until_the_block_ends() -> None:
    process = Metrics().process
    async with process.sampled():
        await asyncio.sleep(0)
    assert not [each for each in asyncio.all_tasks() if each.get_name() == "sample the event loop"]
