"""The HTTP door: what an orchestrator asks, and what Slack may and may not do."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from bot.api import app as http
from tests.fakes.model import ScriptedModel
from tests.rig import Helpdesk, helpdesk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Helpdesk]:
    async with helpdesk(tmp_path, ScriptedModel()) as running:
        yield running


@pytest.fixture
async def door(desk: Helpdesk) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the application of `helpdesk run`."""
    transport = httpx2.ASGITransport(http.application(desk.bot.slack, desk.bot.ready))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def test_a_running_bot_lives_and_is_ready(door: httpx2.AsyncClient) -> None:
    assert (await door.get("/healthz")).text == "ok"
    assert (await door.get("/readyz")).status_code == 200


@pytest.mark.sqlite
async def test_without_its_database_it_lives_and_is_not_ready(desk: Helpdesk, door: httpx2.AsyncClient) -> None:
    desk.bot.database.close()
    assert (await door.get("/healthz")).status_code == 200
    answer = await door.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the database does not answer")


async def test_slack_s_address_takes_posts_only(door: httpx2.AsyncClient) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"):
        assert (await door.request(method, "/slack/events")).status_code == 405


async def test_there_is_nothing_at_other_addresses(door: httpx2.AsyncClient) -> None:
    for path in ("/", "/slack", "/reset", "/api/chat.postMessage", "/page", "/../.env"):
        assert (await door.get(path)).status_code == 404
        assert (await door.post(path, content=b"x")).status_code == 404


async def test_a_size_that_is_none_or_too_large_is_refused(door: httpx2.AsyncClient) -> None:
    for size in ("-1", "1e3", "1000001", "99999999999999999999", "0x10", " 7"):
        request = door.build_request("POST", "/slack/events", content=b"payload")
        request.headers["Content-Length"] = size
        assert (await door.send(request)).status_code == 413
