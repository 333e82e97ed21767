"""`helpdesk approvals list`: what waits for people, oldest first."""

import json
import time

import pytest
from sqlalchemy import insert

from bot.ops.approvals import MAX_LISTED
from bot.store.tables import requests
from tests.ops.beside import Desk

HOUR = 3600


def request(desk: Desk, number: int, *, hours: float = 3, **changes: object) -> None:
    """A request, opened `hours` ago and a minute; it expires a day after it was opened."""
    opened = time.time() - hours * HOUR - 60
    row = {
        "id": f"version {number} {changes.get('version', 1)}",
        "conversation": "T1:C0IT:1.0",
        "number": number,
        "version": 1,
        "tool": "reset_password",
        "requester": "U0ALEX",
        "approvers": '["U0DANA", "U0OMAR"]',
        "opened_at": opened,
        "expires_at": opened + 24 * HOUR,
    }
    desk.look(lambda connection: connection.execute(insert(requests).values(row | changes)))


def test_each_request_is_a_sentence_and_the_oldest_is_the_first(desk: Desk) -> None:
    request(desk, 7, hours=3)
    request(desk, 9, hours=5, conversation="T1:D0:2", approvers='["U0DANA"]', version=2)
    request(desk, 8, hours=30, tool="wipe_device")
    assert desk.run("approvals", "list").out.splitlines() == [
        "request 8 in T1:C0IT:1.0: wipe_device for U0ALEX, open for 30 hours, expired, 2 approvers",
        "request 9, version 2 in T1:D0:2: reset_password for U0ALEX, open for 5 hours, expires in 18 hours, 1 approver",
        "request 7 in T1:C0IT:1.0: reset_password for U0ALEX, open for 3 hours, expires in 20 hours, 2 approvers",
    ]


@pytest.mark.parametrize("verdict", ["approved", "denied", "expired", "withdrawn", "void", "edited"])
def test_what_is_decided_is_not_listed(desk: Desk, verdict: str) -> None:
    request(desk, 7, verdict=verdict)
    assert desk.run("approvals", "list") == (0, "Nothing waits for an approval.\n", "")
    assert desk.run("approvals", "list", "--json") == (0, "", "")


def test_for_scripts_each_is_an_object_with_its_approvers(desk: Desk) -> None:
    opened = 1_790_000_000.0
    request(desk, 7, opened_at=opened, expires_at=opened + 24 * HOUR)
    (line,) = desk.run("approvals", "list", "--json").out.splitlines()
    assert json.loads(line) == {
        "request": 7,
        "version": 1,
        "conversation": "T1:C0IT:1.0",
        "tool": "reset_password",
        "requester": "U0ALEX",
        "opened_at": "2026-09-21T14:13:20+00:00",
        "expires_at": "2026-09-22T14:13:20+00:00",
        "approvers": ["U0DANA", "U0OMAR"],
    }


def test_a_long_list_is_cut_and_says_so(desk: Desk) -> None:
    for number in range(MAX_LISTED + 1):
        request(desk, number, hours=1 + number)
    lines = desk.run("approvals", "list").out.splitlines()
    assert (len(lines), lines[-1]) == (MAX_LISTED + 1, "There are more; these are the oldest 200.")
    assert lines[0].startswith(f"request {MAX_LISTED} ")
    assert len(desk.run("approvals", "list", "--json").out.splitlines()) == MAX_LISTED
