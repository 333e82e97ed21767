"""The Web API is as strict as Slack's: the real SDK's client gets Slack's own error codes."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, HeaderBlock, MarkdownBlock, SectionBlock
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import LocalSlack
from bot.playground.web_api import ANSWER_LOST, CONNECTION_LOST

Json = dict[str, Any]


async def refused(client: AsyncWebClient, method: str, **arguments: Any) -> Any:
    """The answer to a call that must fail."""
    with pytest.raises(SlackApiError) as error:
        await client.api_call(method, json=arguments)
    return error.value.response.data


def section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(action_id: str = "press", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "Press"}, **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


async def test_tokens_are_checked(client: AsyncWebClient, slack: LocalSlack) -> None:
    client.token = "xoxb-somebody-else"
    assert (await refused(client, "auth.test"))["error"] == "invalid_auth"
    client.token = None
    assert (await refused(client, "auth.test"))["error"] == "not_authed"
    assert slack.calls == []


async def test_the_token_tells_who_the_bot_is(client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == ("U0BOT", "B0BOT", "T0DEMO")


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("chat.nothing", {}, "unknown_method"),
        ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0IT"}, "no_text"),
        ("chat.postMessage", {"channel": "C0IT", "text": "x" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"channel": "C0IT", "text": "x", "markdown_text": "x"}, "markdown_text_conflict"),
        ("chat.postMessage", {"channel": "C0IT", "text": "x", "blocks": "no json"}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": "C0IT", "text": "x", "metadata": {"a": 1}}, "invalid_metadata_format"),
        ("chat.postEphemeral", {"channel": "C0APPROVE", "user": "U0ALEX", "text": "x"}, "user_not_in_channel"),
        ("chat.update", {"channel": "C0IT", "ts": "1.000000", "text": "x"}, "message_not_found"),
        ("chat.delete", {"channel": "C0IT", "ts": "1.000000"}, "message_not_found"),
        ("conversations.info", {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("conversations.replies", {"channel": "C0IT", "ts": "1.000000"}, "thread_not_found"),
        ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("users.lookupByEmail", {"email": "nobody@example.com"}, "users_not_found"),
        ("usergroups.users.list", {"usergroup": "S0NONE"}, "no_such_subteam"),
        ("views.update", {"view_id": "V0NONE", "view": {}}, "not_found"),
        ("agents.sessions.setStatus", {"channel_id": "C0IT", "status": "happy"}, "invalid_arguments"),
    ],
)
async def test_wrong_calls_get_slacks_code(client: AsyncWebClient, method: str, arguments: Json, code: str) -> None:
    assert (await refused(client, method, **arguments))["error"] == code


async def test_a_missing_argument_is_named(client: AsyncWebClient) -> None:
    answer = await refused(client, "chat.update", text="x", channel="C0IT")
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: ts"]


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ([section("x" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
        ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        ([section("x")] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
        ([{"type": "sction"}], "unsupported type: sction [json-pointer:/blocks/0/type]"),
        ([{**section("x"), "colour": 1}], "invalid additional property: colour [json-pointer:/blocks/0]"),
        (
            [{"type": "header", "text": {"type": "mrkdwn", "text": "*x*"}}],
            "must be a valid enum value [json-pointer:/blocks/0/text/type]",
        ),
        (
            [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
            "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            [actions(button(value="x" * 2001))],
            "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            [actions(button("x" * 256))],
            "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
        ),
        ([actions(button(disabled=True))], "invalid additional property: disabled [json-pointer:/blocks/0/elements/0]"),
        (
            [actions(*(button(str(n)) for n in range(26)))],
            "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
        ),
        ([actions(button(), button())], "action_id needs to be unique: press [json-pointer:/blocks/0/elements]"),
        (
            [{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}],
            "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}],
            "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
        ),
        (
            [{**section("x"), "block_id": "a"}, {**section("y"), "block_id": "a"}],
            "block_id needs to be unique: a [json-pointer:/blocks/1/block_id]",
        ),
        ([{"type": "section"}], "must provide either text or fields [json-pointer:/blocks/0]"),
    ],
)
async def test_wrong_blocks_are_pointed_at(client: AsyncWebClient, blocks: list[Json], message: str) -> None:
    answer = await refused(client, "chat.postMessage", channel="C0IT", text="x", blocks=blocks)
    assert (answer["error"], answer["errors"]) == ("invalid_blocks", [message])
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {message}"]


async def test_markdown_is_limited_over_all_blocks(client: AsyncWebClient) -> None:
    half = {"type": "markdown", "text": "x" * 6_001}
    answer = await refused(client, "chat.postMessage", channel="C0IT", text="x", blocks=[half, half])
    assert answer["error"] == "msg_blocks_too_long"


async def test_the_sdks_own_blocks_pass(client: AsyncWebClient, slack: LocalSlack) -> None:
    blocks = [
        HeaderBlock(text="Approval needed"),
        SectionBlock(text="*Reset*", fields=["*Who*\nSam", "*Risk*\nhigh"]),
        MarkdownBlock(text="# hi\n| a | b |\n|---|---|"),
        ActionsBlock(elements=[ButtonElement(text="Approve", action_id="a", value="1", style="primary")]),
    ]
    answer = await client.chat_postMessage(channel="C0IT", text="card", blocks=blocks)
    (message,) = slack.messages("C0IT")
    assert message.ts == answer["ts"]
    assert [block["type"] for block in message.blocks or []] == ["header", "section", "markdown", "actions"]


async def test_a_post_to_a_person_opens_the_im(client: AsyncWebClient, slack: LocalSlack) -> None:
    answer = await client.chat_postMessage(channel="U0SAM", text="your link")
    assert answer["channel"] == slack.dm("U0SAM")
    opened = await client.conversations_open(users="U0SAM")
    assert opened["channel"]["id"] == answer["channel"]


async def test_only_own_messages_are_changed(client: AsyncWebClient, slack: LocalSlack) -> None:
    ts = await slack.say("U0ALEX", "C0IT", "mine")
    assert (await refused(client, "chat.update", channel="C0IT", ts=ts, text="x"))["error"] == "cant_update_message"
    assert (await refused(client, "chat.delete", channel="C0IT", ts=ts))["error"] == "cant_delete_message"


async def test_an_update_keeps_what_it_does_not_name(client: AsyncWebClient, slack: LocalSlack) -> None:
    metadata = {"event_type": "card", "event_payload": {"id": "7"}}
    posted = await client.chat_postMessage(channel="C0IT", text="a", blocks=[section("a")], metadata=metadata)
    await client.chat_update(channel="C0IT", ts=posted["ts"], text="b")
    (message,) = slack.messages("C0IT")
    assert (message.text, message.metadata, message.edited is not None) == ("b", metadata, True)
    assert message.blocks
    await client.chat_update(channel="C0IT", ts=posted["ts"], text="c", blocks=[])
    assert slack.messages("C0IT")[0].blocks is None
    answer = await refused(client, "chat.update", channel="C0IT", ts=posted["ts"], text="x" * 4001)
    assert answer["error"] == "msg_too_long"


async def test_metadata_is_given_back_when_asked_for(client: AsyncWebClient, slack: LocalSlack) -> None:
    root = await slack.say("U0ALEX", "C0IT", "help")
    metadata = {"event_type": "answer", "event_payload": {"delivery": "d1"}}
    await client.chat_postMessage(channel="C0IT", text="a", thread_ts=root, metadata=metadata)
    asked = await client.conversations_replies(channel="C0IT", ts=root, include_all_metadata=True)
    plain = await client.conversations_replies(channel="C0IT", ts=root)
    assert [message.get("metadata") for message in asked["messages"]] == [None, metadata]
    assert all("metadata" not in message for message in plain["messages"])
    too_large = {"event_type": "x", "event_payload": {"a": "x" * 9000}}
    answer = await refused(client, "chat.postMessage", channel="C0IT", text="a", metadata=too_large)
    assert answer["error"] == "metadata_too_large"


async def test_lists_are_paged_by_cursor(client: AsyncWebClient, slack: LocalSlack) -> None:
    for n in range(5):
        await slack.say("U0ALEX", "C0IT", str(n))
    texts: list[str] = []
    async for answer in await client.conversations_history(channel="C0IT", limit=2):
        assert len(answer["messages"]) <= 2
        texts += [message["text"] for message in answer["messages"]]
    assert texts == ["4", "3", "2", "1", "0"]
    people = [user["id"] async for answer in await client.users_list(limit=3) for user in answer["members"]]
    assert len(people) == len(set(people)) == 10
    assert (await refused(client, "users.list", cursor="nonsense"))["error"] == "invalid_cursor"


async def test_people_and_groups_are_told(client: AsyncWebClient) -> None:
    guest = (await client.users_info(user="U0GIL"))["user"]
    assert (guest["is_restricted"], guest["is_bot"], guest["deleted"]) == (True, False, False)
    found = await client.users_lookupByEmail(email="Sam.Patel@example.com")
    assert found["user"]["id"] == "U0SAM"
    assert (await client.usergroups_users_list(usergroup="S0ITADM"))["users"] == ["U0DANA", "U0OMAR"]


async def test_a_rate_limit_says_when_to_come_back(client: AsyncWebClient, slack: LocalSlack) -> None:
    slack.limit("chat.postMessage", times=1, retry_after=7)
    with pytest.raises(SlackApiError) as error:
        await client.chat_postMessage(channel="C0IT", text="x")
    response = error.value.response
    assert (response.status_code, response.headers["Retry-After"], response["error"]) == (429, "7", "ratelimited")
    await client.chat_postMessage(channel="C0IT", text="x")
    assert [name for name, _ in slack.calls] == ["chat.postMessage"] * 2


async def test_trouble_on_demand(client: AsyncWebClient, slack: LocalSlack) -> None:
    slack.fail("chat.postMessage", how="fatal_error")
    slack.fail("chat.postMessage", how=503)
    assert (await refused(client, "chat.postMessage", channel="C0IT", text="x"))["error"] == "fatal_error"
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="C0IT", text="x")
    assert slack.messages("C0IT") == []


@pytest.mark.parametrize(("how", "posted"), [(ANSWER_LOST, 1), (CONNECTION_LOST, 0)])
async def test_a_lost_answer_leaves_the_effect(
    client: AsyncWebClient, slack: LocalSlack, how: str, posted: int
) -> None:
    slack.fail("chat.postMessage", how=how)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.chat_postMessage(channel="C0IT", text="x")
    assert len(slack.messages("C0IT")) == posted


async def test_statuses_are_kept_per_thread(client: AsyncWebClient, slack: LocalSlack) -> None:
    ts = await slack.say("U0ALEX", "C0IT", "help")
    await client.agents_sessions_setStatus(channel_id="C0IT", thread_ts=ts, status="processing", title="Wifi")
    assert slack.status("C0IT", ts) == "processing"
    await client.agents_sessions_setStatus(channel_id="C0IT", thread_ts=ts, status="active")
    await client.assistant_threads_setStatus(channel_id="C0IT", thread_ts=ts, status="is thinking…")
    assert slack.status("C0IT", ts) == "is thinking…"
    await client.chat_postMessage(channel="C0IT", thread_ts=ts, text="done")
    assert slack.status("C0IT", ts) == "active"
