"""Buttons, modals, response URLs and who may use them."""

from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient
from starlette.responses import JSONResponse, PlainTextResponse

from bot.playground import LocalSlack
from bot.playground.errors import Unseen
from bot.playground.gestures import TROUBLE
from tests.playground.app import App, Clock
from tests.playground.test_web_api import actions, button, refused, section

Json = dict[str, Any]
REASON = {
    "type": "input",
    "block_id": "reason",
    "label": {"type": "plain_text", "text": "Reason"},
    "element": {"type": "plain_text_input", "action_id": "reason", "multiline": True, "max_length": 20},
}
FORM: Json = {
    "type": "modal",
    "callback_id": "approval.deny",
    "private_metadata": "r1",
    "notify_on_close": True,
    "title": {"type": "plain_text", "text": "Deny"},
    "submit": {"type": "plain_text", "text": "Deny"},
    "blocks": [REASON],
}


async def card(client: AsyncWebClient, channel: str = "C0IT") -> str:
    """Post a card with two buttons."""
    blocks = [section("Reset?"), actions(button("yes", value="r1"), button("no", value="r1"))]
    return str((await client.chat_postMessage(channel=channel, text="card", blocks=blocks))["ts"])


async def pressed(slack: LocalSlack, app: App, client: AsyncWebClient, user: str = "U0DANA") -> Json:
    """The payload of one press on a fresh card."""
    assert await slack.click(user, "C0IT", await card(client), "no") == 200
    return app.payloads()[-1]


async def test_a_click_tells_who_what_and_where(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    payload = await pressed(slack, app, client)
    assert payload["type"] == "block_actions"
    assert payload["user"]["id"] == "U0DANA"
    assert payload["channel"] == {"id": "C0IT", "name": "it-help"}
    assert payload["message"]["ts"] == payload["container"]["message_ts"]
    assert payload["actions"][0]["action_id"] == "no"
    assert payload["actions"][0]["value"] == "r1"


async def test_what_a_person_does_not_see_cannot_be_used(slack: LocalSlack, client: AsyncWebClient) -> None:
    ts = await card(client, "C0APPROVE")
    with pytest.raises(Unseen):
        await slack.click("U0GIL", "C0APPROVE", ts, "yes")
    with pytest.raises(Unseen):
        await slack.click("U0DANA", "C0APPROVE", ts, "another_button")
    only_dana = await client.chat_postEphemeral(
        channel="C0IT", user="U0DANA", text="x", blocks=[actions(button("yes"))]
    )
    with pytest.raises(Unseen):
        await slack.click("U0ALEX", "C0IT", only_dana["message_ts"], "yes")
    with pytest.raises(Unseen):
        await slack.say("U0ALEX", slack.dm("U0SAM"), "hello")


async def test_a_forged_payload_is_signed_like_any_other(slack: LocalSlack, app: App) -> None:
    assert await slack.raw_action({"type": "block_actions", "user": {"id": "U0STRANGER"}}) == 200
    assert app.payloads()[0]["user"]["id"] == "U0STRANGER"


async def test_a_trigger_opens_one_modal_within_three_seconds(
    slack: LocalSlack, app: App, client: AsyncWebClient, clock: Clock
) -> None:
    first = (await pressed(slack, app, client))["trigger_id"]
    opened = await client.views_open(trigger_id=first, view=FORM)
    assert [view.id for view in slack.views("U0DANA")] == [opened["view"]["id"]]
    assert (await refused(client, "views.open", trigger_id=first, view=FORM))["error"] == "exchanged_trigger_id"
    late = (await pressed(slack, app, client))["trigger_id"]
    clock.pass_(3.1)
    assert (await refused(client, "views.open", trigger_id=late, view=FORM))["error"] == "expired_trigger_id"
    assert (await refused(client, "views.open", trigger_id="1.2.x", view=FORM))["error"] == "invalid_trigger_id"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"title": {"type": "plain_text", "text": "x" * 25}},
            "must be less than 25 characters [json-pointer:/view/title/text]",
        ),
        ({"submit": None}, "must be an object [json-pointer:/view/submit]"),
        ({"private_metadata": "x" * 3001}, "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
        ({"callback_id": "x" * 256}, "must be less than 256 characters [json-pointer:/view/callback_id]"),
        ({"blocks": [section("x")] * 101}, "no more than 100 items allowed [json-pointer:/view/blocks]"),
        ({"blocks": [{"type": "input"}]}, "missing required field: label [json-pointer:/view/blocks/0]"),
    ],
)
async def test_wrong_views_are_pointed_at(client: AsyncWebClient, change: Json, message: str) -> None:
    answer = await refused(client, "views.open", trigger_id="any", view=FORM | change)
    assert answer["error"] == "invalid_arguments"
    assert f"[ERROR] {message}" in answer["response_metadata"]["messages"]


async def test_a_form_needs_a_submit_button(client: AsyncWebClient) -> None:
    without = {key: value for key, value in FORM.items() if key != "submit"}
    answer = await refused(client, "views.open", trigger_id="any", view=without)
    assert "/view/submit" in answer["response_metadata"]["messages"][0]


async def opened(slack: LocalSlack, app: App, client: AsyncWebClient) -> str:
    """The id of an open form of Dana's."""
    payload = await pressed(slack, app, client)
    return str((await client.views_open(trigger_id=payload["trigger_id"], view=FORM))["view"]["id"])


