"""What the app hears: signed, complete, repeated until it answers."""

import json
from pathlib import Path

import pytest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import PlainTextResponse

from bot.playground import LocalSlack
from tests.playground.app import App, Clock

URL = "http://127.0.0.1/slack/events"


async def test_a_mention_in_a_channel_arrives_twice_with_one_ts(slack: LocalSlack, app: App) -> None:
    ts = await slack.say("U0ALEX", "C0IT", "<@U0BOT> help")
    await slack.wait_for(lambda: len(app.requests) == 2)
    assert {(e["type"], e["ts"], e["channel"]) for e in app.events()} == {
        ("app_mention", ts, "C0IT"),
        ("message", ts, "C0IT"),
    }
    envelope = json.loads(app.requests[0][1])
    assert envelope["team_id"] == "T0DEMO"
    assert envelope["authorizations"][0]["user_id"] == "U0BOT"


async def test_a_direct_message_is_a_message_of_an_im(slack: LocalSlack, app: App) -> None:
    await slack.say("U0ALEX", "U0BOT", "hello <@U0BOT>")
    await slack.wait_for(lambda: app.requests)
    (event,) = app.events()
    assert (event["type"], event["channel_type"], event["channel"]) == ("message", "im", slack.dm("U0ALEX"))


async def test_the_sdk_accepts_the_signature(slack: LocalSlack, app: App) -> None:
    await slack.say("U0ALEX", "C0IT", "hé 👋")
    await slack.wait_for(lambda: app.requests)
    headers, body = app.requests[0]
    assert SignatureVerifier(slack.signing_secret).is_valid_request(body, headers)
    assert not SignatureVerifier("another secret").is_valid_request(body, headers)


async def test_an_edit_and_a_deletion_are_told(slack: LocalSlack, app: App) -> None:
    ts = await slack.say("U0ALEX", "C0IT", "helo")
    await slack.edit("U0ALEX", "C0IT", ts, "hello")
    await slack.delete("U0ALEX", "C0IT", ts)
    await slack.wait_for(lambda: len(app.requests) == 3)
    told = {event.get("subtype"): event for event in app.events()}
    assert told["message_changed"]["message"]["text"] == "hello"
    assert told["message_changed"]["previous_message"]["text"] == "helo"
    assert told["message_deleted"]["deleted_ts"] == ts
    assert slack.messages("C0IT") == []


async def test_what_had_replies_leaves_a_tombstone_which_is_told_as_a_change(slack: LocalSlack, app: App) -> None:
    ts = await slack.say("U0ALEX", "C0IT", "secret")
    await slack.say("U0SAM", "C0IT", "oh", ts)
    await slack.delete("U0ALEX", "C0IT", ts)
    await slack.wait_for(lambda: len(app.requests) == 3)
    event = app.events()[-1]
    assert (event["subtype"], event["message"]["subtype"]) == ("message_changed", "tombstone")
    assert (event["message"]["user"], event["previous_message"]["text"]) == ("USLACKBOT", "secret")
    assert [each.text for each in slack.thread("C0IT", ts)] == ["This message was deleted.", "oh"]


async def test_the_bots_own_post_comes_back_marked(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="C0IT", text="hi <@U0BOT>")
    await slack.wait_for(lambda: app.requests)
    (event,) = app.events()
    assert (event["bot_id"], event["app_id"], event["user"]) == ("B0BOT", "A0DEMO", "U0BOT")


async def test_an_ephemeral_is_told_to_nobody(slack: LocalSlack, client: AsyncWebClient) -> None:
    await client.chat_postEphemeral(channel="C0IT", user="U0ALEX", text="psst")
    assert not slack.outbox.pending
    assert [m.text for m in slack.ephemerals("U0ALEX")] == ["psst"]
    assert slack.messages("C0IT") == []


async def test_an_event_is_repeated_with_slacks_headers_until_it_is_taken(slack: LocalSlack, app: App) -> None:
    app.answers = [PlainTextResponse("no", 500), PlainTextResponse("no", 503)]
    await slack.say("U0ALEX", "C0IT", "hello")
    await slack.wait_for(lambda: not slack.outbox.pending)
    retries = [(h.get("x-slack-retry-num"), h.get("x-slack-retry-reason")) for h, _ in app.requests]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert len({json.loads(body)["event_id"] for _, body in app.requests}) == 1


async def test_silence_is_a_timeout(slack: LocalSlack, app: App) -> None:
    app.hangs, slack.endpoint.answer_within = True, 0.01
    await slack.say("U0ALEX", "C0IT", "hello")
    await slack.wait_for(lambda: len(app.requests) == 2)
    assert app.requests[1][0]["x-slack-retry-reason"] == "http_timeout"


async def test_an_event_is_given_up_after_the_last_retry(slack: LocalSlack, app: App) -> None:
    app.answers = [PlainTextResponse("no", 500) for _ in range(9)]
    await slack.say("U0ALEX", "C0IT", "hello")
    await slack.wait_for(lambda: slack.outbox.given_up)
    assert len(app.requests) == 4


async def test_the_journal_brings_back_the_workspace_and_sends_what_was_not_taken(app: App, tmp_path: Path) -> None:
    """Nothing is closed here: the first process just ends, as by a kill."""
    before = LocalSlack(URL, journal=tmp_path / "journal.db")
    ts = await before.say("U0ALEX", "U0BOT", "before the kill")
    after = LocalSlack(URL, journal=tmp_path / "journal.db", transport=app.transport())
    app.on_request = after.workspace.changes.mark
    assert [m.text for m in after.thread(after.dm("U0ALEX"), ts)] == ["before the kill"]
    await after.start()
    await after.wait_for(lambda: not after.outbox.pending)
    assert [event["text"] for event in app.events()] == ["before the kill"]
    assert (await after.say("U0ALEX", "U0BOT", "later")) > ts
    await after.stop()
    again = LocalSlack(URL, journal=tmp_path / "journal.db")
    assert "before the kill" not in [body["event"]["text"] for body in again.outbox.pending.values()]


async def test_timestamps_grow_even_when_the_clock_stands_still(slack: LocalSlack, clock: Clock) -> None:
    stamps = [await slack.say("U0ALEX", "C0IT", str(n)) for n in range(50)]
    clock.pass_(-60)
    stamps.append(await slack.say("U0ALEX", "C0IT", "the clock went back"))
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize("tab", ["home", "messages"])
async def test_opening_the_home_is_told(slack: LocalSlack, app: App, tab: str) -> None:
    await slack.open_home("U0DANA", tab)
    await slack.wait_for(lambda: app.requests)
    (event,) = app.events("app_home_opened")
    assert (event["user"], event["tab"]) == ("U0DANA", tab)
