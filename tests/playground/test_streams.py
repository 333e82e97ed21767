"""Streams of the local Slack: strict as Slack is about who may grow what, and seen on the page while they grow."""

from typing import Any

import pytest
from slack_sdk.models.messages.chunk import BlocksChunk, MarkdownTextChunk, PlanUpdateChunk, TaskUpdateChunk
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import LocalSlack
from bot.playground.messages import Message
from tests.playground.test_web_api import refused, section

READER: dict[str, Any] = {"recipient_user_id": "U0ALEX", "recipient_team_id": "T0DEMO"}


async def begun(client: AsyncWebClient, slack: LocalSlack, **more: Any) -> dict[str, Any]:
    """Where an open stream is."""
    thread = await slack.say("U0ALEX", "C0IT", "hello")
    made = await client.chat_startStream(channel="C0IT", thread_ts=thread, **{**READER, **more})
    return {"channel": made["channel"], "ts": made["ts"]}


def shown(slack: LocalSlack) -> Message:
    return slack.messages("C0IT")[-1]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"recipient_team_id": "T0DEMO"}, "missing_recipient_user_id"),
        ({"recipient_user_id": "U0ALEX"}, "missing_recipient_team_id"),
        (READER | {"recipient_user_id": "U0NOBODY"}, "invalid_arguments"),
        (READER | {"thread_ts": ""}, "invalid_arguments"),
        (READER | {"thread_ts": "x"}, "invalid_thread_ts"),
        (READER | {"task_display_mode": "list"}, "invalid_arguments"),
        (READER | {"markdown_text": "x" * 12_001}, "msg_too_long"),
        (READER | {"chunks": [{"type": "markdown_text"}]}, "invalid_chunks"),
        (READER | {"chunks": [{"type": "task_update", "id": "1", "title": "x", "status": "done"}]}, "invalid_chunks"),
        (READER | {"chunks": [{"type": "picture"}]}, "invalid_chunks"),
    ],
)
async def test_a_stream_that_slack_would_not_begin(
    client: AsyncWebClient, slack: LocalSlack, given: dict[str, Any], code: str
) -> None:
    thread = await slack.say("U0ALEX", "C0IT", "hello")
    assert (await refused(client, "chat.startStream", **{"channel": "C0IT", "thread_ts": thread} | given))[
        "error"
    ] == code


async def test_a_stream_grows_until_it_is_stopped(client: AsyncWebClient, slack: LocalSlack) -> None:
    here = await begun(client, slack)
    for status in ("in_progress", "complete"):
        await client.chat_appendStream(**here, chunks=[TaskUpdateChunk(id="1", title="Look", status=status)])
    await client.chat_appendStream(**here, chunks=[MarkdownTextChunk(text="Hello ")])
    await client.chat_appendStream(**here, markdown_text="world")
    assert shown(slack).wire()["streaming_state"] == "in_progress"
    metadata = {"event_type": "ours", "event_payload": {}}
    await client.chat_stopStream(
        **here, chunks=[MarkdownTextChunk(text=".")], blocks=[section("Was it good?")], metadata=metadata
    )
    card, text, bottom = shown(slack).blocks or []
    assert (card["type"], card["status"], text["text"], bottom["type"]) == (
        "task_card",
        "complete",
        "Hello world.",
        "section",
    )
    assert shown(slack).metadata == metadata
    assert "streaming_state" not in shown(slack).wire()


async def test_chunks_of_other_kinds_are_taken(client: AsyncWebClient, slack: LocalSlack) -> None:
    here = await begun(client, slack, chunks=[PlanUpdateChunk(title="Plan")])
    await client.chat_appendStream(**here, chunks=[BlocksChunk(blocks=[section("x")])])
    assert [block["type"] for block in shown(slack).blocks or []] == ["plan", "section"]


@pytest.mark.parametrize("method", ["chat.appendStream", "chat.stopStream"])
async def test_what_is_over_grows_no_more(client: AsyncWebClient, slack: LocalSlack, method: str) -> None:
    here = await begun(client, slack, markdown_text="Hello")
    slack.end_streams()
    assert (await refused(client, method, **here, markdown_text="x"))["error"] == "message_not_in_streaming_state"
    assert shown(slack).text == "Hello"
    await client.chat_update(**here, text="Hello world")
    assert shown(slack).text == "Hello world"


async def test_an_open_stream_is_not_changed_otherwise(client: AsyncWebClient, slack: LocalSlack) -> None:
    here = await begun(client, slack)
    assert (await refused(client, "chat.update", **here, text="x"))["error"] == "streaming_state_conflict"
    assert (await refused(client, "chat.appendStream", **here))["error"] == "no_text"
    await client.chat_appendStream(**here, markdown_text="x" * 12_000)
    assert (await refused(client, "chat.appendStream", **here, markdown_text="x"))["error"] == "msg_too_long"