async def test_a_submitted_form_closes(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    view_id = await opened(slack, app, client)
    assert await slack.submit("U0DANA", view_id, {"reason": "not now"}) is None
    payload = app.payloads()[-1]
    assert (payload["type"], payload["view"]["callback_id"]) == ("view_submission", "approval.deny")
    assert payload["view"]["private_metadata"] == "r1"
    assert payload["view"]["state"]["values"]["reason"]["reason"]["value"] == "not now"
    assert slack.views("U0DANA") == []


async def test_slack_itself_asks_for_required_and_short_values(
    slack: LocalSlack, app: App, client: AsyncWebClient
) -> None:
    view_id = await opened(slack, app, client)
    seen = len(app.requests)
    assert await slack.submit("U0DANA", view_id, {}) == {"reason": "Please complete this required field."}
    assert "reason" in (await slack.submit("U0DANA", view_id, {"reason": "x" * 21}) or {})
    assert len(app.requests) == seen
    assert len(slack.views("U0DANA")) == 1


async def test_the_apps_response_action_is_followed(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    view_id = await opened(slack, app, client)
    other = FORM | {"callback_id": "other"}
    app.answers = [
        JSONResponse({"response_action": "errors", "errors": {"reason": "Too vague"}}),
        JSONResponse({"response_action": "update", "view": other}),
        JSONResponse({"response_action": "push", "view": FORM}),
        PlainTextResponse("", 500),
        JSONResponse({"response_action": "clear"}),
    ]
    assert await slack.submit("U0DANA", view_id, {"reason": "x"}) == {"reason": "Too vague"}
    assert await slack.submit("U0DANA", view_id, {"reason": "x"}) is None
    assert [view.payload["callback_id"] for view in slack.views("U0DANA")] == ["other"]
    assert await slack.submit("U0DANA", view_id, {"reason": "x"}) is None
    top = slack.views("U0DANA")[-1]
    assert (top.previous_view_id, len(slack.views("U0DANA"))) == (view_id, 2)
    assert await slack.submit("U0DANA", top.id, {"reason": "x"}) == TROUBLE
    assert await slack.submit("U0DANA", top.id, {"reason": "x"}) is None
    assert slack.views("U0DANA") == []


async def test_two_updates_cannot_cross(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    view_id = await opened(slack, app, client)
    old_hash = slack.views("U0DANA")[0].hash
    await client.views_update(view_id=view_id, view=FORM, hash=old_hash)
    answer = await refused(client, "views.update", view_id=view_id, view=FORM, hash=old_hash)
    assert answer["error"] == "hash_conflict"


async def test_closing_is_told_if_asked_for(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    view_id = await opened(slack, app, client)
    await slack.close_view("U0DANA", view_id)
    assert app.payloads()[-1]["type"] == "view_closed"
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_update(view_id=view_id, view=FORM)


async def test_a_home_is_published_and_used(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    await client.views_publish(user_id="U0DANA", view={"type": "home", "blocks": [actions(button("mine"))]})
    home = slack.home("U0DANA")
    assert home is not None
    await slack.click_view("U0DANA", home.id, "mine")
    assert app.payloads()[-1]["container"] == {"type": "view", "view_id": home.id}


async def test_a_response_url_answers_replaces_and_deletes(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    payload = await pressed(slack, app, client)
    respond = AsyncWebhookClient(payload["response_url"])
    assert (await respond.send(text="only for you", response_type="ephemeral")).body == "ok"
    assert [message.text for message in slack.ephemerals("U0DANA")] == ["only for you"]
    await respond.send(text="decided", replace_original=True, blocks=[section("decided")])
    assert [message.text for message in slack.messages("C0IT")] == ["decided"]
    await respond.send_dict({"delete_original": True})
    assert slack.messages("C0IT") == []
    for _ in range(2):
        await respond.send(text="again", response_type="in_channel")
    assert (await respond.send(text="a sixth time")).status_code == 404


async def test_a_slash_command_is_answered_privately(slack: LocalSlack, app: App) -> None:
    app.answers = [JSONResponse({"text": "Here is how"})]
    assert await slack.command("U0ALEX", "C0IT", "/helpdesk", "help me") == 200
    fields = parse_qs(app.requests[0][1].decode())
    assert (fields["command"], fields["text"], fields["user_id"]) == (["/helpdesk"], ["help me"], ["U0ALEX"])
    assert [message.text for message in slack.ephemerals("U0ALEX")] == ["Here is how"]


async def test_a_shortcut_carries_the_message(slack: LocalSlack, app: App) -> None:
    ts = await slack.say("U0ALEX", "C0IT", "printer again")
    await slack.shortcut("U0ALEX", "C0IT", ts, "ask_helpdesk")
    payload = app.payloads()[-1]
    assert (payload["type"], payload["callback_id"]) == ("message_action", "ask_helpdesk")
    assert payload["message"]["text"] == "printer again"


async def test_no_answer_in_time_is_status_zero(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    ts = await card(client)
    app.hangs = True
    slack.endpoint.answer_within = 0.01
    assert await slack.click("U0DANA", "C0IT", ts, "yes") == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "localhost:8080"}, 200),
        ({"Host": "[::1]:8080"}, 200),
        ({"Host": "localhost:8080", "Origin": "http://localhost:8080"}, 200),
        ({"Host": "localhost:8080", "Origin": "http://localhost:9999"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/", "/app.js", "/page/state?user=U0ALEX", "/api/api.test"])
async def test_other_hosts_and_other_sites_are_refused(
    slack: LocalSlack, client: AsyncWebClient, path: str, headers: dict[str, str], status: int
) -> None:
    del client  # it serves the page
    async with httpx2.AsyncClient(base_url=slack.base_url, trust_env=False) as browser:
        assert (await browser.get(path, headers=headers)).status_code == status
