"""Everything that goes out obeys Slack's limits: the local Slack takes as much as Slack takes, and refuses one more.

All tests of the bot post through it, so all that they make it say is checked by this.
"""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import (
    CardBlock,
    ContextActionsBlock,
    FeedbackButtonObject,
    FeedbackButtonsElement,
    IconButtonElement,
    PlanBlock,
    RawNumberObject,
    RawTextObject,
    TableBlock,
    TaskCardBlock,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.playground import LocalSlack
from tests.playground.app import App
from tests.playground.test_interactions import pressed
from tests.playground.test_modals import asks, modal, option, plain
from tests.playground.test_web_api import actions, button, section

Json = dict[str, Any]
Made = Callable[[int], Json]

#: what the client says of a good modal that is opened without a press
UNPRESSED = "invalid_trigger_id"


async def error(client: AsyncWebClient, method: str, **arguments: Any) -> tuple[str, str]:
    """Slack's code and what it says is wrong; both empty where it takes the call."""
    try:
        await client.api_call(method, json=arguments)
    except SlackApiError as refused:
        return refused.response["error"], str(refused.response.get("errors", ""))
    return "", ""


def chars(most: int) -> str:
    return f"must be less than {most + 1} characters"


def items(most: int) -> str:
    return f"no more than {most} items allowed"


def context(*parts: Json) -> Json:
    return {"type": "context", "elements": list(parts)}


def picture(**more: str) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a", **more}


def choice(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "choice", "options": [option("a")], **more}


def confirm(**more: Json) -> Json:
    return button(confirm={"title": plain("t"), "text": plain("t"), "confirm": plain("y"), "deny": plain("n")} | more)


def feedback(**more: Any) -> Json:
    good, bad = {"text": plain("Good"), "value": "1"}, {"text": plain("Bad"), "value": "0"}
    buttons = {"type": "feedback_buttons", "positive_button": good | more, "negative_button": bad}
    return {"type": "context_actions", "elements": [buttons]}


def icon(**more: Any) -> Json:
    return {"type": "icon_button", "icon": "trash", "text": plain("Delete"), **more}


def card(**more: Any) -> Json:
    return {"type": "card", "title": plain("t"), **more}


def cell(text: str = "x") -> Json:
    return {"type": "raw_text", "text": text}


def table(rows: int, cells: int) -> Json:
    return {"type": "table", "rows": [[cell()] * cells] * rows}


def task(number: int = 0, **more: Any) -> Json:
    return {"type": "task_card", "task_id": str(number), "title": "Look", "status": "complete", **more}


IN_MESSAGES: dict[str, tuple[Made, int, str]] = {
    "section text": (lambda n: section("x" * n), 3_000, chars(3_000)),
    "field text": (lambda n: {"type": "section", "fields": [plain("x" * n)]}, 2_000, chars(2_000)),
    "fields": (lambda n: {"type": "section", "fields": [plain("x")] * n}, 10, items(10)),
    "header": (lambda n: {"type": "header", "text": plain("x" * n)}, 150, chars(150)),
    "block_id": (lambda n: section("x") | {"block_id": "x" * n}, 255, chars(255)),
    "action_id": (lambda n: actions(button("x" * n)), 255, chars(255)),
    "button text": (lambda n: actions(button(text=plain("x" * n))), 75, chars(75)),
    "button value": (lambda n: actions(button(value="x" * n)), 2_000, chars(2_000)),
    "button url": (lambda n: actions(button(url="x" * n)), 3_000, chars(3_000)),
    "button label": (lambda n: actions(button(accessibility_label="x" * n)), 75, chars(75)),
    "actions": (lambda n: actions(*(button(str(each)) for each in range(n))), 25, items(25)),
    "confirm title": (lambda n: actions(confirm(title=plain("x" * n))), 100, chars(100)),
    "confirm text": (lambda n: actions(confirm(text=plain("x" * n))), 300, chars(300)),
    "confirm yes": (lambda n: actions(confirm(confirm=plain("x" * n))), 30, chars(30)),
    "confirm no": (lambda n: actions(confirm(deny=plain("x" * n))), 30, chars(30)),
    "context elements": (lambda n: context(*[plain("x")] * n), 10, items(10)),
    "image url": (lambda n: context(picture(image_url="x" * n)), 3_000, chars(3_000)),
    "image alt text": (lambda n: picture(alt_text="x" * n), 2_000, chars(2_000)),
    "image title": (lambda n: picture() | {"title": plain("x" * n)}, 2_000, chars(2_000)),
    "options": (lambda n: actions(choice(options=[option(f"o{each}") for each in range(n)])), 100, items(100)),
    "option text": (lambda n: actions(choice(options=[{"text": plain("x" * n), "value": "a"}])), 75, chars(75)),
    "option value": (lambda n: actions(choice(options=[{"text": plain("x"), "value": "a" * n}])), 150, chars(150)),
    "placeholder": (lambda n: actions(choice(placeholder=plain("x" * n))), 150, chars(150)),
    "context actions": (
        lambda n: {"type": "context_actions", "elements": [icon(action_id=str(each)) for each in range(n)]},
        5,
        items(5),
    ),
    "feedback text": (lambda n: feedback(text=plain("x" * n)), 75, chars(75)),
    "feedback value": (lambda n: feedback(value="x" * n), 2_000, chars(2_000)),
    "icon value": (lambda n: {"type": "context_actions", "elements": [icon(value="x" * n)]}, 2_000, chars(2_000)),
    "icon for": (
        lambda n: {"type": "context_actions", "elements": [icon(visible_to_user_ids=["U0ALEX"] * n)]},
        10,
        items(10),
    ),
    "markdown": (lambda n: {"type": "markdown", "text": "x" * n}, 12_000, chars(12_000)),
    "card title": (lambda n: card(title=plain("x" * n)), 150, chars(150)),
    "card subtitle": (lambda n: card(subtitle=plain("x" * n)), 150, chars(150)),
    "card body": (lambda n: card(body=plain("x" * n)), 200, chars(200)),
    "card picture": (lambda n: card(hero_image=picture(image_url="x" * n)), 3_000, chars(3_000)),
    "card buttons": (lambda n: card(actions=[button("x" * n)]), 255, chars(255)),
    "table rows": (lambda n: table(n, 1), 100, items(100)),
    "table cells": (lambda n: table(1, n), 20, items(20)),
    "table columns": (lambda n: table(1, 1) | {"column_settings": [None] * n}, 20, items(20)),
    "table text": (
        lambda n: {"type": "table", "rows": [[cell("x" * 6_000)], [cell("x" * (n - 6_000))]]},
        10_000,
        chars(10_000),
    ),
}


@pytest.mark.parametrize("name", IN_MESSAGES)
async def test_a_block_at_the_limit_is_posted_and_one_more_is_refused(client: AsyncWebClient, name: str) -> None:
    made, most, says = IN_MESSAGES[name]
    told = {"channel": "C0IT", "text": "x"}
    assert await error(client, "chat.postMessage", **told, blocks=[made(most)]) == ("", "")
    code, why = await error(client, "chat.postMessage", **told, blocks=[made(most + 1)])
    assert code == "invalid_blocks"
    assert says in why


IN_MODALS: dict[str, tuple[Made, int, str]] = {
    "blocks": (lambda n: modal(*[section("x")] * n), 100, items(100)),
    "title": (lambda n: modal(title=plain("x" * n)), 24, chars(24)),
    "submit": (lambda n: modal(submit=plain("x" * n)), 24, chars(24)),
    "close": (lambda n: modal(close=plain("x" * n)), 24, chars(24)),
    "private_metadata": (lambda n: modal(private_metadata="x" * n), 3_000, chars(3_000)),
    "callback_id": (lambda n: modal(callback_id="x" * n), 255, chars(255)),
    "external_id": (lambda n: modal(external_id="x" * n), 255, chars(255)),
    "label": (lambda n: modal(asks("a", "plain_text_input") | {"label": plain("x" * n)}), 2_000, chars(2_000)),
    "hint": (lambda n: modal(asks("a", "plain_text_input") | {"hint": plain("x" * n)}), 2_000, chars(2_000)),
    "alert": (lambda n: modal({"type": "alert", "level": "warning", "text": plain("x" * n)}), 200, chars(200)),
}


@pytest.mark.parametrize("name", IN_MODALS)
async def test_a_modal_at_the_limit_is_well_formed_and_one_more_is_refused(client: AsyncWebClient, name: str) -> None:
    made, most, says = IN_MODALS[name]
    code, _ = await error(client, "views.open", trigger_id="none", view=made(most))
    assert code == UNPRESSED
    code, why = await error(client, "views.open", trigger_id="none", view=made(most + 1))
    assert code == "invalid_arguments"
    assert says in why


@pytest.mark.parametrize(
    ("made", "most", "code"),
    [
        (lambda n: {"text": "x" * n}, 40_000, "msg_too_long"),
        (lambda n: {"markdown_text": "x" * n}, 12_000, "msg_too_long"),
        (lambda n: {"blocks": [section("x")] * n}, 50, "invalid_blocks"),
        (
            lambda n: {"blocks": [{"type": "markdown", "text": "x" * part} for part in (6_000, n - 6_000)]},
            12_000,
            "msg_blocks_too_long",
        ),
        (lambda n: {"blocks": [table(1, 1)] * n}, 1, "invalid_attachments"),
        (
            # the JSON around it takes 47 bytes
            lambda n: {"text": "x", "metadata": {"event_type": "x", "event_payload": {"a": "x" * (n - 47)}}},
            8_000,
            "metadata_too_large",
        ),
    ],
    ids=["text", "markdown_text", "blocks", "markdown blocks", "tables", "metadata"],
)
async def test_a_message_at_the_limit_is_posted_and_more_is_refused(
    client: AsyncWebClient, made: Made, most: int, code: str
) -> None:
    assert (await error(client, "chat.postMessage", channel="C0IT", **made(most)))[0] == ""
    assert (await error(client, "chat.postMessage", channel="C0IT", **made(most + 1)))[0] == code


async def test_an_update_takes_less_text_than_a_post(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel="C0IT", text="x"))["ts"]
    assert await error(client, "chat.update", channel="C0IT", ts=ts, text="x" * 4_000) == ("", "")
    assert (await error(client, "chat.update", channel="C0IT", ts=ts, text="x" * 4_001))[0] == "msg_too_long"


