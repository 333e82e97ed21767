"""Who may speak at the door: only Slack, only now, only in sizes that Slack uses."""

import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.api.app import MAX_BODY
from bot.playground.events import envelope
from bot.store.keys import Key
from tests.fakes.model import ScriptedModel, say
from tests.rig import Helpdesk, helpdesk
from tests.slack.edge import SECRET, Door, door_of, rows, signed, unheard
from tests.waiting import until

FORM = "application/x-www-form-urlencoded"
NONSENSE = [
    *(b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"[" * 100_000, b"{}", b'{"type": "event_callback"}'),
    *(b"payload=%7B", b"payload=null", b"payload=[]", b"payload={}", b'payload={"type":"block_actions"}'),
]


@asynccontextmanager
async def at_the_door(folder: Path, *replies: str) -> AsyncIterator[tuple[Helpdesk, Door, bytes]]:
    """A bot, its door, and the body of a mention."""
    async with helpdesk(folder, ScriptedModel([say(each) for each in replies])) as desk:
        event = unheard(desk, "U0ALEX", "<@U0BOT> my wifi is down")
        async with door_of(desk) as door:
            yield desk, door, json.dumps(envelope(event, "Ev1", int(time.time()))).encode()


async def test_a_wrong_stale_or_missing_signature_is_refused_and_leaves_no_row(tmp_path: Path) -> None:
    async with at_the_door(tmp_path) as (desk, door, body):
        now = int(time.time())
        refused = {
            "another secret": signed(body, secret="another secret"),
            "another body": signed(body + b" "),
            "six minutes old": signed(body, now - 360),
            "from the future": signed(body, now + 360),
            "a timestamp that was changed": signed(body) | {"X-Slack-Request-Timestamp": str(now - 60)},
            "no timestamp": {"X-Slack-Signature": signed(body)["X-Slack-Signature"]},
            "no signature": {"X-Slack-Request-Timestamp": str(now)},
            "nothing": {},
        }
        statuses = {name: await door.post(body, headers=headers) for name, headers in refused.items()}
        assert statuses == dict.fromkeys(refused, 401)
        assert await rows(desk, "inbox") == 0


@pytest.mark.parametrize(
    "headers",
    [{b"X-Slack-Signature": b"v0=\xe9\xff"}, {b"x-slack-request-timestamp": b"soon"}],
    ids=["a signature that is no ASCII", "a second timestamp that is no number"],
)
async def test_what_cannot_be_a_signature_is_refused_like_a_wrong_one(
    tmp_path: Path, headers: dict[bytes, bytes]
) -> None:
    async with at_the_door(tmp_path) as (desk, door, body):
        sent = [(name.encode(), value.encode()) for name, value in signed(body).items() if name.encode() not in headers]
        found = await door.client.post("/slack/events", content=body, headers=[*sent, *headers.items()])
        assert found.status_code == 401
        assert await rows(desk, "inbox") == 0


@pytest.mark.parametrize("before", [None, "the secret of before"])
async def test_while_the_secret_is_changed_both_are_good_and_no_third(tmp_path: Path, before: str | None) -> None:
    secret = SecretStr(SECRET)
    both = Key(secret, SecretStr(before)) if before else secret
    async with helpdesk(tmp_path, ScriptedModel([say("Hello.")]), signing_secret=both) as desk, door_of(desk) as door:
        event = unheard(desk, "U0ALEX", "<@U0BOT> my wifi is down")
        body = json.dumps(envelope(event, "Ev1", int(time.time()))).encode()
        for known, status in (("a third", 401), ("the secret of before", 200 if before else 401), (SECRET, 200)):
            assert await door.post(body, headers=signed(body, secret=known)) == status, known


async def test_without_a_signing_secret_nobody_can_sign(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel(), signing_secret=None) as desk, door_of(desk) as door:
        assert await door.post(b"{}", headers=signed(b"{}", secret="")) == 401


async def test_nothing_of_a_request_that_is_not_signed_is_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with at_the_door(tmp_path) as (_, door, body):
        before = len(caplog.records)
        assert await door.post(body, headers=signed(body, secret="another secret")) == 401
    ours = [each.getMessage() for each in caplog.records[before:] if each.name.startswith(("slack", "bot"))]
    assert "wifi" not in str(ours) + "".join(capsys.readouterr())


@pytest.mark.parametrize("timestamp", ["", "soon", "1e9", "nan", "-1", "9" * 5000])
async def test_a_timestamp_that_is_none_is_refused_and_breaks_nothing(tmp_path: Path, timestamp: str) -> None:
    async with at_the_door(tmp_path, "Hello.") as (desk, door, body):
        assert await door.post(body, headers=signed(body) | {"X-Slack-Request-Timestamp": timestamp}) == 401
        assert await rows(desk, "inbox") == 0
        assert await door.post(body) == 200


async def test_a_body_too_large_or_of_unknown_length_is_refused_unread(tmp_path: Path) -> None:
    async with at_the_door(tmp_path) as (desk, door, body):
        assert await door.post(b"x" * (MAX_BODY + 1)) == 413

        async def in_pieces() -> AsyncIterator[bytes]:
            yield body

        headers = signed(body) | {"Content-Type": "application/json"}
        answer = await door.client.post("/slack/events", content=in_pieces(), headers=headers)
        assert answer.status_code == 413
        assert await rows(desk, "inbox") == 0


async def test_nonsense_signed_or_not_leaves_no_row_and_the_next_event_is_taken(tmp_path: Path) -> None:
    async with at_the_door(tmp_path, "Hello.") as (desk, door, mention):
        for body in NONSENSE:
            assert 400 <= await door.post(body, headers=signed(body)) < 500, body
            assert 400 <= await door.post(body, headers=signed(b"another body")) < 500, body
            assert 400 <= await door.post(body, FORM, headers=signed(body)) < 500, body
        assert await rows(desk, "inbox") == 0
        assert await door.post(mention) == 200
        await desk.settle()
        assert await rows(desk, "inbox") == 1


async def test_slack_s_check_of_the_address_is_answered_with_its_challenge(tmp_path: Path) -> None:
    async with at_the_door(tmp_path) as (_, door, __):
        body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a", "token": "x"}).encode()
        headers = signed(body) | {"Content-Type": "application/json"}
        answer = await door.client.post("/slack/events", content=body, headers=headers)
        assert answer.status_code == 200
        assert "3eZbrw1a" in answer.text


async def test_an_event_is_taken_while_slack_refuses_all_our_own_calls(tmp_path: Path) -> None:
    async with at_the_door(tmp_path, "Switch it on.") as (desk, door, body):
        thread = json.loads(body)["event"]["ts"]
        desk.slack.fail("auth.test", 5, "ratelimited")
        desk.slack.fail("users.info", 1, 503)
        assert await door.post(body) == 200
        assert await rows(desk, "inbox") == 1, "an event that was answered is stored"
        await until(lambda: len(desk.transcript(thread)) == 2)
        assert SECRET not in str(desk.slack.calls)
