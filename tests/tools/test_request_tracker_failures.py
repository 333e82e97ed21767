"""Ticket systems that do not answer, answer badly, or give what they were not asked for: what people are told."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from tests.logs import logged
from tests.tools.hostile import Hostile, hostile_server
from tests.tools.rig import NOW, OwnDatabase
from tests.tools.ticketing import QUEUES, draft
from tools.backends.failures import BUSY, DOWN, REFUSED, TICKETS, UNREADABLE
from tools.backends.request_tracker import client
from tools.backends.request_tracker.client import connected
from tools.backends.request_tracker.reading import Reading
from tools.backends.request_tracker.server import Server
from tools.backends.request_tracker.tickets import RequestTracker
from tools.backends.sql_directory import SqlDirectory
from tools.backends.tickets import Change
from tools.spec import ToolFailed

TOKEN = SecretStr("1-27-hunter2")
EMPTY = '{"items": []}'
ROW = {
    "id": "7",
    "Subject": None,
    "Status": "new",
    "Priority": "0",
    "Queue": {"Name": "IT"},
    "Created": "2026-11-21T09:00:00Z",
    "LastUpdated": "2026-11-21T09:00:00Z",
    "Owner": {"id": "Nobody"},
    "Requestor": [{"id": "eve@example.com", "EmailAddress": "eve@example.com"}],
    "Cc": [],
    "_hyperlinks": [],
}


@pytest.fixture
async def hostile() -> AsyncIterator[Hostile]:
    async with hostile_server("application/json") as made:
        yield made


@pytest.fixture
async def tickets(hostile: Hostile, sqlite: OwnDatabase) -> AsyncIterator[RequestTracker]:
    async with connected(hostile.url, TOKEN) as asked:
        reading = Reading(server=Server(asked), database=sqlite, url=hostile.url, queues=QUEUES)
        yield RequestTracker(reading=reading, directory=SqlDirectory(sqlite))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"status": 401}, TICKETS.says(REFUSED)),
        ({"status": 403, "body": "<html>", "kind": "text/html"}, TICKETS.says(REFUSED)),
        ({"status": 400, "body": '{"message": "Unknown field"}'}, TICKETS.says(REFUSED)),
        ({"status": 422}, TICKETS.says(REFUSED)),
        ({"status": 429}, TICKETS.says(BUSY, "a minute")),
        ({"status": 503}, TICKETS.says(BUSY, "a minute")),
        ({"status": 500, "body": '{"message": "alex.chen@example.com"}'}, TICKETS.says(DOWN)),
        ({"status": 502, "body": "<html>", "kind": "text/html"}, TICKETS.says(DOWN)),
        ({"status": 302, "head": {"location": "/NoAuth/Login.html"}}, TICKETS.says(UNREADABLE)),
        ({"body": "<html>Please sign in, alex.chen@example.com</html>", "kind": "text/html"}, TICKETS.says(UNREADABLE)),
        ({"body": '{"items": [{"id"'}, TICKETS.says(UNREADABLE)),
        ({"body": "[]"}, TICKETS.says(UNREADABLE)),
        ({"body": "{}"}, TICKETS.says(UNREADABLE)),
        ({"body": ""}, TICKETS.says(UNREADABLE)),
        ({"body": '{"items": [{"id": "7"}]}'}, TICKETS.says(UNREADABLE)),
        ({"body": json.dumps({"items": [ROW | {"Created": "yesterday"}]})}, TICKETS.says(UNREADABLE)),
        ({"body": "9" * 6_000_000}, TICKETS.says(UNREADABLE)),
        ({"head": {"content-length": "100"}, "body": EMPTY}, TICKETS.says(DOWN)),
    ],
)
async def test_what_goes_wrong_is_told_in_a_sentence_and_the_log_holds_no_token(
    hostile: Hostile, tickets: RequestTracker, answer: dict[str, Any], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in answer.items():
        setattr(hostile, name, value)
    with caplog.at_level(logging.DEBUG, "tools"), pytest.raises(ToolFailed) as failed:
        await tickets.open_of("U-123", 5)
    assert str(failed.value) == told
    assert "hunter2" not in logged(caplog)
    assert "system" in logged(caplog, "tools")
    assert "alex.chen@example.com" not in logged(caplog, "tools")


async def test_a_system_that_is_silent_is_waited_for_no_longer_than_its_time(
    hostile: Hostile, tickets: RequestTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LIMIT_S", 0.2)
    hostile.stalls = True
    with pytest.raises(ToolFailed, match=TICKETS.says(DOWN)):
        await tickets.find("RT-7")


async def test_a_system_that_gives_everybodys_tickets_gives_nobodys(hostile: Hostile, tickets: RequestTracker) -> None:
    hostile.body = json.dumps({"items": [ROW]})
    assert await tickets.open_of("U-123", 5) == []


async def test_who_is_not_in_the_directory_is_not_asked_for(hostile: Hostile, tickets: RequestTracker) -> None:
    hostile.status = 500
    assert await tickets.open_of("U-999", 5) == []
    assert hostile.asked == 0


@pytest.mark.parametrize("wrong", ["T-1", "RT-", "RT-1/../2", "RT-1?x", "RT-1 OR id > 0", "RT-9999999999", "rt-1"])
async def test_what_is_no_number_is_not_asked_for(hostile: Hostile, tickets: RequestTracker, wrong: str) -> None:
    hostile.status = 500
    assert await tickets.find(wrong) is None
    assert await tickets.update(wrong, Change(author=None, note="x"), "k", NOW) is None
    assert hostile.asked == 0


async def test_a_ticket_that_was_taken_and_is_not_found_is_not_known_to_be_there(
    hostile: Hostile, tickets: RequestTracker
) -> None:
    hostile.body = EMPTY
    with pytest.raises(TimeoutError):
        await tickets.create(draft(), "k", NOW)


async def test_a_refused_ticket_is_known_not_to_be_there(hostile: Hostile, tickets: RequestTracker) -> None:
    """Given a queue that the account may not use."""
    hostile.first, hostile.body, hostile.status = [200, 403], EMPTY, 200
    with pytest.raises(ToolFailed, match=TICKETS.says(REFUSED)):
        await tickets.create(draft(), "k", NOW)