WRONG: dict[str, tuple[Json, str]] = {
    "another icon": ({"type": "context_actions", "elements": [icon(icon="star")]}, "valid enum value"),
    "feedback without a value": (feedback(value=None), "must be a string"),
    "an empty card": ({"type": "card", "subtitle": plain("x")}, "must provide at least one of"),
    "two buttons of one name": (card(actions=[button("a"), button("a")]), "action_id needs to be unique: a"),
    "a card's select": (card(actions=[choice()]), "unsupported type: static_select"),
    "an empty cell": ({"type": "table", "rows": [[cell("")]]}, "must be more than 0 characters"),
    "a table without rows": (table(0, 1), "must contain at least 1 items"),
    "a cell of mrkdwn": ({"type": "table", "rows": [[{"type": "mrkdwn", "text": "x"}]]}, "unsupported type: mrkdwn"),
    "a number that is text": (
        {"type": "table", "rows": [[{"type": "raw_number", "value": "7", "text": "7"}]]},
        "must be a number",
    ),
    "an unknown state of a task": (task(status="done"), "must be a valid enum value"),
    "a task's details as text": (task(details="x"), "must be an object"),
    "a plan of sections": ({"type": "plan", "title": "x", "tasks": [section("x")]}, "unsupported type: section"),
    "a type that is none": ({"type": ["section"]}, "unsupported type"),
    "an alert": ({"type": "alert", "text": plain("x")}, "unsupported type: alert"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_block_in_the_wrong_shape_is_refused(client: AsyncWebClient, name: str) -> None:
    block, says = WRONG[name]
    code, why = await error(client, "chat.postMessage", channel="C0IT", text="x", blocks=[block])
    assert code == "invalid_blocks"
    assert says in why


@pytest.mark.parametrize("block", [feedback(), table(1, 1), task(), {"type": "markdown", "text": "x"}])
async def test_what_only_messages_have_is_refused_elsewhere(client: AsyncWebClient, block: Json) -> None:
    for view in (modal(block), {"type": "home", "blocks": [block]}):
        method = "views.publish" if view["type"] == "home" else "views.open"
        code, why = await error(client, method, trigger_id="none", user_id="U0ALEX", view=view)
        assert code == "invalid_arguments"
        assert f"unsupported type: {block['type']}" in why


async def test_the_sdks_own_blocks_of_the_agents_surface_pass(client: AsyncWebClient, slack: LocalSlack) -> None:
    good, bad = FeedbackButtonObject(text="Good", value="1"), FeedbackButtonObject(text="Bad", value="0")
    judged = FeedbackButtonsElement(action_id="judge", positive_button=good, negative_button=bad)
    done = TaskCardBlock(
        task_id="1", title="Look it up", status="complete", sources=[{"type": "url", "url": "u", "text": "t"}]
    )
    rows = [[RawTextObject(text="London"), RawNumberObject(value=7, text="7")]]
    blocks = [
        CardBlock(title="Wifi", body="*Down* in London", actions=[button("look")]),
        PlanBlock(title="Two steps", tasks=[done.to_dict()]),
        done,
        TableBlock(rows=[[each.to_dict() for each in row] for row in rows], column_settings=[{"align": "right"}]),
        ContextActionsBlock(elements=[judged, IconButtonElement(icon="trash", text="Delete", action_id="delete")]),
    ]
    await client.chat_postMessage(channel="C0IT", text="x", blocks=[each.to_dict() for each in blocks])
    (posted,) = slack.messages("C0IT")
    assert [each["type"] for each in posted.blocks or []] == ["card", "plan", "task_card", "table", "context_actions"]
    await slack.click("U0ALEX", "C0IT", posted.ts, "look")


async def test_an_answer_to_a_press_has_the_limits_of_a_message(
    slack: LocalSlack, app: App, client: AsyncWebClient
) -> None:
    respond = AsyncWebhookClient((await pressed(slack, app, client))["response_url"])
    assert (await respond.send(text="x" * 40_000)).status_code == 200
    assert (await respond.send(text="x" * 40_001)).body.count("msg_too_long") == 1
